/* SPDX-License-Identifier: MIT */
/* Reading ELF headers, and doubting every number in them. */
#include "program/elf.h"

#include "arch/elf.h"
#include "stub/plan.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEADERS_SIZE_MAX 65536 /* load_elf_phdrs() */

/* Of e_ident the kernel looks at the magic number alone. */
static bool is_for_us(const file_header *header)
{
	return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 &&
	       header->e_machine == ARCH_ELF_MACHINE &&
	       header->e_phentsize == sizeof(program_header);
}

static bool is_loadable(const file_header *header)
{
	return header->e_type == ET_EXEC || header->e_type == ET_DYN;
}

static uint32_t protection_of(uint32_t flags)
{
	return (flags & PF_R ? PROT_READ : 0) |
	       (flags & PF_W ? PROT_WRITE : 0) | (flags & PF_X ? PROT_EXEC : 0);
}

static bool overlaps(uint64_t start, uint64_t end, uint64_t low, uint64_t high)
{
	return start < high && end > low;
}

static bool is_mappable(const program_header *header)
{
	uint64_t end = header->p_vaddr + header->p_memsz;

	return header->p_filesz <= header->p_memsz && end >= header->p_vaddr &&
	       end <= ARCH_ADDRESS_END &&
	       (header->p_filesz == 0 ||
		       ((header->p_vaddr ^ header->p_offset) & 4095) == 0);
}

/*
 * Does its bss begin in a page of the file that the file does not have? To
 * clear the rest of that page fails: elf_load(). (Before Linux 6.7 that ended
 * the process only if it was the last segment's.)
 */
static bool is_cut_off(const program_header *header, uint64_t file_size)
{
	uint64_t end = header->p_offset + header->p_filesz;
	uint64_t rest = end % (uint64_t)sysconf(_SC_PAGESIZE);

	return (header->p_flags & PF_W) && header->p_filesz > 0 &&
	       header->p_memsz > header->p_filesz && rest != 0 &&
	       end - rest >= file_size;
}

static int add_segment(const program_header *header,
	const struct elf_file *file, struct elf_image *image)
{
	struct elf_segment *segment = &image->segments[image->count];
	uint64_t end = header->p_vaddr + header->p_memsz;

	if (!is_mappable(header) || is_cut_off(header, file->size))
		image->is_broken = true;
	if (!is_mappable(header) || header->p_memsz == 0)
		return 0;
	if (image->count == ELF_SEGMENTS_MAX)
		return -ENOEXEC;
	if (!image->is_movable &&
		overlaps(header->p_vaddr, end, SCRATCH_ADDRESS,
			STUB_ADDRESS + STUB_ROOM))
		return -ENOMEM;
	*segment = (struct elf_segment){header->p_vaddr, header->p_offset,
		header->p_filesz, header->p_memsz,
		protection_of(header->p_flags)};
	if (image->count == 0 || header->p_vaddr < image->start)
		image->start = header->p_vaddr;
	if (end > image->end)
		image->end = end;
	image->count++;
	return 0;
}

static long read_at(
	const struct elf_file *file, void *out, size_t size, uint64_t offset)
{
	if (offset > file->head_size || size > file->head_size - offset)
		return file->reader(file->opened, out, size, offset);
	memcpy(out, file->head + offset, size);
	return (long)size;
}

static int read_interpreter(const program_header *header,
	const struct elf_file *file, struct elf_image *image)
{
	long size;

	if (image->interpreter_size != 0)
		return 0; /* the first one counts */
	if (header->p_filesz < 2 ||
		header->p_filesz > sizeof(image->interpreter))
		return -ENOEXEC;
	size = read_at(
		file, image->interpreter, header->p_filesz, header->p_offset);
	if (size < 0)
		return (int)size;
	if ((uint64_t)size != header->p_filesz)
		return -EIO;
	if (image->interpreter[size - 1] != '\0')
		return -ENOEXEC;
	image->interpreter_size = strlen(image->interpreter);
	/* An empty one is the current directory. */
	return image->interpreter_size > 0 ? 0 : -EACCES;
}

static int read_header(const program_header *header,
	const struct elf_file *file, struct elf_image *image)
{
	switch (header->p_type) {
	case PT_LOAD:
		if (header->p_align > image->alignment &&
			(header->p_align & (header->p_align - 1)) == 0)
			image->alignment = header->p_align;
		return add_segment(header, file, image);
	case PT_INTERP:
		/* A linker's own one does not matter. */
		return file->is_linker ? 0
				       : read_interpreter(header, file, image);
	case PT_GNU_STACK:
		image->wants_exec_stack = (header->p_flags & PF_X) != 0;
		return 0;
	default:
		return 0;
	}
}

/* Where AT_PHDR will point: in the segment that holds the headers. */
static void find_headers(const file_header *header, struct elf_image *image)
{
	for (size_t i = 0; i < image->count; i++) {
		const struct elf_segment *segment = &image->segments[i];

		if (segment->offset <= header->e_phoff &&
			header->e_phoff - segment->offset < segment->file_size)
			image->headers = header->e_phoff - segment->offset +
					 segment->address;
	}
}

/*
 * Linkers, and programs without one, go where the kernel finds room for their
 * first segment. Bss alone it does not look for: that begins at 0 then, where
 * nothing may be mapped (vm.mmap_min_addr), but by the real root.
 */
static void check_first(struct elf_image *image)
{
	if (image->count == 0)
		image->is_movable = false;
	else if (image->is_movable && image->interpreter_size == 0 &&
		 image->segments[0].file_size == 0)
		image->is_broken = true;
}

static int read_headers(const file_header *header,
	const program_header *headers, const struct elf_file *file,
	struct elf_image *image)
{
	for (size_t i = 0; i < header->e_phnum; i++) {
		int status = read_header(&headers[i], file, image);

		if (status < 0)
			return status;
	}
	find_headers(header, image);
	check_first(image);
	return 0;
}

int elf_read(const struct elf_file *file, struct elf_image *image)
{
	/* One file is read at a time. */
	static program_header
		headers[HEADERS_SIZE_MAX / sizeof(program_header)];
	file_header header;
	size_t size;

	if (file->head_size < sizeof(header))
		return -ENOEXEC;
	memcpy(&header, file->head, sizeof(header));
	size = header.e_phnum * sizeof(program_header);
	if (!is_for_us(&header) || size == 0 || size > HEADERS_SIZE_MAX)
		return -ENOEXEC;
	if (!is_loadable(&header) && !file->is_linker)
		return -ENOEXEC;
	image->is_linker = file->is_linker;
	image->is_broken = !is_loadable(&header);
	image->is_movable = header.e_type == ET_DYN;
	image->wants_exec_stack = false;
	image->entry = header.e_entry;
	image->headers = 0;
	image->header_count = header.e_phnum;
	image->alignment = 0;
	image->start = image->end = 0;
	image->count = 0;
	image->interpreter_size = 0;
	if (read_at(file, headers, size, header.e_phoff) != (long)size)
		return -ENOEXEC; /* whatever it was, load_elf_phdrs() */
	return read_headers(&header, headers, file, image);
}
