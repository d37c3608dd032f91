/* SPDX-License-Identifier: MIT */
/* agent-execs.c once more, from the call sites of glibc. */
// rows: execve vfork open readlink
// flags: -pthread
#include "agent-execs.c"
