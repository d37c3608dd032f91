/* SPDX-License-Identifier: MIT */
/*
 * What guests write to a tmpfs: a directory of ours in a temporary place.
 *
 * The directory itself lies in one that only we can enter: a tmpfs is open to
 * everybody by default, and this one shall not be so on the host. It is
 * removed with its last user, or when proot ends. Tracer only.
 */
#ifndef VIEW_STORAGE_H
#define VIEW_STORAGE_H

#include "view/path.h"

struct storage;

/* Where to make them; before any. */
void storage_set_directory(const char *directory);

/* A new, empty one: its directory and -errno, or 0. One user has it. */
int storage_create(
	unsigned int mode, struct storage **storage, struct host_path *host);

/* One user more, or one less; STORAGE may be null. */
struct storage *storage_share(struct storage *storage);
void storage_leave(struct storage *storage);

/* Remove all that are left. */
void storage_clean_up(void);

#endif
