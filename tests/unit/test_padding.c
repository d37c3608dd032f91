/* SPDX-License-Identifier: MIT */
/* Unit tests of padding near system calls: is what is found never executed? */
/*
 * usage: test_padding [FILE...]
 *
 * For every system call instruction that objdump(1) shows in a file, with and
 * without what the file says of functions: what site_padding() finds must be
 * nops behind an instruction that does not go on, and no branch and no symbol
 * of the whole file may lead to it. Without a FILE: libc and the dynamic
 * linker, and cases made by hand.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__)
#include "arch/padding.h"
#include "program/site.h"
#include "unit.h"

/* --- A file as objdump sees it --- */

enum role { ROLE_CODE, ROLE_NOP, ROLE_END, ROLE_CALL, ROLE_SITE, ROLE_LOAD };

struct line {
	uint64_t address;
	uint8_t size;
	uint8_t role;
};

static struct line *lines;
static size_t line_count, line_room;
static uint64_t *entries; /* targets of branches, and symbols */
static size_t entry_count, entry_room;

static void line_add(struct line line)
{
	if (line_count == line_room) {
		line_room = line_room * 2 + 4096;
		lines = realloc(lines, line_room * sizeof(*lines));
	}
	lines[line_count++] = line;
}

static void entry_add(uint64_t address)
{
	if (entry_count == entry_room) {
		entry_room = entry_room * 2 + 4096;
		entries = realloc(entries, entry_room * sizeof(*entries));
	}
	entries[entry_count++] = address;
}

static int compare_numbers(const void *one, const void *other)
{
	uint64_t a = *(const uint64_t *)one, b = *(const uint64_t *)other;

	return a < b ? -1 : a > b;
}

static int compare_lines(const void *one, const void *other)
{
	return compare_numbers(&((const struct line *)one)->address,
		&((const struct line *)other)->address);
}

static enum role role_of(const char *text)
{
	char part[64];

	snprintf(part, sizeof(part), "%.*s", (int)strcspn(text, "#<\n"), text);
	if (strncmp(part, "syscall", 7) == 0)
		return ROLE_SITE;
	if (strncmp(part, "mov    $", 8) == 0 && strstr(part, ",%eax"))
		return ROLE_LOAD;
	if (strstr(part, "nop") || strstr(part, "int3") ||
		strstr(part, "xchg   %ax,%ax"))
		return ROLE_NOP;
	if (strstr(part, "jmp") || strstr(part, "ret") || strstr(part, "hlt") ||
		strstr(part, "ud2") || strstr(part, "ud1"))
		return ROLE_END;
	return strstr(part, "call") ? ROLE_CALL : ROLE_CODE;
}

/* "  401000:\t0f 05                \tsyscall"; "0000000000401000 <name>:" */
static void line_read(const char *text)
{
	struct line line = {0};
	const char *place;
	char *end;

	line.address = strtoull(text, &end, 16);
	if (end == text)
		return;
	if (end[0] == ' ' && end[1] == '<') {
		entry_add(line.address);
		return;
	}
	if (strncmp(end, ":\t", 2) != 0)
		return;
	for (text = end + 2; isxdigit(text[0]) && isxdigit(text[1]); text += 3)
		line.size++;
	text = strchr(text, '\t');
	if (!text)
		return;
	line.role = (uint8_t)role_of(text + 1);
	line_add(line);
	place = strchr(text, '<');
	if (!place || strchr(text, '#') || strchr(text, '*'))
		return;
	place--;
	while (place > text && place[-1] != ' ' && place[-1] != ',' &&
		place[-1] != '\t')
		place--;
	entry_add(strtoull(place, NULL, 16));
}

static bool file_read(const char *path)
{
	char command[4200], text[4096];
	FILE *objdump;

	line_count = entry_count = 0;
	snprintf(command, sizeof(command),
		"objdump -d -z -w --insn-width=16 '%s' 2>/dev/null", path);
	objdump = popen(command, "r");
	if (!objdump)
		return false;
	while (fgets(text, sizeof(text), objdump))
		line_read(text);
	qsort(lines, line_count, sizeof(*lines), compare_lines);
	qsort(entries, entry_count, sizeof(*entries), compare_numbers);
	return pclose(objdump) == 0 && line_count > 0;
}

/* The line that holds ADDRESS. */
static size_t line_find(uint64_t address)
{
	size_t low = 0, high = line_count;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (lines[middle].address <= address)
			low = middle;
		else
			high = middle;
	}
	return low;
}

