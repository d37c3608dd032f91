/* SPDX-License-Identifier: MIT */
/*
 * Directories that are remembered: "this guest directory, spelled so, is that
 * host directory, and no symlink leads there".
 *
 * Such a statement falls when a directory is renamed or removed, which guests
 * tell each other by a generation that they share; and after a short time,
 * since others than guests may do so, too. Last names, symlinks and what does
 * not exist are never remembered.
 *
 * The memory belongs to a slot, so nobody else uses it. A signal may end its
 * owner anywhere: an entry counts only when it is complete.
 */
#ifndef AGENT_KNOWN_H
#define AGENT_KNOWN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KNOWN_COUNT 16
#define KNOWN_TEXT  200
#define KNOWN_LIFE  (1ull << 25) /* cycles: some 10 ms */

/* The time: to ask for it costs as much as what one may learn from it. */
uint64_t known_now(void);

/* Had it been less than KNOWN_LIFE since then? */
static inline bool known_is_fresh(uint64_t since, uint64_t now)
{
	return now - since <= KNOWN_LIFE;
}

struct known_directory {
	uint64_t generation;
	uint64_t born;
	uint32_t hash;
	uint16_t guest_size; /* 0: the root directory's entries */
	uint16_t host_size;
	uint8_t is_complete;
	char text[KNOWN_TEXT]; /* guest and host path */
};

struct known_directories {
	struct known_directory entry[KNOWN_COUNT];
};

struct known_key {
	const char *path; /* of the guest, without the slash at its end */
	size_t size;
	uint32_t hash;
};

/*
 * When it was looked up, and with it: GENERATION is what it was before the
 * directory was looked at.
 */
struct known_moment {
	uint64_t generation;
	uint64_t time; /* known_now() */
};

/* What is known of a directory, or null. */
const struct known_directory *known_find(const struct known_directories *known,
	const struct known_key *key, const struct known_moment *now);

/* Its host path, HOST_SIZE bytes. */
static inline const char *known_host(const struct known_directory *directory)
{
	return directory->text + directory->guest_size;
}

/* Null: there is no room for it. */
const struct known_directory *known_add(struct known_directories *known,
	const struct known_key *key, const char *host, size_t host_size,
	const struct known_moment *now);

#endif
