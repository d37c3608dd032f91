/* SPDX-License-Identifier: MIT */
/* Unit tests of program/elf: headers made by hand, and each reason to refuse.
 */
#include <elf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arch/elf.h"
#include "program/elf.h"
#include "stub/plan.h"
#include "unit.h"

#define FILE_SIZE 8192
#define HEADERS	  8
#define BASE	  0x400000

/* A file; every test starts from a valid one and spoils it. */
static struct {
	unsigned char bytes[FILE_SIZE];
	size_t size;
	int error; /* reading fails with it */
	unsigned int reads;
	bool is_linker;
} file;

static file_header *header;
static program_header *headers;
static struct elf_image image;

static long read_file(void *opaque, void *out, size_t size, uint64_t offset)
{
	(void)opaque;
	file.reads++;
	if (file.error)
		return file.error;
	if (offset >= file.size)
		return 0;
	if (size > file.size - offset)
		size = file.size - offset;
	memcpy(out, file.bytes + offset, size);
	return (long)size;
}

static int read_image(void)
{
	size_t head_size = file.size < ELF_HEAD ? file.size : ELF_HEAD;
	char *head = malloc(head_size);
	const struct elf_file elf = {.head = head,
		.head_size = head_size,
		.size = file.size,
		.is_linker = file.is_linker,
		.reader = read_file};
	int status;

	if (head_size > 0)
		memcpy(head, file.bytes, head_size);
	memset(&image, 0x5a, sizeof(image));
	file.reads = 0;
	status = elf_read(&elf, &image);
	free(head);
	return status;
}

static program_header *add_header(uint32_t type)
{
	program_header *added = &headers[header->e_phnum++];

	added->p_type = type;
	return added;
}

static program_header *add_segment(uint64_t address, uint64_t offset,
	uint64_t file_size, uint64_t memory_size, uint32_t flags)
{
	program_header *added = add_header(PT_LOAD);

	added->p_vaddr = address;
	added->p_offset = offset;
	added->p_filesz = file_size;
	added->p_memsz = memory_size;
	added->p_flags = flags;
	added->p_align = 4096;
	return added;
}

/* Text at 0x400000, data with bss behind it. */
static void start_over(void)
{
	memset(&file, 0, sizeof(file));
	file.size = FILE_SIZE;
	header = (file_header *)file.bytes;
	headers = (program_header *)(file.bytes + sizeof(*header));
	memcpy(header->e_ident, ELFMAG, SELFMAG);
	header->e_ident[EI_CLASS] = ARCH_ELF_CLASS;
	header->e_machine = ARCH_ELF_MACHINE;
	header->e_type = ET_EXEC;
	header->e_phentsize = sizeof(program_header);
	header->e_phoff = sizeof(*header);
	header->e_entry = BASE + 0x100;
	add_segment(BASE, 0, 0x1000, 0x1000, PF_R | PF_X);
	add_segment(BASE + 0x2800, 0x800, 0x100, 0x5000, PF_R | PF_W);
}

static void add_interpreter(const char *name, size_t size)
{
	program_header *added = add_header(PT_INTERP);

	added->p_offset = 0x1800;
	added->p_filesz = size;
	memcpy(file.bytes + 0x1800, name, strlen(name));
}

#define refused(error) (read_image() == (error))
#define is_broken()    (read_image() == 0 && image.is_broken)

static void test_fixed(void)
{
	start_over();
	check(read_image() == 0, "a program at a fixed address is read");
	check(!image.is_movable && image.entry == BASE + 0x100,
		"it is not movable, and has its entry");
	check(image.count == 2 && image.start == BASE &&
			image.end == BASE + 0x7800,
		"it reaches from its first byte to the end of its bss");
	check(image.segments[0].protection == (PROT_READ | PROT_EXEC) &&
			image.segments[1].protection ==
				(PROT_READ | PROT_WRITE),
		"PF_R, PF_W and PF_X are protections");
	check(image.segments[1].address == BASE + 0x2800 &&
			image.segments[1].offset == 0x800 &&
			image.segments[1].file_size == 0x100 &&
			image.segments[1].memory_size == 0x5000,
		"a segment is what its header says");
	check(image.headers == BASE + sizeof(*header) &&
			image.header_count == 2,
		"its headers are found in the segment that holds them");
	check(image.interpreter_size == 0 && !image.wants_exec_stack,
		"it has no interpreter, and its stack is no code");
	check(file.reads == 0, "headers in the file's head are not read again");
}

