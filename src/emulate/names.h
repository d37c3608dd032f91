/* SPDX-License-Identifier: MIT */
/*
 * The names of bodies that were seen in this run.
 *
 * The disk tells how many names a body has, and each name tells its body; which
 * names a body has nobody knows. Those that guests have used are remembered
 * here, the last ones of each: for putting a file back at its last name, and
 * for telling a guest where an open file is. They are hints, to be verified.
 */
#ifndef EMULATE_NAMES_H
#define EMULATE_NAMES_H

#include "view/body.h"

/* NAME is, or was a moment ago, a name of the body. */
void names_note(const struct host_path *body, const struct host_path *name);

/* The next known name of the body after *AT (start with 0). */
bool names_next(
	const struct host_path *body, unsigned int *at, struct host_path *name);

/*
 * If PATH is a body's, replace it by a name of it that still holds. False: it
 * is none, or no name is known.
 */
bool names_replace_body(struct host_path *path);

#endif
