/* SPDX-License-Identifier: MIT */
/* A listing of the kernel's, without the bodies of emulated hard links. */
#ifndef EMULATE_ENTRIES_H
#define EMULATE_ENTRIES_H

#include "emulate/call.h"

/*
 * What getdents(2) has left in the guest's buffer: entries that nobody shall
 * see go, names of emulated links are files. Sets the call's result, or makes
 * the guest read on if nothing is left.
 */
void entries_show(struct call *call);

#endif
