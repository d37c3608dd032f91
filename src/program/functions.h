/* SPDX-License-Identifier: MIT */
/*
 * Where the functions of an ELF file begin and end, as its unwind tables tell,
 * or else its symbols.
 *
 * Almost every file has a segment PT_GNU_EH_FRAME (also when it is stripped):
 * a sorted table of the functions' first addresses, which leads to one FDE for
 * each, which says how long it is. See the LSB, Core 5.0, chapter 10.6. musl's
 * libc has none, but symbols with sizes.
 *
 * A file is read piece by piece, as far as a question needs it, and nothing in
 * it is believed: what it says may be wrong, but never harms. No allocation.
 */
#ifndef PROGRAM_FUNCTIONS_H
#define PROGRAM_FUNCTIONS_H

#include "base/range.h"
#include "program/elf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FUNCTIONS_SEGMENTS_MAX 8

/* A segment that can be executed, or holds the tables. */
struct functions_segment {
	uint64_t address;
	uint64_t offset;
	uint64_t size; /* in the file */
	bool is_executable;
};

struct functions {
	elf_reader *reader;
	void *file;
	size_t segment_count;
	struct functions_segment segments[FUNCTIONS_SEGMENTS_MAX];
	uint64_t table;	  /* the address of PT_GNU_EH_FRAME */
	uint64_t entries; /* the address of its sorted table */
	uint32_t count;	  /* its entries; 0: nothing is told */
	uint64_t symbols; /* the offset of a table of symbols */
	uint64_t symbol_count;
};

/*
 * Look at FILE, which READER reads for as long as the functions are asked for.
 * -ENOEXEC: not an ELF file of 64 bits, or a broken one; or what READER says.
 */
int functions_open(elf_reader *reader, void *file, struct functions *functions);

/*
 * The functions within REACH bytes of an offset in the file, on both sides, and
 * the next ones, in their order, as ranges of offsets. They do not overlap.
 * Answers how many, at most MAX; where more would be, some are missing. 0:
 * nothing is known.
 */
size_t functions_near(const struct functions *functions, uint64_t offset,
	uint64_t reach, struct range *out, size_t max);

#endif
