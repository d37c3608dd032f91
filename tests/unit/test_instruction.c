/* SPDX-License-Identifier: MIT */
/* Unit tests of arch/x86_64/instruction: what objdump(1) says of real code. */
/*
 * usage: test_instruction [FILE...]
 *
 * Every instruction that objdump prints must have the same length here, lead to
 * the same place, and be padding only if it is a nop; or be unknown, which must
 * be rare. Without a FILE: the dynamic linker, and cases made by hand.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
#include "arch/x86_64/instruction.h"
#include "unit.h"

/* Libraries of cryptography keep data in their text. */
#define UNKNOWN_MAX(known) ((known) / 500)

/* --- Beside objdump --- */

/* One line of objdump: address, bytes, what it is. */
struct line {
	uint64_t address;
	size_t size;
	uint8_t bytes[INSTRUCTION_SIZE_MAX + 1];
	const char *text;
};

struct counts {
	unsigned long known, unknown, wrong;
};

static bool line_parse(char *text, struct line *line)
{
	char *end;

	line->address = strtoull(text, &end, 16);
	if (text[0] != ' ' || end == text || strncmp(end, ":\t", 2) != 0)
		return false;
	text = end + 2;
	for (line->size = 0; line->size < sizeof(line->bytes); line->size++) {
		unsigned long byte = strtoul(text, &end, 16);

		if (end != text + 2)
			break;
		line->bytes[line->size] = (uint8_t)byte;
		text = end + 1;
	}
	text += strspn(text, " ");
	if (line->size == 0 || *text != '\t')
		return false;
	line->text = text + 1;
	end = text + strlen(text);
	while (end > text + 1 && strchr(" \n", end[-1]))
		*--end = '\0';
	return true;
}

/* Data, a prefix that belongs to nothing, or two instructions in one line. */
static bool is_no_instruction(const char *text)
{
	static const char *const prefixes[] = {"rex", "data16", "addr32",
		"lock", "repz", "repnz", "cs", "ds", "es", "ss", "fs", "gs"};
	const char *last = strrchr(text, ' ');

	if (strstr(text, "(bad)") || strstr(text, ".byte") || text[0] == '\0')
		return true;
	last = last ? last + 1 : text;
	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(last, prefixes[i], strlen(prefixes[i])) == 0 &&
			strchr(".", last[strlen(prefixes[i])]))
			return true;
	return false;
}

static bool leads_there(
	const struct line *line, const struct instruction *instruction)
{
	const char *operand = strchr(line->text, '<');
	uint64_t target = line->address + (uint64_t)instruction->target;

	switch (instruction->kind) {
	case INSTRUCTION_CALL:
	case INSTRUCTION_BRANCH:
	case INSTRUCTION_JUMP:
		break;
	default:
		return true;
	}
	if (operand)
		operand--;
	else
		operand = line->text + strlen(line->text);
	while (operand > line->text && operand[-1] != ' ' && operand[-1] != ',')
		operand--;
	return strtoull(operand, NULL, 16) == target;
}

static bool is_kind(
	const struct line *line, const struct instruction *instruction)
{
	char text[1024]; /* without symbols */

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(line->text, "<#"),
		line->text);

	switch (instruction->kind) {
	case INSTRUCTION_PADDING:
		return strstr(text, "nop") || strstr(text, "xchg   %ax,%ax");
	case INSTRUCTION_INDIRECT:
		return strstr(text, "jmp") && strchr(text, '*');
	case INSTRUCTION_PLAIN:
		return !strstr(text, "jmp") && !strstr(text, "ret ") &&
		       !strstr(text, "iret") && strcmp(text, "ret") != 0;
	default:
		return true;
	}
}

static void compare(const struct line *line, struct counts *counts)
{
	struct instruction instruction;
	int size = instruction_read(line->bytes, line->size, &instruction);

	if (is_no_instruction(line->text))
		return;
	if (size == 0) {
		counts->unknown++;
		if (getenv("SHOW_UNKNOWN"))
			printf("# unknown: %s\n", line->text);
		return;
	}
	counts->known++;
	if ((size_t)size == line->size && leads_there(line, &instruction) &&
		is_kind(line, &instruction))
		return;
	if (counts->wrong++ < 20)
		printf("# %#llx: %zu bytes, here %d, kind %d: %s\n",
			(unsigned long long)line->address, line->size, size,
			(int)instruction.kind, line->text);
}

static bool compare_file(const char *path, struct counts *counts)
{
	char command[4096], text[1024];
	struct line line;
	FILE *objdump;

	snprintf(command, sizeof(command),
		"objdump -d -z -w --insn-width=16 '%s' 2>/dev/null", path);
	objdump = popen(command, "r");
	if (!objdump)
		return false;
	memset(counts, 0, sizeof(*counts));
	while (fgets(text, sizeof(text), objdump))
		if (line_parse(text, &line))
			compare(&line, counts);
	return pclose(objdump) == 0;
}

