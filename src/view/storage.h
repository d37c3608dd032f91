/* SPDX-License-Identifier: MIT */
/*
 * What guests write to a tmpfs: a directory of ours in a temporary place.
 *
 * All of them lie in one that only we can enter: a tmpfs is open to everybody
 * by default, and this one shall not be so on the host. As in the kernel, a
 * guest may still be in one that is mounted nowhere any more; it is removed
 * when it is known that nobody is, or when proot ends. Tracer only.
 */
#ifndef VIEW_STORAGE_H
#define VIEW_STORAGE_H

#include "view/path.h"

#include <stdbool.h>

struct storage;

/* Where to make them; before any. */
void storage_set_directory(const char *directory);

/* What all of them are in; an empty text before the first one. */
const struct host_path *storage_directory(void);

/* A new, empty one: its directory and -errno, or 0. One mount has it. */
int storage_create(
	unsigned int mode, struct storage **storage, struct host_path *host);

/* One mount more, or one less; STORAGE may be null. */
struct storage *storage_share(struct storage *storage);
void storage_leave(struct storage *storage);

/* Has the last mount of one gone since all were looked through? */
bool storage_is_left(void);

/* Remove those without a mount in which nobody is. */
void storage_sweep(bool (*is_used)(const struct host_path *directory));

/* Remove all. */
void storage_clean_up(void);

#endif
