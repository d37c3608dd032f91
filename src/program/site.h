/* SPDX-License-Identifier: MIT */
/*
 * System call instructions in ELF files: what can be learned of one from the
 * file alone, once a process has executed it.
 */
#ifndef PROGRAM_SITE_H
#define PROGRAM_SITE_H

#include "arch/padding.h"
#include "program/functions.h"

/*
 * Dead bytes near the system call instruction at OFFSET of a file, with which
 * to enlarge it to a jump: see padding_find(). The file is what is read, not
 * the memory that it is mapped to: that may have been patched. So compare
 * before writing: site and places must hold what the file holds.
 *
 * Answers how many places there are, the best first, and writes how far each is
 * from the site. 0 also if the bytes at OFFSET are no system call.
 */
size_t site_padding(const struct functions *file, uint64_t offset,
	int places[PADDING_PLACES]);

#endif
