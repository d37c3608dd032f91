/* SPDX-License-Identifier: MIT */
/* Registers of aarch64, see syscall(2) and ptrace(2). */
#ifndef ARCH_AARCH64_REGISTERS_H
#define ARCH_AARCH64_REGISTERS_H

#include <stdbool.h>
#include <sys/user.h>

#define ARCH_ABI       ABI_AARCH64
#define ARCH_AUDIT     AUDIT_ARCH_AARCH64
#define ARCH_CALL_CODE 0 /* there is no other way in */
#define ARCH_CALL_SIZE 4
#define ARCH_RED_ZONE  128
#define ARCH_MMAP      222
#define ARCH_SPARE     0 /* the kernel keeps all registers but x0 */
#define ARCH_AGENT     0

struct registers {
	struct user_regs_struct user;
	bool number_changed;
	int number; /* NT_ARM_SYSTEM_CALL */
};

static inline long reg_number(const struct registers *r)
{
	return (long)(int)r->user.regs[8];
}

static inline void reg_set_number(struct registers *r, long number)
{
	r->number = (int)number;
	r->number_changed = true;
}

static inline void reg_call_again(struct registers *r, long number)
{
	r->user.regs[8] = (uint64_t)number;
	r->user.pc -= ARCH_CALL_SIZE;
}

static inline uint64_t reg_argument(const struct registers *r, unsigned int i)
{
	return r->user.regs[i];
}

static inline void reg_set_argument(
	struct registers *r, unsigned int i, uint64_t value)
{
	r->user.regs[i] = value;
}

static inline long reg_result(const struct registers *r)
{
	return (long)r->user.regs[0];
}

static inline void reg_set_result(struct registers *r, long result)
{
	r->user.regs[0] = (uint64_t)result;
}

/* Of a stop of PTRACE_SYSCALL: x7 shows 0 at the entry, 1 at the exit. */
static inline bool reg_has_result(const struct registers *r)
{
	return r->user.regs[7] == 1;
}

static inline uint64_t reg_pc(const struct registers *r)
{
	return r->user.pc;
}

static inline void reg_set_pc(struct registers *r, uint64_t pc)
{
	r->user.pc = pc;
}

static inline uint64_t reg_sp(const struct registers *r)
{
	return r->user.sp;
}

static inline void reg_set_sp(struct registers *r, uint64_t sp)
{
	r->user.sp = sp;
}

static inline void reg_set_way_back(
	struct registers *r, uint64_t block, uint64_t pc)
{
	(void)r;
	(void)block;
	(void)pc;
}

/* There is no agent yet. */
struct saved_registers {
	uint64_t rsp, rbx, rbp, r12, r13, r14, r15;
};

static inline void reg_set_saved(
	struct registers *r, const struct saved_registers *saved)
{
	(void)r;
	(void)saved;
}

static inline uint64_t reg_back(const struct registers *r)
{
	return r->user.pc;
}

static inline uint64_t reg_spare(const struct registers *r)
{
	return r->user.pc;
}

static inline uint64_t reg_slot(const struct registers *r)
{
	return r->user.pc;
}

static inline bool reg_carry(const struct registers *r)
{
	(void)r;
	return false;
}

#endif