static bool is_entered(uint64_t start, uint64_t end)
{
	size_t low = 0, high = entry_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (entries[middle] < start)
			low = middle + 1;
		else
			high = middle;
	}
	return low < entry_count && entries[low] < end;
}

/* Five bytes of nops, behind an end, which nothing leads to. */
static bool is_dead(uint64_t address)
{
	uint64_t end = address + PADDING_SIZE;
	size_t first = line_find(address);

	for (size_t i = first; i < line_count && lines[i].address < end; i++)
		if (lines[i].role != ROLE_NOP)
			return false;
	while (first > 0 && lines[first].role == ROLE_NOP)
		first--;
	if (lines[first].role != ROLE_END && lines[first].role != ROLE_CALL)
		return false;
	return !is_entered(lines[first].address + lines[first].size, end);
}

/* Or else the instruction in front of the site, which loads a number. */
static bool is_load(uint64_t address, uint64_t site)
{
	size_t line = line_find(address);

	return address + PADDING_SIZE == site &&
	       lines[line].address == address &&
	       lines[line].size == PADDING_SIZE &&
	       lines[line].role == ROLE_LOAD && !is_entered(address + 1, site);
}

/* --- A file as we see it --- */

struct counts {
	size_t sites;
	size_t alone;	 /* with padding, from the text alone */
	size_t together; /* from the functions, too */
	size_t at_once;	 /* if all are to have a place of their own */
	size_t wrong;
};

static long read_file(void *fd, void *out, size_t size, uint64_t offset)
{
	ssize_t got = pread(*(int *)fd, out, size, (off_t)offset);

	return got < 0 ? -errno : got;
}

static uint64_t bias_of(const struct functions *functions, uint64_t address)
{
	for (size_t i = 0; i < functions->segment_count; i++) {
		const struct functions_segment *segment =
			&functions->segments[i];

		if (address >= segment->address &&
			address - segment->address < segment->size)
			return segment->address - segment->offset;
	}
	return 0;
}

static size_t site_check(const struct functions *functions, uint64_t address,
	struct counts *counts, int places[PADDING_PLACES])
{
	size_t count = site_padding(
		functions, address - bias_of(functions, address), places);

	for (size_t i = 0; i < count; i++) {
		uint64_t place = address + (uint64_t)(int64_t)places[i];

		if (places[i] >= -126 && places[i] <= 129 &&
			(is_dead(place) ||
				(count == 1 && is_load(place, address))))
			continue;
		if (counts->wrong++ < 10)
			printf("# %#llx: %#llx is not dead\n",
				(unsigned long long)address,
				(unsigned long long)place);
	}
	return count;
}

/* Give the site the first place that no site before has got. */
static bool place_take(uint64_t address, const int *places, size_t count)
{
	static uint64_t taken[65536];
	static size_t taken_count;
	bool is_free;

	for (size_t i = 0; i < count; i++) {
		uint64_t place = address + (uint64_t)(int64_t)places[i];

		is_free = taken_count < 65536;
		for (size_t j = taken_count; j-- > 0 && is_free;)
			is_free = place + PADDING_SIZE <= taken[j] ||
				  place >= taken[j] + PADDING_SIZE;
		if (is_free) {
			taken[taken_count++] = place;
			return true;
		}
	}
	return false;
}

static void sites_check(
	const struct functions *functions, struct counts *counts)
{
	struct functions unknown = *functions;
	int places[PADDING_PLACES];
	size_t count;

	unknown.count = 0;
	unknown.symbol_count = 0;
	for (size_t i = 0; i < line_count; i++) {
		if (lines[i].role != ROLE_SITE)
			continue;
		counts->sites++;
		if (site_check(&unknown, lines[i].address, counts, places) > 0)
			counts->alone++;
		count = site_check(functions, lines[i].address, counts, places);
		if (count > 0)
			counts->together++;
		else if (getenv("SHOW_MISSING"))
			printf("# no padding: %#llx\n",
				(unsigned long long)lines[i].address);
		if (place_take(lines[i].address, places, count))
			counts->at_once++;
	}
}

