/* SPDX-License-Identifier: MIT */
/*
 * Files that have no record (emulate/settled.h): what the tracer knows of them,
 * with the agents or alone, and from run to run.
 *
 * A run that looks at a whole tree asks for an attribute of each file, which
 * makes a find(1) a sixth dearer. What the table holds in the end is
 * kept in $XDG_CACHE_HOME/proot/recordless (XDG Base Directory Specification),
 * word by word at the same place, and added to the table of a later run.
 *
 * A word is a hash of a file system's name, an inode and the time of its last
 * change: whatever else the file holds, because several runs write to it, a
 * disk is full or somebody has damaged it, is the hash of no file. It can be
 * removed at any time. It is as much the user's own as the records are.
 */
#ifndef EMULATE_RECORDLESS_H
#define EMULATE_RECORDLESS_H

#include <stdbool.h>
#include <stdint.h>

struct local;
struct statx;
struct view;

/* CACHE: an absolute host path, or null; it is kept. Made when it is needed. */
void recordless_set_up(char *cache);

bool recordless_can_be_kept(void);

/* A table of SETTLED_COUNT words that is shared with the agents. */
void recordless_use(uint64_t *table, struct local *local);

/* One of the tracer's own, for what is on the file systems of this view. */
void recordless_begin(const struct view *view);

/* Is it known to have none? ATTRIBUTES: the kernel's, with all basic ones. */
bool recordless_is(const struct statx *attributes);

/* It had none, asked after that look and after recordless_is(). */
void recordless_note(const struct statx *attributes);

/* Somebody asks for many: what earlier runs knew is wanted. */
void recordless_fetch(void);

/* The session is over; so many have been noted by its agents. */
void recordless_end(uint64_t added);

/* Fill what is 0 of a table of SETTLED_COUNT words; a failure fills less. */
void recordless_load(uint64_t *table);

/* Add what such a table holds to what is kept; a failure keeps less. */
void recordless_save(const uint64_t *table);

#endif
