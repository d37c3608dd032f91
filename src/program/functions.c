/* SPDX-License-Identifier: MIT */
/* Functions from .eh_frame_hdr and .eh_frame, doubting every number. */
#include "program/functions.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

/* Encodings of pointers, LSB 10.5: a format, and what it counts from. */
#define FORMAT_ADDRESS 0x00
#define FORMAT_UDATA4  0x03
#define FORMAT_UDATA8  0x04
#define FORMAT_SDATA4  0x0b
#define FORMAT_SDATA8  0x0c
#define FORMAT_MASK    0x0f
#define FROM_HERE      0x10
#define FROM_TABLE     0x30
#define INDIRECT       0x80

#define HEADERS_MAX 4096 /* program headers that are looked at */
#define ENTRY_SIZE  8	 /* of the sorted table: where, and its FDE */
#define CIE_READ    64	 /* as much of a CIE as is looked at */

#define SECTIONS_MAX 4096   /* that are looked at */
#define SYMBOLS_MAX  100000 /* a larger table takes too long to look through */
#define SYMBOLS_READ 64	    /* at once */
#define NEIGHBOUR    64	    /* how far away the nearest function may be */

/* --- The file by offsets and by addresses --- */

static int read_at(const struct functions *functions, uint64_t offset,
	void *out, size_t size)
{
	long got = functions->reader(functions->file, out, size, offset);

	if (got < 0)
		return (int)got;
	return (size_t)got == size ? 0 : -ENOEXEC;
}

static int read_address(const struct functions *functions, uint64_t address,
	void *out, size_t size)
{
	for (size_t i = 0; i < functions->segment_count; i++) {
		const struct functions_segment *segment =
			&functions->segments[i];
		uint64_t in = address - segment->address;

		if (address >= segment->address && in <= segment->size &&
			size <= segment->size - in)
			return read_at(
				functions, segment->offset + in, out, size);
	}
	return -ENOEXEC;
}

static const struct functions_segment *segment_of(
	const struct functions *functions, uint64_t offset)
{
	for (size_t i = 0; i < functions->segment_count; i++) {
		const struct functions_segment *segment =
			&functions->segments[i];

		if (segment->is_executable && offset >= segment->offset &&
			offset - segment->offset < segment->size)
			return segment;
	}
	return NULL;
}

/* --- Opening --- */

static void add_segment(struct functions *functions, const Elf64_Phdr *header)
{
	if (functions->segment_count == FUNCTIONS_SEGMENTS_MAX ||
		header->p_offset + header->p_filesz < header->p_offset ||
		header->p_vaddr + header->p_filesz < header->p_vaddr)
		return;
	functions->segments[functions->segment_count++] =
		(struct functions_segment){header->p_vaddr, header->p_offset,
			header->p_filesz, (header->p_flags & PF_X) != 0};
}

static int read_headers(struct functions *functions, const Elf64_Ehdr *file)
{
	Elf64_Phdr header;
	int status;

	for (size_t i = 0; i < file->e_phnum && i < HEADERS_MAX; i++) {
		status = read_at(functions, file->e_phoff + i * sizeof(header),
			&header, sizeof(header));
		if (status < 0)
			return status;
		if (header.p_type == PT_LOAD)
			add_segment(functions, &header);
		else if (header.p_type == PT_GNU_EH_FRAME)
			functions->table = header.p_vaddr;
	}
	return 0;
}

/*
 * Version, and the encodings of three things: where .eh_frame is, the number of
 * entries, the entries. All linkers write the same ones (ld, gold, lld, mold).
 */
static void read_table(struct functions *functions)
{
	struct {
		uint8_t version, frame, count, table;
		int32_t frame_place;
		uint32_t entries;
	} header;

	if (functions->table == 0 || read_address(functions, functions->table,
					     &header, sizeof(header)) < 0)
		return;
	if (header.version != 1 || header.count != FORMAT_UDATA4 ||
		header.frame != (FORMAT_SDATA4 | FROM_HERE) ||
		header.table != (FORMAT_SDATA4 | FROM_TABLE))
		return;
	functions->entries = functions->table + sizeof(header);
	functions->count = header.entries;
}

