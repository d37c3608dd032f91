/* SPDX-License-Identifier: MIT */
/*
 * Takes the place of src's arch/raw.h in the agent: all system calls go through
 * the one instruction that is never traced.
 */
#ifndef AGENT_ARCH_RAW_H
#define AGENT_ARCH_RAW_H

__attribute__((visibility("hidden"))) long stub_syscall(
	long number, long a, long b, long c, long d, long e, long f);

static inline long raw_syscall(
	long number, long a, long b, long c, long d, long e, long f)
{
	return stub_syscall(number, a, b, c, d, e, f);
}

#endif
