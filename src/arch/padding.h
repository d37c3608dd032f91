/* SPDX-License-Identifier: MIT */
/*
 * Padding near a system call instruction, where five bytes can be overwritten
 * because they are never executed.
 *
 * Assemblers fill gaps in front of aligned labels with nops. Those in front of
 * a loop are executed; those behind an instruction that does not go on, a ret
 * or jmp, are dead. What counts as proof stands in arch/x86_64/padding.c. Other
 * machines need no padding: their system call instructions are as long as a
 * jump.
 */
#ifndef ARCH_PADDING_H
#define ARCH_PADDING_H

#include "base/range.h"

#include <stddef.h>
#include <stdint.h>

#define PADDING_SIZE	 5 /* what a place has room for: a jmp rel32 */
#define PADDING_PLACES	 8 /* there is no use in more */
#define PADDING_CODE_MAX 8192

/*
 * A piece of text as the compiler made it: where anything has been patched, the
 * proof does not hold. ADDRESS is that of its first byte, or the offset in an
 * ELF file; only the last bits matter. At most PADDING_CODE_MAX bytes.
 */
struct code {
	const uint8_t *bytes;
	size_t size;
	uint64_t address;
};

/*
 * Find dead bytes within reach of a jmp rel8 that takes the place of the system
 * call instruction at offset SITE, which has been executed: what follows it is
 * an instruction. FUNCTIONS, COUNT of them, are those known around it, in their
 * order (addresses as in CODE), possibly none.
 *
 * Answers how many places there are, each of PADDING_SIZE bytes, and writes
 * their offsets in the text, those on the site's own page first. If there are
 * none, it may be one that is not dead: right in front of the site, an
 * instruction that loads the call's number. 0 also if there is no system call
 * instruction at SITE.
 */
#if defined(__x86_64__)
size_t padding_find(const struct code *code, size_t site,
	const struct range *functions, size_t count,
	size_t places[PADDING_PLACES]);
#else
static inline size_t padding_find(const struct code *code, size_t site,
	const struct range *functions, size_t count,
	size_t places[PADDING_PLACES])
{
	(void)code;
	(void)site;
	(void)functions;
	(void)count;
	(void)places;
	return 0;
}
#endif

#endif
