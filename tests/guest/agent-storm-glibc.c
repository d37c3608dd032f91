/* SPDX-License-Identifier: MIT */
/* agent-storm.c once more, from the call sites of glibc. */
// rows: stat open readlink access
// flags: -pthread
#include "agent-storm.c"
