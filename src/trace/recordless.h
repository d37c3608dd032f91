/* SPDX-License-Identifier: MIT */
/*
 * Files that have no record, remembered from run to run (agent/settled.h).
 *
 * A run that looks at a whole tree asks for an attribute of each file, which
 * makes a find(1) a sixth dearer. What the agents' table holds in the end is
 * kept in $XDG_CACHE_HOME/proot/recordless (XDG Base Directory Specification),
 * word by word at the same place, and added to the table of a later run.
 *
 * A word is a hash of a file system's name, an inode and the time of its last
 * change: whatever else the file holds, because several runs write to it, a
 * disk is full or somebody has damaged it, is the hash of no file. It can be
 * removed at any time. It is as much the user's own as the records are.
 */
#ifndef TRACE_RECORDLESS_H
#define TRACE_RECORDLESS_H

#include <stdbool.h>
#include <stdint.h>

/* CACHE: an absolute host path, or null; it is kept. Made when it is needed. */
void recordless_set_up(char *cache);

bool recordless_can_be_kept(void);

/* Fill what is 0 of a table of SETTLED_COUNT words; a failure fills less. */
void recordless_load(uint64_t *table);

/* Add what such a table holds to what is kept; a failure keeps less. */
void recordless_save(const uint64_t *table);

#endif
