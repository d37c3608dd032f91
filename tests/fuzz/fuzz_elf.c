/* SPDX-License-Identifier: MIT */
/* Fuzzes elf_read(): the input is a whole file. */
#include <errno.h>
#include <string.h>

#include "arch/elf.h"
#include "fuzz.h"
#include "program/elf.h"

static void check_segment(
	const struct elf_image *image, const struct elf_segment *segment)
{
	uint64_t end = segment->address + segment->memory_size;

	require(segment->memory_size > 0);
	require(segment->file_size <= segment->memory_size);
	require(end > segment->address && end <= ARCH_ADDRESS_END);
	require(segment->address >= image->start && end <= image->end);
	require((segment->protection & ~7u) == 0);
	/* What is mapped from the file can be: in pages, and from its start. */
	require(segment->file_size == 0 ||
		(segment->address - segment->offset) % 4096 == 0);
}

static void check_image(const struct elf_image *image)
{
	require(image->count <= ELF_SEGMENTS_MAX);
	for (size_t i = 0; i < image->count; i++)
		check_segment(image, &image->segments[i]);
	require((image->alignment & (image->alignment - 1)) == 0);
	require(image->header_count > 0);
	require(image->interpreter_size < sizeof(image->interpreter));
	if (image->interpreter_size > 0)
		require(strlen(image->interpreter) == image->interpreter_size);
}

static void read_as(struct elf_file *elf, bool is_linker)
{
	struct elf_image *image = malloc(sizeof(*image));
	int status;

	elf->is_linker = is_linker;
	memset(image, 0xa5, sizeof(*image));
	status = elf_read(elf, image);
	require(status <= 0);
	if (status == 0)
		check_image(image);
	else
		require(status == -ENOEXEC || status == -EIO ||
			status == -EINVAL || status == -ENOMEM ||
			status == -EACCES);
	free(image);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_file file = {data, size};
	size_t head_size = size < ELF_HEAD ? size : ELF_HEAD;
	char *head = malloc(head_size);
	struct elf_file elf = {.head = head,
		.head_size = head_size,
		.size = size,
		.reader = input_read,
		.opened = &file};

	if (head_size > 0)
		memcpy(head, data, head_size);
	read_as(&elf, false);
	read_as(&elf, true);
	free(head);
	return 0;
}