/* The larger table of symbols, .symtab, is not loaded, and often not there. */
static void find_symbols(struct functions *functions, const Elf64_Ehdr *file)
{
	Elf64_Shdr section;

	if (file->e_shentsize != sizeof(section))
		return;
	for (size_t i = 0; i < file->e_shnum && i < SECTIONS_MAX; i++) {
		if (read_at(functions, file->e_shoff + i * sizeof(section),
			    &section, sizeof(section)) < 0)
			return;
		if (section.sh_type == SHT_SYMTAB ||
			(section.sh_type == SHT_DYNSYM &&
				functions->symbol_count == 0)) {
			functions->symbols = section.sh_offset;
			functions->symbol_count =
				section.sh_size / sizeof(Elf64_Sym);
		}
	}
	if (functions->symbol_count > SYMBOLS_MAX)
		functions->symbol_count = 0;
}

int functions_open(elf_reader *reader, void *file, struct functions *functions)
{
	Elf64_Ehdr header;
	int status;

	*functions = (struct functions){.reader = reader, .file = file};
	status = read_at(functions, 0, &header, sizeof(header));
	if (status < 0)
		return status;
	if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
		header.e_ident[EI_CLASS] != ELFCLASS64 ||
		header.e_phentsize != sizeof(Elf64_Phdr))
		return -ENOEXEC;
	status = read_headers(functions, &header);
	if (status < 0)
		return status;
	read_table(functions);
	find_symbols(functions, &header);
	return 0;
}

/* --- One FDE --- */

/* What of a CIE says how its FDEs write addresses. */
struct cie {
	uint8_t bytes[CIE_READ];
	size_t size;
	size_t at;
	bool failed;
};

static uint8_t take(struct cie *cie)
{
	if (cie->at >= cie->size) {
		cie->failed = true;
		return 0;
	}
	return cie->bytes[cie->at++];
}

static void skip_leb128(struct cie *cie)
{
	while (take(cie) & 0x80)
		;
}

/* 0: a format of which nothing is known here. */
static unsigned int format_size(uint8_t encoding)
{
	switch (encoding & FORMAT_MASK) {
	case FORMAT_UDATA4:
	case FORMAT_SDATA4:
		return 4;
	case FORMAT_ADDRESS:
	case FORMAT_UDATA8:
	case FORMAT_SDATA8:
		return 8;
	default:
		return 0;
	}
}

static void skip_pointer(struct cie *cie, uint8_t encoding)
{
	unsigned int size = format_size(encoding);

	if (size == 0)
		cie->failed = true;
	for (unsigned int i = 0; i < size; i++)
		take(cie);
}

/* The augmentation's letters, which stand at LETTERS, tell what comes next. */
static uint8_t read_augmentation(struct cie *cie, size_t letters)
{
	skip_leb128(cie); /* its size */
	for (size_t i = letters + 1; cie->bytes[i] != '\0'; i++)
		switch (cie->bytes[i]) {
		case 'R':
			return take(cie);
		case 'L':
			take(cie);
			break;
		case 'P':
			skip_pointer(cie, take(cie));
			break;
		case 'S': /* a signal's frame */
		case 'B': /* signed return addresses, on aarch64 */
			break;
		default:
			cie->failed = true;
			return 0;
		}
	return FORMAT_ADDRESS;
}

