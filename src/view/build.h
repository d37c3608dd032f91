/* SPDX-License-Identifier: MIT */
/*
 * Making a view, before any guest runs. Tracer only.
 *
 * Bindings are given in order; a guest path is resolved in the view as far as
 * it stands by then. view_complete() then gives every binding a place to hang:
 * parents that the root file system lacks become glue, directories of our own
 * in a temporary place, so that nothing is ever created in the user's tree.
 */
#ifndef VIEW_BUILD_H
#define VIEW_BUILD_H

#include "view/view.h"

/* The next struct view.number. */
uint64_t view_new_number(void);

/*
 * A view whose root directory is HOST. -errno when that is no directory, with
 * nothing allocated. The view lives as long as the tracer.
 */
int view_create(const char *host, struct view **view);

/*
 * Show the host's HOST at GUEST. FOLLOW: a symlink at GUEST itself is
 * followed. -errno: HOST does not exist, or GUEST cannot: -ENOTDIR.
 */
int view_bind(
	struct view *view, const char *host, const char *guest, bool follow);

/*
 * Make glue for missing parents below TEMPORARY, a directory where we may
 * write. -errno: some parents will not be listed, all bindings still work.
 */
int view_complete(struct view *view, const char *temporary);

/* Remove the glue. */
void view_clean_up(void);

#endif
