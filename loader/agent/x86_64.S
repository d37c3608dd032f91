/* SPDX-License-Identifier: MIT */
/* Into the agent and out of it, x86-64. */

/*
 * A guest comes from an island with rcx pointing behind the island's own system
 * call instruction; of its registers only rcx and r11, which the call would
 * destroy anyway, and the arithmetic flags, which compilers take for destroyed,
 * may change. DF may be set, so there are no string instructions in here, nor in
 * what is called. trace/leave.c knows, for every address in here, how to put the
 * guest where it would be without us.
 */
#include "agent/layout.h"

	.hidden	agent_served	/* places.S */

	.text

	.globl	agent_entry, agent_tried, agent_switched
	.hidden	agent_entry, agent_tried, agent_switched
	.type	agent_entry, @function
agent_entry:
	cmp	$AGENT_NUMBER_COUNT, %eax
	jae	agent_pass
	bt	%eax, agent_served(%rip)
	jnc	agent_pass
	mov	%rsp, %r11		/* threads differ in their stacks */
	shr	$AGENT_THREAD_SHIFT, %r11
	and	$(AGENT_SLOT_COUNT - 1), %r11d
	shl	$AGENT_LOCK_SHIFT, %r11d
	add	agent_locks_at(%rip), %r11
agent_try:
	lock btsq $0, (%r11)
agent_tried:				/* carry: it is somebody else's */
	jc	agent_next
	sub	agent_locks_at(%rip), %r11
	shl	$(AGENT_SLOT_SHIFT - AGENT_LOCK_SHIFT), %r11
	add	agent_slots_at(%rip), %r11
	mov	%rsp, SLOT_RSP(%r11)
	mov	%rcx, SLOT_BACK(%r11)
	mov	%rcx, SLOT_EXIT(%r11)
	mov	%rax, SLOT_NUMBER(%r11)
	mov	%rdi, SLOT_ARGUMENTS(%r11)
	mov	%rsi, SLOT_ARGUMENTS + 8(%r11)
	mov	%rdx, SLOT_ARGUMENTS + 16(%r11)
	mov	%r10, SLOT_ARGUMENTS + 24(%r11)
	mov	%r8, SLOT_ARGUMENTS + 32(%r11)
	mov	%r9, SLOT_ARGUMENTS + 40(%r11)
	mov	%rbx, SLOT_RBX(%r11)
	mov	%rbp, SLOT_RBP(%r11)
	mov	%r12, SLOT_R12(%r11)
	mov	%r13, SLOT_R13(%r11)
	mov	%r14, SLOT_R14(%r11)
	mov	%r15, SLOT_R15(%r11)
	movq	$0, SLOT_STAGE(%r11)
	movq	$0, SLOT_REVIEW(%r11)
	mov	%r11, %rsp		/* the stack is below */
agent_switched:				/* from here on rsp tells the slot */
	mov	%r11, %rbx
agent_step_again:
	mov	%rbx, %rdi
	call	agent_step		/* 0: make the final call */
	test	%eax, %eax
	jnz	agent_leave
	mov	SLOT_CALL(%rbx), %rax
	mov	SLOT_CALL + 8(%rbx), %rdi
	mov	SLOT_CALL + 16(%rbx), %rsi
	mov	SLOT_CALL + 24(%rbx), %rdx
	mov	SLOT_CALL + 32(%rbx), %r10
	mov	SLOT_CALL + 40(%rbx), %r8
	mov	SLOT_CALL + 48(%rbx), %r9
	.globl	agent_final_end, agent_noted
	.hidden	agent_final_end, agent_noted
	syscall				/* never traced: the filter knows */
agent_final_end:
	mov	%rax, SLOT_RESULT(%rbx)
	mov	SLOT_NEXT_STAGE(%rbx), %rcx
	mov	%rcx, SLOT_STAGE(%rbx)
agent_noted:
	cmpq	$0, SLOT_REVIEW(%rbx)
	jne	agent_step_again
agent_leave:
	mov	%rbx, %r11
	mov	SLOT_RESULT(%r11), %rax
	mov	SLOT_ARGUMENTS(%r11), %rdi
	mov	SLOT_ARGUMENTS + 8(%r11), %rsi
	mov	SLOT_ARGUMENTS + 16(%r11), %rdx
	mov	SLOT_ARGUMENTS + 24(%r11), %r10
	mov	SLOT_ARGUMENTS + 32(%r11), %r8
	mov	SLOT_ARGUMENTS + 40(%r11), %r9
	mov	SLOT_RBX(%r11), %rbx
	mov	SLOT_RBP(%r11), %rbp
	mov	SLOT_R12(%r11), %r12
	mov	SLOT_R13(%r11), %r13
	mov	SLOT_R14(%r11), %r14
	mov	SLOT_R15(%r11), %r15
	mov	SLOT_EXIT(%r11), %rcx
	mov	SLOT_RSP(%r11), %rsp
	.globl	agent_unswitched, agent_unlocked
	.hidden	agent_unswitched, agent_unlocked
agent_unswitched:			/* all is the guest's but rcx, r11 */
	sub	agent_slots_at(%rip), %r11
	shr	$(AGENT_SLOT_SHIFT - AGENT_LOCK_SHIFT), %r11
	add	agent_locks_at(%rip), %r11
	movq	$0, (%r11)
agent_unlocked:
	jmp	*%rcx

agent_next:
	add	$AGENT_LOCK_SIZE, %r11
	test	$(AGENT_SLOT_COUNT * AGENT_LOCK_SIZE - 1), %r11d
	jnz	agent_try
agent_pass:
	sub	$(ISLAND_BACK - ISLAND_CALL), %rcx /* the island's own call */
	.globl	agent_passing, agent_text_end
	.hidden	agent_passing, agent_text_end
agent_passing:
	jmp	*%rcx
agent_text_end:
	.size	agent_entry, . - agent_entry

	.balign	8
agent_locks_at:
	.quad	AGENT_LOCKS
agent_slots_at:
	.quad	AGENT_SLOTS + AGENT_STACK_SIZE

	.section .note.GNU-stack,"",@progbits
