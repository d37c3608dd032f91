/* SPDX-License-Identifier: MIT */
/* agent-spawns.c once more, from the call sites of glibc. */
// rows: vfork clone clone3 execve
// flags: -pthread
#include "agent-spawns.c"
