/* SPDX-License-Identifier: MIT */
/* Reading and writing registers of aarch64. */
#include "arch/registers.h"

#include <elf.h>
#include <errno.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#ifndef NT_ARM_SYSTEM_CALL
#define NT_ARM_SYSTEM_CALL 0x404
#endif

int registers_read(int tid, struct registers *registers)
{
	struct iovec all = {&registers->user, sizeof(registers->user)};

	registers->number_changed = false;
	return ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) < 0 ? -errno
								    : 0;
}

/* The number is kept apart from x8, which the kernel has read already. */
int registers_write(int tid, struct registers *registers)
{
	struct iovec all = {&registers->user, sizeof(registers->user)};
	struct iovec number = {&registers->number, sizeof(registers->number)};

	if (registers->number_changed &&
		ptrace(PTRACE_SETREGSET, tid, NT_ARM_SYSTEM_CALL, &number) < 0)
		return -errno;
	registers->number_changed = false;
	return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all) < 0 ? -errno
								    : 0;
}
