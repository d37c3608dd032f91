/* SPDX-License-Identifier: MIT */
/* Reading and writing registers of x86-64. */
#include "arch/registers.h"

#include <errno.h>
#include <sys/ptrace.h>

int registers_read(int tid, struct registers *registers)
{
	return ptrace(PTRACE_GETREGS, tid, 0, &registers->user) < 0 ? -errno
								    : 0;
}

int registers_write(int tid, struct registers *registers)
{
	return ptrace(PTRACE_SETREGS, tid, 0, &registers->user) < 0 ? -errno
								    : 0;
}
