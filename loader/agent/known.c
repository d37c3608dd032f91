/* SPDX-License-Identifier: MIT */
/* A small table, two places for each hash. */
#include "agent/known.h"

#include <string.h>

#define barrier() __asm__ volatile("" ::: "memory")

uint64_t known_now(void)
{
	return __builtin_ia32_rdtsc();
}

static bool is_for(
	const struct known_directory *entry, const struct known_key *key)
{
	return entry->is_complete && entry->hash == key->hash &&
	       entry->guest_size == key->size &&
	       memcmp(entry->text, key->path, key->size) == 0;
}

const struct known_directory *known_find(const struct known_directories *known,
	const struct known_key *key, const struct known_moment *now)
{
	const struct known_directory *entry =
		&known->entry[key->hash % KNOWN_COUNT];

	if (!is_for(entry, key))
		entry = &known->entry[key->hash % KNOWN_COUNT ^ 1];
	if (!is_for(entry, key) || entry->generation != now->generation ||
		!known_is_fresh(entry->born, now->time))
		return NULL;
	return entry;
}

/* Its own place, or the one beside it: the older goes. */
static struct known_directory *choose(
	struct known_directories *known, const struct known_key *key)
{
	struct known_directory *one = &known->entry[key->hash % KNOWN_COUNT];
	struct known_directory *other =
		&known->entry[key->hash % KNOWN_COUNT ^ 1];

	if (is_for(one, key) || !one->is_complete)
		return one;
	if (is_for(other, key) || !other->is_complete)
		return other;
	return one->born < other->born ? one : other;
}

const struct known_directory *known_add(struct known_directories *known,
	const struct known_key *key, const char *host, size_t host_size,
	const struct known_moment *now)
{
	struct known_directory *entry;

	if (key->size + host_size > KNOWN_TEXT)
		return NULL;
	entry = choose(known, key);
	entry->is_complete = false;
	barrier();
	entry->generation = now->generation;
	entry->born = now->time;
	entry->hash = key->hash;
	entry->guest_size = (uint16_t)key->size;
	entry->host_size = (uint16_t)host_size;
	memcpy(entry->text, key->path, key->size);
	memcpy(entry->text + key->size, host, host_size);
	barrier();
	entry->is_complete = true;
	return entry;
}
