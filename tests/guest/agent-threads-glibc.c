/* SPDX-License-Identifier: MIT */
/* agent-threads.c once more, with the threads and call sites of glibc. */
// rows: stat openat=open execve
// flags: -pthread
#include "agent-threads.c"