static void test_movable(void)
{
	start_over();
	header->e_type = ET_DYN;
	headers[0].p_vaddr = 0;
	headers[1].p_vaddr = 0x2800;
	headers[1].p_align = 0x200000;
	add_interpreter("/lib/ld.so", sizeof("/lib/ld.so"));
	check(read_image() == 0 && image.is_movable && image.start == 0,
		"a movable program starts at 0");
	check(image.alignment == 0x200000, "the largest alignment counts");
	check(image.interpreter_size == strlen("/lib/ld.so") &&
			!strcmp(image.interpreter, "/lib/ld.so"),
		"its interpreter is read");
	check(file.reads == 1, "in one read");
	headers[1].p_align = 0x300000;
	check(read_image() == 0 && image.alignment == 4096,
		"an alignment that is no power of two does not count");
}

static void test_details(void)
{
	start_over();
	add_header(PT_GNU_STACK)->p_flags = PF_R | PF_W | PF_X;
	check(read_image() == 0 && image.wants_exec_stack,
		"PT_GNU_STACK with PF_X wants an executable stack");
	headers[2].p_flags = PF_R | PF_W;
	check(read_image() == 0 && !image.wants_exec_stack, "without, none");
	start_over();
	add_header(PT_NOTE)->p_filesz = UINT64_MAX;
	add_header(0x6abcdef);
	check(read_image() == 0 && image.count == 2,
		"other headers do not matter");
	start_over();
	add_segment(BASE + 0x10000, 0, 0, 0, PF_R);
	check(read_image() == 0 && image.count == 2,
		"neither do empty segments");
	start_over();
	headers[1].p_offset = 0x123;
	headers[1].p_filesz = 0;
	check(read_image() == 0, "nor where bss alone would be in the file");
	start_over();
	headers[0].p_offset = 0x1000;
	check(read_image() == 0 && image.headers == 0,
		"headers outside of all segments have no address");
	start_over();
	headers[0] = headers[1];
	headers[1].p_vaddr = BASE;
	headers[1].p_offset = 0;
	check(read_image() == 0 && image.start == BASE &&
			image.end == BASE + 0x7800,
		"segments may come in any order");
}

/* Headers that are not in the file's head. */
static void test_far_headers(void)
{
	size_t size;

	start_over();
	size = header->e_phnum * sizeof(*headers);
	memcpy(file.bytes + 0x1900, headers, size);
	memset(headers, 0xff, size);
	header->e_phoff = 0x1900;
	check(read_image() == 0 && image.count == 2 && file.reads == 1,
		"headers may be anywhere in the file");
	header->e_phoff = ELF_HEAD - sizeof(*headers);
	memcpy(file.bytes + header->e_phoff, file.bytes + 0x1900, size);
	check(read_image() == 0 && image.count == 2, "also partly in its head");
	header->e_phoff = FILE_SIZE - size;
	memcpy(file.bytes + header->e_phoff, file.bytes + 0x1900, size);
	check(read_image() == 0, "also at its very end");
	header->e_phoff++;
	check(refused(-ENOEXEC), "but not beyond it");
	header->e_phoff = UINT64_MAX;
	check(refused(-ENOEXEC), "nor at the end of all numbers");
	header->e_phoff = (uint64_t)INT64_MAX + 1;
	file.error = -EINVAL;
	check(refused(-ENOEXEC), "nor where pread(2) refuses to look");
}

static void test_not_for_us(void)
{
	start_over();
	file.size = 0;
	check(refused(-ENOEXEC), "an empty file is refused");
	file.size = sizeof(*header) - 1;
	check(refused(-ENOEXEC), "so is half a header");
	start_over();
	file.bytes[1] = 'e';
	check(refused(-ENOEXEC), "another magic number");
	start_over();
	header->e_machine = EM_SPARC;
	check(refused(-ENOEXEC), "another machine");
	start_over();
	header->e_ident[EI_CLASS] ^= ELFCLASS32 ^ ELFCLASS64;
	check(read_image() == 0, "but not another class");
	start_over();
	header->e_type = ET_REL;
	check(refused(-ENOEXEC), "an object file");
	header->e_type = ET_CORE;
	check(refused(-ENOEXEC), "a core");
	start_over();
	header->e_phentsize++;
	check(refused(-ENOEXEC), "headers of another size");
	start_over();
	header->e_phnum = 0;
	check(refused(-ENOEXEC), "no headers");
	header->e_phnum = 65536 / sizeof(*headers) + 1;
	check(refused(-ENOEXEC), "more than 64 KiB of headers");
	start_over();
	headers[0].p_type = headers[1].p_type = PT_NOTE;
	check(read_image() == 0 && image.count == 0 && !image.is_broken,
		"there may be nothing to load");
	header->e_type = ET_DYN;
	check(read_image() == 0 && !image.is_movable,
		"which does not move, either");
}

