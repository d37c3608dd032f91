/* SPDX-License-Identifier: MIT */
/*
 * How long an x86-64 instruction is, and where it leads.
 *
 * Nothing else of it is decoded. What is not known for sure is refused, never
 * guessed: privileged instructions, encodings that processors of different
 * makers read differently, and what was added after AVX-512.
 *
 * Dual code: no libc, no allocation, no pointers in constant data. It works on
 * any bytes and reads none beyond their size.
 */
#ifndef ARCH_X86_64_INSTRUCTION_H
#define ARCH_X86_64_INSTRUCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INSTRUCTION_SIZE_MAX 15 /* SDM vol. 2, 2.3.11 */

enum instruction_kind {
	INSTRUCTION_PLAIN,    /* goes on behind itself, also after a call */
	INSTRUCTION_PADDING,  /* a nop such as assemblers fill gaps with */
	INSTRUCTION_TRAP,     /* int3, which linkers fill gaps with */
	INSTRUCTION_CALL,     /* calls its target, and goes on */
	INSTRUCTION_BRANCH,   /* goes on, or to its target */
	INSTRUCTION_JUMP,     /* goes to its target */
	INSTRUCTION_INDIRECT, /* jumps to where a register or memory says */
	INSTRUCTION_END,      /* returns, or cannot be executed */
};

struct instruction {
	enum instruction_kind kind;
	int size;
	int64_t target; /* from its first byte, of calls, branches and jumps */
};

/* Answers the size, or 0: it is not known, or does not end within SIZE. */
int instruction_read(
	const uint8_t *bytes, size_t size, struct instruction *instruction);

/* The same, for the size alone. */
int instruction_length(const uint8_t *bytes, size_t size);

#endif