static void test_file(const char *path)
{
	struct counts counts = {0};
	struct functions functions;
	char what[4300];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || !file_read(path) ||
		functions_open(read_file, &fd, &functions) < 0) {
		skip(path, "cannot be read");
	} else {
		sites_check(&functions, &counts);
		snprintf(what, sizeof(what),
			"%s: of %zu sites, %zu have padding, %zu with what is "
			"known of functions, %zu at once",
			path, counts.sites, counts.alone, counts.together,
			counts.at_once);
		check(counts.wrong == 0, what);
	}
	if (fd >= 0)
		close(fd);
}

/* --- By hand --- */

/* Text at an aligned address, starting with a site. */
struct piece {
	uint8_t bytes[512];
	size_t size;
	size_t places[PADDING_PLACES];
};

#define SITE  0x0f, 0x05
#define RET   0xc3
#define XOR   0x31, 0xc0 /* xor %eax, %eax */
#define NOP1  0x90
#define NOP5  0x0f, 0x1f, 0x44, 0, 0
#define NOP8  0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0
#define NOP9  0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0
#define NOP11 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0

static size_t find(struct piece *piece, size_t site,
	const struct range *functions, size_t count)
{
	/* Its own allocation: what is behind it must not be read. */
	uint8_t *bytes = malloc(piece->size);
	struct code code = {bytes, piece->size, 0x1000};
	size_t found;

	memcpy(bytes, piece->bytes, piece->size);
	found = padding_find(&code, site, functions, count, piece->places);
	free(bytes);
	return found;
}

#define piece_of(...)                                                          \
	((struct piece){{__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}), {0}})

/* How many places, for a site in front, with nothing known of functions. */
#define places_in(...) (piece = piece_of(__VA_ARGS__), find(&piece, 0, NULL, 0))

static void test_open(void)
{
	struct piece piece;

	check(places_in(SITE, XOR, RET, NOP11, RET) == 2 &&
			piece.places[0] == 5 && piece.places[1] == 10,
		"a long nop behind ret has room for two jumps");
	check(places_in(SITE, NOP11, RET) == 0, "a nop in the way has none");
	check(places_in(SITE, RET, 0x0f, 0x1f, 0x40, 0, NOP1, RET) == 0,
		"nor one of four bytes");
	check(places_in(SITE, XOR, XOR, XOR, RET, 0x0f, 0x1f, 0x40, 0, NOP1,
		      NOP1, NOP1, RET) == 0,
		"nor short ones, of which the last may be code");
	check(places_in(SITE, XOR, XOR, XOR, XOR, RET, NOP5, RET) == 0,
		"nor one of five: it may be a label's, to be patched");
	check(places_in(SITE, XOR, XOR, XOR, RET, 0x66, NOP5, RET) == 0 &&
			places_in(SITE, XOR, XOR, XOR, 0x50, RET, 0x66, NOP5,
				RET) == 1 &&
			piece.places[0] == 10,
		"nor a longer one that aligns nothing");
	check(places_in(SITE, XOR, XOR, XOR, 0x50, RET, 0x66, 0x0f, 0x1f, 0x44,
		      0, 8, RET) == 0,
		"nor one with a displacement");
	check(places_in(SITE, 0x74, 1, RET, NOP11, RET) == 0,
		"nor one that a branch leads to");
	check(places_in(SITE, XOR, RET, NOP11, 0xeb, 0xf3) == 0,
		"from behind, too");
	check(places_in(SITE, XOR, 0x50, 0xeb, 9, NOP9, RET) == 0,
		"nor one that is jumped over: it is there to be patched");
	check(places_in(SITE, 0x50, 0x0f, 0x0b, NOP11, RET) == 2 &&
			places_in(SITE, 0x50, 0xff, 0xe0, NOP11, RET) == 2,
		"ud2 and an indirect jump do not go on");
	check(places_in(SITE, 0xe8, 0, 0, 0, 0, NOP9, RET) == 0, "a call does");
	check(places_in(SITE, 0xff, 0xe0, RET, NOP11, RET) == 0,
		"behind an indirect jump may be a table");
	check(places_in(SITE, RET, NOP1, RET, NOP11, RET) == 2 &&
			piece.places[0] == 5,
		"the run may be the second one");
	check(places_in(SITE, 0x75, 1, 0xb8, RET, NOP11, RET) == 0,
		"a branch into an instruction: something is wrong");
	check(places_in(SITE, RET, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc, 0xcc,
		      RET) == 1 &&
			piece.places[0] == 4,
		"of int3, the first and the last may be meant");
	check(places_in(0x0f, 0x06, XOR, RET, NOP11, RET) == 0,
		"no site, no padding");
	check(places_in(SITE) == 0 && places_in(SITE, RET) == 0 &&
			places_in(SITE, RET, 0x66, 0x66, 0x2e, 0x0f, 0x1f) == 0,
		"the text may end anywhere");
	check(places_in(SITE, XOR, XOR, XOR, XOR, XOR, XOR, 0x50, RET, NOP8,
		      RET) == 0,
		"nops where functions begin may be one's first");
}

