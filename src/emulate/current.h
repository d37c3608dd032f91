/* SPDX-License-Identifier: MIT */
/* By which of its names a process is in its current directory. */
#ifndef EMULATE_CURRENT_H
#define EMULATE_CURRENT_H

#include "emulate/call.h"
#include "view/resolve.h"

/* Has the directory of this name another one, which its host path tells? */
bool current_has_other_name(
	const struct view *view, const struct guest_path *guest);

/*
 * chdir(2): of several names for one host directory, the one by which the guest
 * came is its. If the call fails, the directory shows that it is not there.
 */
void current_remember(
	struct call *call, const char *path, const struct resolution *r);

#endif
