/* SPDX-License-Identifier: MIT */
/* Entry and system calls, aarch64. */

#include "stub/plan.h"

	.text

/*
 * In: sp is the new stack; the plan is at PLAN_ADDRESS.
 * Out: the program, as execve(2) leaves it.
 */
	.globl	stub_entry
	.hidden	stub_entry
	.type	stub_entry, %function
stub_entry:
	mov	x19, sp			/* of 16 bytes, always */
	mov	x0, sp
	mov	x1, #0
	sub	sp, sp, #STUB_GAP
	bl	stub_main		/* answers where to go on */
	mov	sp, x19
	mov	x16, x0
	mov	x0, #0
	mov	x1, #0
	mov	x2, #0
	mov	x3, #0
	mov	x4, #0
	mov	x5, #0
	mov	x6, #0
	mov	x7, #0
	mov	x8, #0
	mov	x19, #0
	mov	x29, #0
	mov	x30, #0
	br	x16
	.size	stub_entry, . - stub_entry

/*
 * long stub_syscall(number, a, b, c, d, e, f). The one instruction whose
 * system calls are never traced: the filter knows its address.
 */
	.globl	stub_syscall, stub_syscall_end
	.hidden	stub_syscall, stub_syscall_end
	.type	stub_syscall, %function
stub_syscall:
	mov	x8, x0
	mov	x0, x1
	mov	x1, x2
	mov	x2, x3
	mov	x3, x4
	mov	x4, x5
	mov	x5, x6
	svc	#0
stub_syscall_end:
	ret
	.size	stub_syscall, . - stub_syscall

/* The kernel keeps every register but x0: no way back without a stop. */
	.globl	stub_return, stub_return_end
	.hidden	stub_return, stub_return_end
stub_return:
stub_return_end:

	.section .note.GNU-stack,"",%progbits
