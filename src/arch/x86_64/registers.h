/* SPDX-License-Identifier: MIT */
/* Registers of x86-64, see syscall(2) and ptrace(2). */
#ifndef ARCH_X86_64_REGISTERS_H
#define ARCH_X86_64_REGISTERS_H

#include <stdbool.h>
#include <sys/user.h>

#define ARCH_ABI       ABI_X86_64
#define ARCH_AUDIT     AUDIT_ARCH_X86_64
#define ARCH_CALL_SIZE 2      /* the syscall instruction */
#define ARCH_CALL_CODE 0x050f /* its bytes; i386 has int $0x80 */
#define ARCH_RED_ZONE  128    /* psABI 3.2.2 */
#define ARCH_MMAP      9
#define ARCH_SPARE     1 /* rcx and r11 are lost in every call: a way back */
#define ARCH_AGENT     1

struct registers {
	struct user_regs_struct user;
};

static inline long reg_number(const struct registers *r)
{
	return (int)r->user.orig_rax; /* the upper half does not count */
}

static inline void reg_set_number(struct registers *r, long number)
{
	r->user.orig_rax = (unsigned long long)number;
}

/* Make the instruction before the program counter run as a new call. */
static inline void reg_call_again(struct registers *r, long number)
{
	r->user.rax = (unsigned long long)number;
	r->user.rip -= ARCH_CALL_SIZE;
}

static inline uint64_t reg_argument(const struct registers *r, unsigned int i)
{
	switch (i) {
	case 0:
		return r->user.rdi;
	case 1:
		return r->user.rsi;
	case 2:
		return r->user.rdx;
	case 3:
		return r->user.r10;
	case 4:
		return r->user.r8;
	default:
		return r->user.r9;
	}
}

static inline void reg_set_argument(
	struct registers *r, unsigned int i, uint64_t value)
{
	switch (i) {
	case 0:
		r->user.rdi = value;
		break;
	case 1:
		r->user.rsi = value;
		break;
	case 2:
		r->user.rdx = value;
		break;
	case 3:
		r->user.r10 = value;
		break;
	case 4:
		r->user.r8 = value;
		break;
	default:
		r->user.r9 = value;
	}
}

static inline long reg_result(const struct registers *r)
{
	return (long)r->user.rax;
}

static inline void reg_set_result(struct registers *r, long result)
{
	r->user.rax = (unsigned long long)result;
}

/*
 * Of a stop of PTRACE_SYSCALL: surely not the entry of a call that will be
 * made. There the result is -ENOSYS (entry_64.S).
 */
static inline bool reg_has_result(const struct registers *r)
{
	return reg_result(r) != -38;
}

static inline uint64_t reg_pc(const struct registers *r)
{
	return r->user.rip;
}

static inline void reg_set_pc(struct registers *r, uint64_t pc)
{
	r->user.rip = pc;
}

static inline uint64_t reg_sp(const struct registers *r)
{
	return r->user.rsp;
}

static inline void reg_set_sp(struct registers *r, uint64_t sp)
{
	r->user.rsp = sp;
}

/* The two registers that carry a call's way back; see loader/stub. */
static inline void reg_set_way_back(
	struct registers *r, uint64_t block, uint64_t pc)
{
	r->user.r11 = block;
	r->user.rcx = pc;
}

/* --- for the agent, see loader/agent/x86_64.S --- */

struct saved_registers {
	uint64_t rsp, rbx, rbp, r12, r13, r14, r15;
};

static inline void reg_set_saved(
	struct registers *r, const struct saved_registers *saved)
{
	r->user.rsp = saved->rsp;
	r->user.rbx = saved->rbx;
	r->user.rbp = saved->rbp;
	r->user.r12 = saved->r12;
	r->user.r13 = saved->r13;
	r->user.r14 = saved->r14;
	r->user.r15 = saved->r15;
}

/* Where it goes back to, and what tells its slot, while it has registers. */
static inline uint64_t reg_back(const struct registers *r)
{
	return r->user.rcx;
}

static inline uint64_t reg_spare(const struct registers *r)
{
	return r->user.r11;
}

/* Its slot, around the final call. */
static inline uint64_t reg_slot(const struct registers *r)
{
	return r->user.rbx;
}

static inline bool reg_carry(const struct registers *r)
{
	return (r->user.eflags & 1) != 0;
}

#endif
