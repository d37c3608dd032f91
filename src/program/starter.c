/* SPDX-License-Identifier: MIT */
/* An ELF file of three segments, see elf(5). */
#include "program/starter.h"

#include "arch/elf.h"
#include "base/anonymous.h"
#include "program/stub.h"
#include "stub/plan.h"

#include <errno.h>
#include <link.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of the program headers of proot itself, the stub's. */
static const program_header *find_stub(void)
{
	const program_header *header = (const void *)getauxval(AT_PHDR);

	for (uint64_t left = getauxval(AT_PHNUM); left > 0; left--, header++)
		if (header->p_type == PT_LOAD &&
			header->p_vaddr == STUB_ADDRESS)
			return header;
	return NULL;
}

static program_header segment(uint64_t address, size_t size, uint32_t flags)
{
	return (program_header){
		.p_type = PT_LOAD,
		.p_flags = flags,
		.p_vaddr = address,
		.p_memsz = size,
		.p_align = STARTER_SHARED,
	};
}

static program_header from_file(program_header segment, size_t offset)
{
	segment.p_offset = offset;
	segment.p_filesz = segment.p_memsz;
	return segment;
}

static void write_headers(char *to, const struct starter_shared *shared,
	const program_header *rooms, size_t stub_size)
{
	file_header head = {
		.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ARCH_ELF_CLASS,
			ELFDATA2LSB, EV_CURRENT},
		.e_type = ET_EXEC,
		.e_machine = ARCH_ELF_MACHINE,
		.e_version = EV_CURRENT,
		.e_entry = shared->size > 0 ? stub_entry_with_agent
					    : stub_addresses.entry,
		.e_phoff = sizeof(head),
		.e_ehsize = sizeof(head),
		.e_phentsize = sizeof(program_header),
	};
	program_header segments[4];

	if (shared->size > 0)
		segments[head.e_phnum++] =
			from_file(segment(shared->address, shared->size, PF_R),
				STARTER_SHARED);
	segments[head.e_phnum++] = *rooms;
	segments[head.e_phnum++] =
		from_file(segment(STUB_ADDRESS, stub_size, PF_R | PF_X),
			STARTER_SHARED + shared->size);
	segments[head.e_phnum++] = (program_header){
		.p_type = PT_GNU_STACK, .p_flags = PF_R | PF_W};
	memcpy(to, &head, sizeof(head));
	memcpy(to + sizeof(head), segments, head.e_phnum * sizeof(segments[0]));
}

static int create(struct starter_shared *shared, const program_header *rooms)
{
	const program_header *stub = find_stub();
	char *area;
	int fd;

	if (!stub)
		return -ENOEXEC;
	fd = anonymous_area("proot",
		STARTER_SHARED + shared->size + stub->p_memsz, true,
		(void **)&area);
	if (fd < 0)
		return fd;
	write_headers(area, shared, rooms, stub->p_memsz);
	memcpy(area + STARTER_SHARED + shared->size,
		(const char *)(uintptr_t)STUB_ADDRESS, stub->p_memsz);
	shared->area = area + STARTER_SHARED;
	return fd;
}

int starter_create(struct starter_shared *shared)
{
	uint64_t start = shared->size > 0 ? ROOMS_ADDRESS : SCRATCH_ADDRESS;
	const program_header rooms =
		segment(start, STUB_ADDRESS - start, PF_R | PF_W);

	return create(shared, &rooms);
}

int starter_create_small(void)
{
	const program_header rooms =
		segment(SCRATCH_ADDRESS, SLOTS_SMALL * SLOT_SIZE, PF_R | PF_W);
	struct starter_shared none = {0};

	return create(&none, &rooms);
}
