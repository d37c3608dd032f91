/* SPDX-License-Identifier: MIT */
/*
 * File systems that this kernel alone judges and changes.
 *
 * What is known of a file by its owner, its mode and the time of its last
 * change is true there, since no server and no other file system is asked.
 *
 * access(2) of a right follows symlinks, and no call asks for a right without
 * following: the agent needs two. But what tells it that there is no symlink
 * tells owner and mode, too; and these decide about reading, unless a security
 * module is asked or the guest has capabilities (fs/namei.c,
 * inode_permission()), and about the rest with what loader/agent/access.c asks
 * for besides.
 */
#ifndef EMULATE_LOCAL_H
#define EMULATE_LOCAL_H

#include <stdint.h>

struct view;

#define LOCAL_COUNT 8

/*
 * What READER owns there, and is a regular file or a directory, READER may read
 * if the mode says so; for writing and executing its mount counts, too.
 */
struct local {
	uint32_t reader; /* 0: nobody */
	uint32_t count;
	uint64_t devices[LOCAL_COUNT]; /* st_dev */
	uint64_t names[LOCAL_COUNT];   /* the same one in the next run */
	int64_t calm; /* ns since 1970: what has changed before has settled */
};

/* Of the file systems of this view's bindings; when in doubt, of none. */
void local_find(struct local *local, const struct view *view);

/* Time goes on: what is older now than the clock of files ticks has settled. */
void local_settle(struct local *local);

/* Dual code. */
static inline int64_t local_calm(const struct local *local)
{
	return __atomic_load_n(&local->calm, __ATOMIC_RELAXED);
}

#define NOWHERE (-1)

/* Which of them has files with this st_dev? Dual code. */
static inline int local_place(const struct local *local, uint64_t device)
{
	for (uint32_t i = 0; i < local->count; i++)
		if (local->devices[i] == device)
			return (int)i;
	return NOWHERE;
}

#endif
