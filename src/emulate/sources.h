/* SPDX-License-Identifier: MIT */
/* Mounts go on showing what guests rename and remove. */
#ifndef EMULATE_SOURCES_H
#define EMULATE_SOURCES_H

#include "emulate/call.h"

/* Before a call that removes or replaces names is looked at. */
void sources_keep(struct call *call);

/* When rename(2) is answered, or ready for the kernel. */
void sources_follow(struct call *call);

#endif