/* How the FDEs of the CIE at ADDRESS write addresses. */
static int read_encoding(
	const struct functions *functions, uint64_t address, uint8_t *encoding)
{
	struct cie cie = {.at = 8};
	uint32_t length, id;
	size_t letters;
	uint8_t version;

	if (read_address(functions, address, cie.bytes, 8) < 0)
		return -ENOEXEC;
	memcpy(&length, cie.bytes, sizeof(length));
	memcpy(&id, cie.bytes + 4, sizeof(id));
	if (length < 8 || length >= 0xfffffff0 || id != 0)
		return -ENOEXEC;
	cie.size = length < CIE_READ - 4 ? length + 4 : CIE_READ;
	if (read_address(functions, address, cie.bytes, cie.size) < 0)
		return -ENOEXEC;
	version = take(&cie);
	letters = cie.at;
	while (take(&cie) != '\0')
		;
	if (cie.failed || (version != 1 && version != 3) ||
		cie.bytes[letters] != 'z')
		return -ENOEXEC;
	skip_leb128(&cie); /* alignment of code, and of data */
	skip_leb128(&cie);
	skip_leb128(&cie); /* the register of the return address */
	*encoding = read_augmentation(&cie, letters);
	return cie.failed ? -ENOEXEC : 0;
}

static uint64_t number(const uint8_t *bytes, uint8_t encoding)
{
	uint64_t value = 0;

	memcpy(&value, bytes, format_size(encoding));
	if ((encoding & FORMAT_MASK) == FORMAT_SDATA4)
		value = (uint64_t)(int64_t)(int32_t)value;
	return value;
}

/* The FDE at ADDRESS must be of the function that begins at START. */
static int read_end(const struct functions *functions, uint64_t address,
	uint64_t start, uint64_t *end)
{
	uint8_t bytes[24] = {0}; /* length, CIE, first address, size */
	uint8_t encoding;
	uint32_t length, back;
	uint64_t first, size;
	unsigned int width;

	if (read_address(functions, address, bytes, sizeof(bytes)) < 0 &&
		read_address(functions, address, bytes, 16) < 0)
		return -ENOEXEC;
	memcpy(&length, bytes, sizeof(length));
	memcpy(&back, bytes + 4, sizeof(back));
	if (back == 0 || length >= 0xfffffff0 ||
		read_encoding(functions, address + 4 - back, &encoding) < 0)
		return -ENOEXEC;
	width = format_size(encoding);
	if (width == 0 || length < 4 + 2 * width || (encoding & INDIRECT))
		return -ENOEXEC;
	first = number(bytes + 8, encoding);
	if ((encoding & 0x70) == FROM_HERE)
		first += address + 8;
	else if ((encoding & 0x70) != 0)
		return -ENOEXEC;
	/* A size has no sign, whatever the format. */
	size = number(
		bytes + 8 + width, width == 4 ? FORMAT_UDATA4 : FORMAT_UDATA8);
	if (first != start || start + size < start)
		return -ENOEXEC;
	*end = start + size;
	return 0;
}

/* --- The sorted table --- */

struct frame_entry {
	uint64_t start;
	uint64_t frame; /* its FDE */
};

static int read_entry(const struct functions *functions, uint32_t index,
	struct frame_entry *entry)
{
	int32_t pair[2];
	int status = read_address(functions,
		functions->entries + (uint64_t)index * ENTRY_SIZE, pair,
		sizeof(pair));

	entry->start = functions->table + (uint64_t)(int64_t)pair[0];
	entry->frame = functions->table + (uint64_t)(int64_t)pair[1];
	return status;
}

/* The last entry that begins at ADDRESS or before; the first, if none does. */
static uint32_t find_entry(const struct functions *functions, uint64_t address)
{
	uint32_t low = 0, high = functions->count;
	struct frame_entry entry;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (read_entry(functions, middle, &entry) == 0 &&
			entry.start <= address)
			low = middle;
		else
			high = middle;
	}
	return low;
}

#define EMPTY_MAX 64

/*
 * A function that begins before the end of the one before is no function: then
 * the file is not to be believed, and what has been found so far counts.
 */
static size_t table_near(const struct functions *functions,
	const struct functions_segment *segment, struct range range,
	struct range *out, size_t max)
{
	uint64_t before = segment->address, end;
	uint32_t first = find_entry(functions, range.start);
	size_t count = 0;
	struct frame_entry entry;

