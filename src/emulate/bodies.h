/* SPDX-License-Identifier: MIT */
/*
 * The bodies of emulated hard links: making them, counting and moving their
 * names. It knows host paths, and neither calls nor guests; view/body.h tells
 * what lies on the disk.
 *
 * A store is a directory named .l2s, in the highest directory of a binding that
 * is on the file's file system and belongs to us; or PROOT_L2S_DIR. In it:
 *
 *	.l2s.+ID	a body
 *	.l2s.+ID.count	a symlink that reads how many names it has
 *	.l2s.intent	a symlink that tells what is being done
 *
 * Whatever changes a store, or a name of one of its bodies, holds a lock on it
 * (flock(2)), writes down what it is about to do to which name, does it with
 * one system call on the name, settles the count, and strikes the intent out.
 * So who gets the lock and finds an intent knows that its writer was killed;
 * the name itself tells whether that had happened, and the rest is settled in
 * the same way. Where the name cannot be found (its directory has moved) the
 * count errs to the higher side: a body may be left over, it is never lost.
 */
#ifndef EMULATE_BODIES_H
#define EMULATE_BODIES_H

#include "view/body.h"
#include "view/view.h"

/*
 * Before any guest runs: keep bodies in DIRECTORY where possible (null: no
 * wish), and settle what was left in the stores that the view may use first.
 */
void bodies_set_up(const char *directory, const struct view *view);

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

/*
 * While it is held, no other proot gives bodies to the files below TOP that
 * would have their store on the way to NAME. -1: there is no such store.
 */
int bodies_lock(const struct host_path *name, const struct host_path *top,
	struct host_path *store);
void bodies_unlock(int lock, const struct host_path *store);

/* Remove the store of this directory if nothing is in it. */
void bodies_forget_empty(const struct host_path *directory);

#endif
