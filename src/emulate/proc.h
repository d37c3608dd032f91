/* SPDX-License-Identifier: MIT */
/* Files of /proc that tell host paths, or that we are there: told anew. */
#ifndef EMULATE_PROC_H
#define EMULATE_PROC_H

#include "emulate/call.h"

/*
 * If R is such a file of a guest, make our version of it, to be written to or
 * only read, and say by which path the guest can open it. False: the kernel's
 * own will do.
 */
bool proc_serve(struct call *call, const struct resolution *r, bool writes,
	struct host_path *served);

#endif