static void test_bad_segments(void)
{
	start_over();
	headers[0].p_filesz = 0x1001;
	check(is_broken(), "more in the file than in memory");
	start_over();
	headers[1].p_memsz = UINT64_MAX - BASE;
	check(is_broken(), "an end beyond all addresses");
	start_over();
	headers[1].p_vaddr = ARCH_ADDRESS_END - 0x800;
	check(is_broken(), "an end beyond those of a process");
	start_over();
	headers[1].p_offset++;
	check(is_broken(), "a file offset that no page can have");
	start_over();
	add_segment(BASE + 0x10000, 0, 1, 0, PF_R);
	check(is_broken(), "more in the file than no memory at all");
	start_over();
	headers[1].p_offset += 0x100000;
	check(is_broken(), "bss in a page that the file does not have");
	headers[1].p_flags = PF_R;
	check(!is_broken(), "but not if nobody clears it");
	headers[1].p_flags |= PF_W;
	headers[1].p_memsz = headers[1].p_filesz;
	check(!is_broken(), "nor what the file does not have, without bss");
	start_over();
	check(read_image() == 0 && !image.is_broken, "all others are not");
	add_segment(SCRATCH_ADDRESS, 0, 0, 4096, PF_R);
	check(refused(-ENOMEM), "addresses that are ours");
	header->e_type = ET_DYN;
	check(read_image() == 0, "which movable ones can do without");
}

static void test_many_segments(void)
{
	size_t size = sizeof(*headers);

	start_over();
	file.size = FILE_SIZE;
	header->e_phoff = 64;
	header->e_phnum = (ELF_SEGMENTS_MAX + 1);
	if (64 + header->e_phnum * size > FILE_SIZE) {
		skip("too many segments", "no room for them");
		return;
	}
	for (size_t i = 0; i < header->e_phnum; i++) {
		headers[i] = headers[1];
		headers[i].p_vaddr = BASE + i * 0x10000 + 0x800;
		headers[i].p_filesz = 0;
	}
	check(refused(-ENOEXEC), "too many segments");
	header->e_phnum--;
	check(read_image() == 0 && image.count == ELF_SEGMENTS_MAX,
		"one less is not too many");
}

static void test_interpreters(void)
{
	start_over();
	add_interpreter("x", 1);
	check(refused(-ENOEXEC), "an interpreter's name of one byte");
	start_over();
	add_interpreter("/lib/ld.so", strlen("/lib/ld.so"));
	check(refused(-ENOEXEC), "one without its NUL");
	start_over();
	add_interpreter("", 8);
	check(refused(-EACCES), "an empty one is a directory");
	start_over();
	add_interpreter("/x", 4097);
	check(refused(-ENOEXEC), "one of more than PATH_MAX");
	start_over();
	add_interpreter("/x\0/y", 6);
	check(read_image() == 0 && !strcmp(image.interpreter, "/x"),
		"what follows a NUL in it does not count");
	start_over();
	add_interpreter("/a", 3);
	add_interpreter("/b", 3);
	headers[3].p_offset = 0x1900;
	memcpy(file.bytes + 0x1900, "/b", 3);
	memcpy(file.bytes + 0x1800, "/a", 3);
	check(read_image() == 0 && !strcmp(image.interpreter, "/a"),
		"of two, the first counts");
	start_over();
	add_interpreter("/lib/ld.so", sizeof("/lib/ld.so"));
	headers[2].p_offset = FILE_SIZE - 4;
	check(refused(-EIO), "one that the file's end cuts off");
	headers[2].p_offset = UINT64_MAX;
	check(refused(-EIO), "one beyond the file's end");
	file.error = -EACCES;
	check(refused(-EACCES), "one that cannot be read");
}

/* It has no place if nothing of the file is to be mapped there. */
static void test_bss_first(void)
{
	start_over();
	header->e_type = ET_DYN;
	headers[0].p_filesz = 0;
	check(is_broken(), "what moves does not begin with bss");
	file.is_linker = true;
	check(is_broken(), "no linker does");
	file.is_linker = false;
	header->e_type = ET_EXEC;
	check(!is_broken(), "what does not move may");
	header->e_type = ET_DYN;
	add_interpreter("/lib/ld.so", sizeof("/lib/ld.so"));
	check(!is_broken(), "and what has a linker");
}

static void test_linkers(void)
{
	start_over();
	file.is_linker = true;
	add_interpreter("x", 1);
	check(read_image() == 0 && image.interpreter_size == 0 &&
			image.is_linker && !image.is_broken,
		"a linker's own interpreter does not matter");
	check(file.reads == 0, "and is not read");
	header->e_type = ET_REL;
	check(is_broken(), "an object file that is a linker's is broken");
	header->e_type = ET_CORE;
	check(is_broken(), "so is a core");
	header->e_machine = EM_SPARC;
	check(refused(-ENOEXEC), "another machine's is refused");
}

int main(void)
{
	test_fixed();
	test_movable();
	test_details();
	test_far_headers();
	test_not_for_us();
	test_bad_segments();
	test_many_segments();
	test_interpreters();
	test_bss_first();
	test_linkers();
	return unit_end();
}
