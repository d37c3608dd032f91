/* SPDX-License-Identifier: MIT */
/* agent-blocking.c once more, from the call sites of glibc. */
// rows: open openat stat
// flags: -pthread
#include "agent-blocking.c"
