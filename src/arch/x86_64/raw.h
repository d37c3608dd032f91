/* SPDX-License-Identifier: MIT */
/* One system call, without a libc. Dual code. Answers -errno. */
#ifndef ARCH_X86_64_RAW_H
#define ARCH_X86_64_RAW_H

#define ARCH_NAME "x86_64"

/* x86-64 psABI, A.2.1: the kernel clobbers rcx and r11 only. */
static inline long raw_syscall(
	long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10),
			 "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#endif