static void test_reach(void)
{
	struct piece piece = {.size = 300};

	memset(piece.bytes, 0x50, sizeof(piece.bytes)); /* push %rax */
	memcpy(piece.bytes, (uint8_t[]){SITE}, 2);
	memcpy(piece.bytes + 128, (uint8_t[]){RET, NOP11, 0x0f, 0x1f, 0x40, 0},
		16);
	check(find(&piece, 0, NULL, 0) == 1 && piece.places[0] == 129,
		"a jump of 127 bytes reaches a place");
	memset(piece.bytes + 128, 0x50, 16);
	memcpy(piece.bytes + 129, (uint8_t[]){RET, NOP11, 0x0f, 0x1f, 0}, 15);
	check(find(&piece, 0, NULL, 0) == 0, "one of 128 does not");
}

static void test_closed(void)
{
	/* Two functions; the second one has the site. */
	struct piece piece =
		piece_of(0x50, RET, NOP1, NOP1, NOP1, NOP1, NOP1, NOP1, SITE);
	struct range functions[] = {{0x1000, 0x1002}, {0x1008, 0x100a}};

	check(find(&piece, 8, NULL, 0) == 0,
		"in front of a site, nothing is known");
	check(find(&piece, 8, functions, 2) == 1 && piece.places[0] == 2,
		"but between two functions is padding, of any kind");
	functions[0].end = 0x1001;
	check(find(&piece, 8, functions, 2) == 0, "nothing else, though");
	functions[0].end = 0x1002;
	functions[1].start = 0x1006;
	check(find(&piece, 8, functions, 2) == 0,
		"its end is where the function says");
	functions[1].start = 0x1008;
	piece.bytes[1] = 0x58;
	check(find(&piece, 8, functions, 2) == 0,
		"a function that goes on executes it");
	piece.bytes[0] = 0x0f; /* sysexit */
	piece.bytes[1] = 0x35;
	check(find(&piece, 8, functions, 2) == 0,
		"one that is not understood may");
	memcpy(piece.bytes, (uint8_t[]){0xeb, 0x00}, 2);
	check(find(&piece, 8, functions, 2) == 0, "one that jumps there does");
	memcpy(piece.bytes, (uint8_t[]){0xeb, 0x06}, 2);
	check(find(&piece, 8, functions, 2) == 1,
		"one that jumps over it does not");
}

static void test_load(void)
{
	struct piece piece =
		piece_of(0x50, 0x75, 1, 0xb8, 79, 0, 0, 0, SITE, 0x58, RET);
	struct range function = {0x1000, 0x100c};

	check(find(&piece, 8, NULL, 0) == 0,
		"what is in front of a site may be anything");
	check(find(&piece, 8, &function, 1) == 0,
		"a branch into it makes it something else");
	piece.bytes[1] = piece.bytes[2] = NOP1;
	check(find(&piece, 8, &function, 1) == 1 && piece.places[0] == 3,
		"without padding, the load of the number is a place");
	piece.bytes[3] = 0xbb;
	check(find(&piece, 8, &function, 1) == 0,
		"but no load of another register");
	piece = piece_of(0xb8, 79, 0, 0, 0, SITE, RET, NOP8, RET);
	function.end = 0x1011;
	check(find(&piece, 5, &function, 1) == 1 && piece.places[0] == 8,
		"padding comes first");
	function.start = 0x1001;
	memset(piece.bytes + 7, 0x58, 12);
	check(find(&piece, 5, &function, 1) == 0, "it belongs to the function");
}

int main(int argc, char **argv)
{
	test_load();
	test_open();
	test_reach();
	test_closed();
	for (int i = 1; i < argc; i++)
		test_file(argv[i]);
	if (argc == 1) {
		test_file("/lib64/ld-linux-x86-64.so.2");
		test_file("/lib/x86_64-linux-gnu/libc.so.6");
	}
	return unit_end();
}
#else
int main(void)
{
	puts("for x86-64 only");
	return 77;
}
#endif
