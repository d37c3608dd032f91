/* SPDX-License-Identifier: MIT */
/*
 * Mounts that a guest has made read-only: calls that would change something
 * there fail with EROFS, where the kernel's own checks before that would pass.
 *
 * Only paths are seen. A descriptor that was opened for reading lets a guest
 * change attributes (fchmod(2) and so on), and sockets can still be bound.
 * Below a directory's descriptor all is writable that some mount of the view
 * shows so.
 */
#ifndef EMULATE_READONLY_H
#define EMULATE_READONLY_H

#include "emulate/call.h"

/* Has the guest's view read-only mounts, and may this argument change a file?
 */
bool readonly_matters(
	const struct call *call, enum argument kind, uint64_t open_flags);

/* It has been resolved, to a path with a name: 0 or -EROFS. */
int readonly_check(const struct call *call, enum argument kind,
	uint64_t open_flags, const struct resolution *r);

#endif
