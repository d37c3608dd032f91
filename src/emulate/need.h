/* SPDX-License-Identifier: MIT */
/*
 * What the shown identity needs of a file, and of the directory in which a name
 * is made or removed: the common part of permission.h, move.h and search.h.
 *
 * Answers are 0, also where the kernel has something else to say, or -errno.
 */
#ifndef EMULATE_NEED_H
#define EMULATE_NEED_H

#include "emulate/call.h"
#include "emulate/file.h"
#include "emulate/identity.h"

/*
 * These rights (R_OK, W_OK, X_OK) to a file with these ATTRIBUTES. -EACCES; of
 * a file of our own what the host's mode lacks is given.
 */
int need_rights(const struct identity *identity, const struct file *file,
	const struct statx *attributes, int wanted);

/* The same, if the file is there and of this TYPE. */
int need_file(const struct identity *identity, const struct file *file,
	mode_t type, int wanted);

/* A name in its directory is made or goes away, as KIND says. */
int need_name(const struct identity *identity, const struct file *file,
	enum argument kind);

/* The same, unless the call fails anyway; a new file gets its owner. */
int need_parent(struct call *call, const struct file *file, enum argument kind);

/*
 * Before permissions, the kernel tells that a name is taken, or missing, that
 * "." and ".." are none, and what is wrong with a slash.
 */
bool need_fails_anyway(
	const struct call *call, const struct file *file, enum argument kind);

/* --- names --- */

/* The name itself, never what it leads to, and without a slash at its end. */
void need_bare_name(const struct file *file, struct file *name);

/* "." or ".." */
bool need_is_no_name(const struct file *file);
bool need_ends_in_slash(const struct file *file);

/* The directory that it is in: 0, or -errno if there is none. */
int need_stat_parent(
	const struct file *file, struct file *parent, struct statx *attributes);

#endif
