/* SPDX-License-Identifier: MIT */
/*
 * Stores: the directories that bodies are kept in. It finds, makes and locks
 * them, and removes the empty ones; what is in them is intents.h's business.
 *
 * A store is a directory named .l2s, in the highest directory of a binding that
 * is on the file's file system and can be written; or PROOT_L2S_DIR. In /tmp
 * and the like only if there is no other. Nobody else's store is trusted with
 * files, or waited for.
 */
#ifndef EMULATE_STORES_H
#define EMULATE_STORES_H

#include "view/path.h"
#include "view/view.h"

#include <sys/types.h>

/*
 * Before any guest runs: keep bodies in DIRECTORY where possible (null: no
 * wish), and settle what was left in the stores that the view may use first.
 */
void stores_set_up(const char *directory, const struct view *view);

/*
 * A descriptor that holds the lock, or -errno; what a killed holder had begun
 * is settled.
 */
int store_lock(const struct host_path *directory);
void store_unlock(
	int store, const struct host_path *directory, bool may_be_empty);

/* The directories that a file may have its body in, the best first. */
struct store_search {
	const struct host_path *name;
	size_t top; /* of the first directory in the name, its end */
	size_t end; /* of the next one; 0: there is none */
	bool has_wanted;
	bool takes_shared; /* the second time: what is everybody's, too */
	struct host_path directory; /* of the store that was found */
};

/* For the file NAME: in TOP, or below it. */
struct store_search store_search_begin(
	const struct host_path *name, const struct host_path *top);

/*
 * Lock the best store that is on a device and can be made. Call it again after
 * an EXDEV: one file system may be mounted twice. -EPERM: there are no more.
 */
int store_search_lock(struct store_search *s, dev_t device);

/*
 * While it is held, no other proot gives bodies to the files below TOP that
 * would have their store on the way to NAME. -1: there is no such store.
 */
int stores_lock(const struct host_path *name, const struct host_path *top,
	struct host_path *store);
void stores_unlock(int lock, const struct host_path *store);

/* Remove the store of this directory if nothing is in it. */
void store_forget_empty(const struct host_path *directory);

#endif
