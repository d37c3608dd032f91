/* SPDX-License-Identifier: MIT */
/* Hashes of files that had no record; of two at one place the later counts. */
#include "emulate/settled.h"

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

/* 0: it is on no file system of struct local. */
static uint64_t hash_of(
	const struct local *local, const struct settled_file *file)
{
	int place = local_place(local, file->device);
	uint64_t hash;

	if (place == NOWHERE)
		return 0;
	hash = mix(mix(1, local->names[place]), file->inode);
	return mix(mix(hash, (uint64_t)file->changed.tv_sec),
		(uint64_t)file->changed.tv_nsec);
}

#define SECOND 1000000000ll /* ns */

/* Whole seconds may be all that its file system counts. */
static bool is_old(const struct settled_file *file, int64_t calm)
{
	int64_t since = file->changed.tv_sec * SECOND + file->changed.tv_nsec;

	if (file->changed.tv_nsec == 0)
		since += SECOND;
	return since < calm;
}

bool settled_has_none(const uint64_t *table, const struct local *local,
	const struct settled_file *file)
{
	uint64_t known = __atomic_load_n(
		&table[file->inode % SETTLED_COUNT], __ATOMIC_RELAXED);

	return known != 0 && known == hash_of(local, file);
}

bool settled_note(uint64_t *table, const struct local *local,
	const struct settled_file *file, int64_t calm)
{
	uint64_t hash = is_old(file, calm) ? hash_of(local, file) : 0;

	if (hash == 0)
		return false;
	__atomic_store_n(
		&table[file->inode % SETTLED_COUNT], hash, __ATOMIC_RELAXED);
	return true;
}