	/* Some are empty; a file of nothing else is not read to its end. */
	for (uint32_t i = first; i < functions->count && count < max &&
				 i - first < EMPTY_MAX + max;
		i++) {
		if (read_entry(functions, i, &entry) < 0 ||
			entry.start < before ||
			read_end(functions, entry.frame, entry.start, &end) <
				0 ||
			end - segment->address > segment->size)
			break;
		if (end == entry.start)
			continue;
		before = end;
		out[count++] = (struct range){entry.start, end};
		if (entry.start >= range.end)
			break;
	}
	return count;
}

/* --- Symbols --- */

static bool is_function(
	const Elf64_Sym *symbol, const struct functions_segment *segment)
{
	return ELF64_ST_TYPE(symbol->st_info) == STT_FUNC &&
	       symbol->st_shndx != SHN_UNDEF && symbol->st_size > 0 &&
	       symbol->st_value >= segment->address &&
	       symbol->st_value - segment->address < segment->size &&
	       symbol->st_size <=
		       segment->size - (symbol->st_value - segment->address);
}

/* Put it in its order, among COUNT. Of those that overlap, the first counts. */
static size_t insert(
	struct range *out, size_t count, size_t max, struct range function)
{
	size_t at = count;

	while (at > 0 && out[at - 1].start > function.start)
		at--;
	if (count == max || (at > 0 && out[at - 1].end > function.start) ||
		(at < count && out[at].start < function.end))
		return count;
	memmove(out + at + 1, out + at, (count - at) * sizeof(*out));
	out[at] = function;
	return count + 1;
}

/* Symbols have no order: all are looked at. */
static size_t symbols_near(const struct functions *functions,
	const struct functions_segment *segment, struct range range,
	struct range *out, size_t max)
{
	Elf64_Sym symbols[SYMBOLS_READ];
	size_t count = 0;

	for (uint64_t i = 0; i < functions->symbol_count; i += SYMBOLS_READ) {
		uint64_t left = functions->symbol_count - i;
		size_t read = left < SYMBOLS_READ ? left : SYMBOLS_READ;

		if (read_at(functions,
			    functions->symbols + i * sizeof(*symbols), symbols,
			    read * sizeof(*symbols)) < 0)
			break;
		for (size_t j = 0; j < read; j++) {
			struct range function = {symbols[j].st_value,
				symbols[j].st_value + symbols[j].st_size};

			if (is_function(&symbols[j], segment) &&
				function.end + NEIGHBOUR >= range.start &&
				function.start <= range.end + NEIGHBOUR)
				count = insert(out, count, max, function);
		}
	}
	return count;
}

/* --- Both --- */

static bool touch_any(
	const struct range *functions, size_t count, struct range range)
{
	for (size_t i = 0; i < count; i++)
		if (functions[i].start < range.end &&
			functions[i].end > range.start)
			return true;
	return false;
}

/*
 * From offsets to addresses by adding a bias, and back. A table may be there
 * for a few functions of the compiler's own alone: so in musl's libc.
 */
size_t functions_near(const struct functions *functions, uint64_t offset,
	uint64_t reach, struct range *out, size_t max)
{
	const struct functions_segment *segment = segment_of(functions, offset);
	struct range range;
	uint64_t inside;
	size_t count;
	uint64_t bias;

	if (!segment)
		return 0;
	inside = offset - segment->offset;
	range.start =
		segment->address + inside - (inside < reach ? inside : reach);
	range.end = segment->address + inside +
		    (segment->size - inside < reach ? segment->size - inside
						    : reach);
	if (range.end <= range.start)
		return 0;
	bias = segment->address - segment->offset;
	count = table_near(functions, segment, range, out, max);
	if (!touch_any(out, count, range))
		count = symbols_near(functions, segment, range, out, max);
	for (size_t i = 0; i < count; i++) {
		out[i].start -= bias;
		out[i].end -= bias;
	}
	return count;
}
