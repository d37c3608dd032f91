/* SPDX-License-Identifier: MIT */
/*
 * Reading ELF headers that anybody may have written, see elf(5).
 *
 * Only what the kernel's loader looks at (fs/binfmt_elf.c), refused with its
 * errors. Nothing is mapped; no allocation outlives the call.
 */
#ifndef PROGRAM_ELF_H
#define PROGRAM_ELF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_SEGMENTS_MAX 128
#define ELF_HEAD	 4096 /* bytes of a file that are read at once */

struct elf_segment {
	uint64_t address;
	uint64_t offset;
	uint64_t file_size;
	uint64_t memory_size;
	uint32_t protection; /* PROT_* */
};

struct elf_image {
	bool is_linker;	 /* so it was read */
	bool is_movable; /* ET_DYN, and there is something to move */
	bool is_broken;	 /* what executes it dies of that */
	bool wants_exec_stack;
	uint64_t entry;
	uint64_t headers; /* address of the program headers */
	uint64_t header_count;
	uint64_t alignment;
	uint64_t start; /* lowest and highest address */
	uint64_t end;
	size_t count;
	struct elf_segment segments[ELF_SEGMENTS_MAX];
	size_t interpreter_size; /* 0: none */
	char interpreter[4096];
};

/* Read SIZE bytes at OFFSET; answers how many, or -errno. */
typedef long elf_reader(void *file, void *out, size_t size, uint64_t offset);

/* A file that is read. */
struct elf_file {
	const char *head; /* its first bytes */
	size_t head_size;
	uint64_t size;	/* of all of it */
	bool is_linker; /* of a program, by PT_INTERP; else it is executed */
	elf_reader *reader;
	void *opened; /* what READER reads */
};

/*
 * Read the image of this machine's own class. -ENOEXEC: it is not for us;
 * -EACCES, -EIO or what READER says: of its interpreter's name; -ENOMEM:
 * addresses that are ours.
 *
 * What is wrong with its segments the kernel finds out when it maps them, and
 * then it can only end the process, by SIGSEGV: such an image IS_BROKEN. So is
 * a linker that is neither ET_EXEC nor ET_DYN: load_elf_interp(). If the file
 * has less than a segment wants, only who touches that gets SIGBUS. If none is
 * left to map (COUNT is 0), a program still starts, and dies of that by itself,
 * but an interpreter is broken.
 */
int elf_read(const struct elf_file *file, struct elf_image *image);

#endif
