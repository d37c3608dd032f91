/* SPDX-License-Identifier: MIT */
/* Entry, system calls and the way back to the guest, x86-64. */

#include "stub/plan.h"

	.text

/*
 * In: rsp is the new stack. The plan is at PLAN_ADDRESS; or, where there is
 * what agents share, perhaps there.
 * Out: the program, as execve(2) leaves it.
 */
	.globl	stub_entry, stub_entry_shared
	.hidden	stub_entry, stub_entry_shared
	.type	stub_entry, @function
stub_entry:
	xor	%esi, %esi
	jmp	1f
stub_entry_shared:
	mov	$1, %esi
1:	mov	%rsp, %rbx
	mov	%rsp, %rdi
	sub	$STUB_GAP, %rsp
	and	$-16, %rsp
	call	stub_main		/* answers where to go on */
	mov	%rbx, %rsp
	push	%rax			/* as execve(2): all registers are 0, */
	xor	%eax, %eax
	xor	%ebx, %ebx
	xor	%ecx, %ecx
	xor	%edx, %edx		/* psABI 3.4.1: nothing for atexit() */
	xor	%esi, %esi
	xor	%edi, %edi
	xor	%ebp, %ebp
	xor	%r8d, %r8d
	xor	%r9d, %r9d
	xor	%r10d, %r10d
	xor	%r11d, %r11d
	xor	%r12d, %r12d
	xor	%r13d, %r13d
	xor	%r14d, %r14d
	xor	%r15d, %r15d
	pushq	$0x202			/* and of the flags only IF is set */
	popfq
	ret
	.size	stub_entry, . - stub_entry

/*
 * long stub_syscall(number, a, b, c, d, e, f). The one instruction whose
 * system calls are never traced: the filter knows its address.
 */
	.globl	stub_syscall, stub_syscall_end
	.hidden	stub_syscall, stub_syscall_end
	.type	stub_syscall, @function
stub_syscall:
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	mov	8(%rsp), %r9
	syscall
stub_syscall_end:
	ret
	.size	stub_syscall, . - stub_syscall

/*
 * The way back from a call whose arguments the tracer has rewritten. Instead
 * of an exit stop, the kernel returns here: r11 is a block of the six original
 * arguments, rcx the guest's own return address; the kernel overwrites both
 * registers in any call, so the guest cannot miss them.
 *
 * When the kernel restarts the call without a signal stop it goes back by the
 * size of a system call instruction: there has to be one.
 */
	.globl	stub_return, stub_return_end
	.hidden	stub_return, stub_return_end
	syscall
stub_return:
	mov	(%r11), %rdi
	mov	8(%r11), %rsi
	mov	16(%r11), %rdx
	mov	24(%r11), %r10
	mov	32(%r11), %r8
	mov	40(%r11), %r9
	jmp	*%rcx
stub_return_end:

	.section .note.GNU-stack,"",@progbits
