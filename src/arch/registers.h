/* SPDX-License-Identifier: MIT */
/*
 * The registers of a stopped guest, by their role in a system call.
 *
 * Every machine gives the same functions; see syscall(2) for the conventions.
 */
#ifndef ARCH_REGISTERS_H
#define ARCH_REGISTERS_H

#include <stdint.h>

#if defined(__x86_64__)
#include "arch/x86_64/registers.h"
#elif defined(__aarch64__)
#include "arch/aarch64/registers.h"
#endif

/* 0 or -errno (the guest is gone: -ESRCH). */
int registers_read(int tid, struct registers *registers);
int registers_write(int tid, struct registers *registers);

#endif