static void test_file(const char *path)
{
	struct counts counts;
	char what[4200];

	if (!compare_file(path, &counts) || counts.known == 0) {
		skip(path, "objdump cannot");
		return;
	}
	snprintf(what, sizeof(what),
		"%s: %lu instructions as objdump says, %lu unknown", path,
		counts.known, counts.unknown);
	check(counts.wrong == 0 && counts.unknown <= UNKNOWN_MAX(counts.known),
		what);
}

/* --- By hand --- */

#define read(...)                                                              \
	instruction_read((const uint8_t[]){__VA_ARGS__},                       \
		sizeof((const uint8_t[]){__VA_ARGS__}), &instruction)
#define is(kind_wanted, ...)                                                   \
	(read(__VA_ARGS__) == (int)sizeof((const uint8_t[]){__VA_ARGS__}) &&   \
		instruction.kind == (kind_wanted))

static void test_padding(void)
{
	struct instruction instruction;

	check(is(INSTRUCTION_PADDING, 0x90), "nop is padding");
	check(is(INSTRUCTION_PADDING, 0x66, 0x90), "so is xchg %ax,%ax");
	check(is(INSTRUCTION_PADDING, 0x0f, 0x1f, 0x40, 0), "and nopl");
	check(is(INSTRUCTION_PADDING, 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0,
		      0, 0, 0),
		"and the longest of the assembler's");
	check(is(INSTRUCTION_PLAIN, 0xf3, 0x90), "pause is none");
	check(is(INSTRUCTION_PLAIN, 0x41, 0x90), "nor is xchg %r8d,%eax");
	check(is(INSTRUCTION_PLAIN, 0xf3, 0x0f, 0x1e, 0xfa), "nor is endbr64");
	check(is(INSTRUCTION_PLAIN, 0x48, 0x0f, 0x1f, 0xc0),
		"nor a nop with REX");
	check(is(INSTRUCTION_TRAP, 0xcc), "int3 is a kind of its own");
}

static void test_ends(void)
{
	struct instruction instruction;

	check(is(INSTRUCTION_END, 0xc3) && is(INSTRUCTION_END, 0xc2, 8, 0) &&
			is(INSTRUCTION_END, 0xf3, 0xc3),
		"ret ends");
	check(is(INSTRUCTION_END, 0x0f, 0x0b) && is(INSTRUCTION_END, 0xf4),
		"ud2 and hlt end");
	check(is(INSTRUCTION_INDIRECT, 0xff, 0xe0) &&
			is(INSTRUCTION_INDIRECT, 0x3e, 0xff, 0xe0) &&
			is(INSTRUCTION_INDIRECT, 0xff, 0x25, 1, 2, 3, 4),
		"jmp *%rax goes elsewhere");
	check(is(INSTRUCTION_PLAIN, 0xff, 0xd0), "call *%rax goes on");
	check(is(INSTRUCTION_PLAIN, 0x0f, 0x05), "syscall goes on");
	check(is(INSTRUCTION_JUMP, 0xeb, 0xfe) && instruction.target == 0,
		"a jump to itself");
	check(is(INSTRUCTION_JUMP, 0xe9, 0xfb, 0xff, 0xff, 0x7f) &&
			instruction.target == 0x80000000,
		"a far jump");
	check(is(INSTRUCTION_BRANCH, 0x0f, 0x84, 0, 0, 0, 0x80) &&
			instruction.target == 6 - 0x80000000ll,
		"a far branch backwards");
	check(is(INSTRUCTION_CALL, 0x66, 0x66, 0x48, 0xe8, 1, 0, 0, 0) &&
			instruction.target == 9,
		"the call of __tls_get_addr, with its prefixes");
	check(is(INSTRUCTION_BRANCH, 0xe3, 0x10) && instruction.target == 18,
		"jrcxz is a branch");
}

static void test_refused(void)
{
	struct instruction instruction;

	check(read(0x48) == 0 && read(0x0f) == 0 && read(0xe8, 1, 2, 3) == 0 &&
			read(0xc4, 0xe2) == 0 && read(0x8b, 0x04) == 0,
		"what is cut off is not known");
	check(instruction_read((const uint8_t *)"", 0, &instruction) == 0,
		"nothing is not known");
	check(read(0x66, 0xe9, 0, 0, 0, 0) == 0 && read(0x66, 0xeb, 0) == 0,
		"nor jumps that AMD and Intel read differently");
	check(read(0x06) == 0 && read(0xea) == 0 &&
			read(0x62, 0, 0, 0, 0, 0) == 0,
		"nor 32-bit instructions");
	check(read(0x48, 0x66, 0x90) == 0, "nor REX before another prefix");
	check(read(0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66, 0x66,
		      0x66, 0x66, 0x66, 0x66, 0x66, 0x90) == 0,
		"nor more than 15 bytes");
	check(read(0x66, 0xc5, 0xf8, 0x77) == 0, "nor a prefix before VEX");
}

int main(int argc, char **argv)
{
	test_padding();
	test_ends();
	test_refused();
	for (int i = 1; i < argc; i++)
		test_file(argv[i]);
	if (argc == 1)
		test_file("/lib64/ld-linux-x86-64.so.2");
	return unit_end();
}
#else
int main(void)
{
	puts("for x86-64 only");
	return 77;
}
#endif
