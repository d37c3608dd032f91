/* SPDX-License-Identifier: MIT */
/* Which guests are in a directory of the host, or hold something in it. */
#ifndef EMULATE_USAGE_H
#define EMULATE_USAGE_H

#include "emulate/call.h"

/*
 * Is there a current directory, a root directory or a descriptor of a guest in
 * it? Of those in this namespace only, or of all (null). What is mapped, or on
 * its way through a socket, is not seen.
 */
bool usage_find(
	const struct host_path *directory, const struct standpoint *namespace);

/* Remove what guests had mounted and left, but for what they are still in. */
void usage_sweep(void);

#endif
