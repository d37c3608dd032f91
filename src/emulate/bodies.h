/* SPDX-License-Identifier: MIT */
/*
 * The bodies of emulated hard links: making them, counting and moving their
 * names. It knows host paths, and neither calls nor guests; view/body.h tells
 * what lies on the disk, stores.h where, and intents.h what is written down.
 *
 * Whatever changes a store, or a name of one of its bodies, holds a lock on it
 * (flock(2)), writes down what it is about to do to which name, does it with
 * one system call on the name, settles the count, and strikes the intent out.
 */
#ifndef EMULATE_BODIES_H
#define EMULATE_BODIES_H

#include "view/body.h"
#include "view/path.h"

/*
 * Make the file NAME the first name of a body; BODY gets its path. The store
 * is TOP or below it. -errno: nothing has changed.
 */
int body_make(const struct host_path *name, const struct host_path *top,
	struct host_path *body);

/* Give it one more name, which must not exist. */
int body_add_name(const struct host_path *body, const struct host_path *name);

/*
 * Remove a name, or rename FROM over it: -errno, then nothing has changed;
 * -EAGAIN when it is no name of this body any more.
 */
int body_remove_name(
	const struct host_path *body, const struct host_path *name);
int body_replace_name(const struct host_path *body,
	const struct host_path *name, const struct host_path *from);

/*
 * If NAME is the only name, put the file itself there. An error only means that
 * it stays as it is.
 */
void body_fold(const struct host_path *body, const struct host_path *name);

/*
 * Give a file that has no name (O_TMPFILE) its first one. The kernel only does
 * so by a hard link; NAME gets a copy, all at once. NAME must not exist.
 */
int bodies_put_copy(
	int file, const struct host_path *name, const struct host_path *top);

/* How many names it has; 0 when PATH is no body's. */
unsigned long body_count(const struct host_path *path);

/* Two paths of bodies: of one? */
bool body_is_same(const struct host_path *a, const struct host_path *b);

#endif
