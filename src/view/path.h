/* SPDX-License-Identifier: MIT */
/* Guest paths and host paths: same shape, never the same type. Dual code. */
#ifndef VIEW_PATH_H
#define VIEW_PATH_H

#include "base/text.h"

/* A path as the guest names it: absolute, below its root directory. */
struct guest_path {
	struct text text;
};

/* A path as the kernel takes it, from the tracer and from any guest. */
struct host_path {
	struct text text;
};

/*
 * Add "/NAME" to a directory's path; SIZE may cover several components.
 * The root directory is "/", every other directory has no slash at its end.
 */
int path_join(struct text *directory, const char *name, size_t size);

/* Remove the last component; "/" stays. */
void path_remove_last(struct text *path);

/* Remove the slashes at the end; "/" stays. */
void path_trim(struct text *path);

/*
 * What follows when PATH is PREFIX or below it: "" or "/…" ("…" without
 * the slash is never answered). Null when it is elsewhere.
 */
const char *path_below(const struct text *path, const struct text *prefix);

/* The last component of a path. */
const char *path_last(const struct text *path);

#endif
