/* SPDX-License-Identifier: MIT */
/* Guests that ask for namespaces of their own: clone(2), unshare(2). */
#ifndef EMULATE_NAMESPACES_H
#define EMULATE_NAMESPACES_H

#include "emulate/call.h"

/* A child that was made with other namespaces than its parent's: 0, -errno. */
int namespaces_enter(struct task *child, struct task *parent);

/*
 * What a link of /proc/PID/ns tells of a namespace that is emulated, in the
 * kernel's way: "mnt:[NUMBER]". False: it is the kernel's.
 */
bool namespaces_link_text(
	const struct process *process, const char *kind, struct text *text);

#endif
