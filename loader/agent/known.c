/* SPDX-License-Identifier: MIT */
/* A small table, one place for each hash. */
#include "agent/known.h"

#include <string.h>

#define barrier() __asm__ volatile("" ::: "memory")

uint64_t known_now(void)
{
	return __builtin_ia32_rdtsc();
}

bool known_is_fresh(uint64_t since)
{
	return known_now() - since <= KNOWN_LIFE;
}

const char *known_find(const struct known_directories *known,
	const struct known_key *key, uint64_t generation, size_t *size)
{
	const struct known_directory *entry =
		&known->entry[key->hash % KNOWN_COUNT];

	if (!entry->is_complete || entry->hash != key->hash ||
		entry->guest_size != key->size ||
		entry->generation != generation ||
		!known_is_fresh(entry->born) ||
		memcmp(entry->text, key->path, key->size) != 0)
		return NULL;
	*size = entry->host_size;
	return entry->text + entry->guest_size;
}

void known_add(struct known_directories *known, const struct known_key *key,
	const char *host, size_t host_size, uint64_t generation)
{
	struct known_directory *entry = &known->entry[key->hash % KNOWN_COUNT];

	if (key->size + host_size > KNOWN_TEXT)
		return;
	entry->is_complete = false;
	barrier();
	entry->generation = generation;
	entry->born = known_now();
	entry->hash = key->hash;
	entry->guest_size = (uint16_t)key->size;
	entry->host_size = (uint16_t)host_size;
	memcpy(entry->text, key->path, key->size);
	memcpy(entry->text + key->size, host, host_size);
	barrier();
	entry->is_complete = true;
}
