/* SPDX-License-Identifier: MIT */
/* What a program reads of its own text is its own, however hot a site is. */
/*
 * Programs that check themselves add up their text; others copy their
 * functions to where they need them. Both read bytes that run at the time.
 */
// rows: stat
#include "hot.h"

#ifdef __x86_64__

extern const char __executable_start[], etext[];

/* clang-format off */
long called(long number, const char *path, struct stat *status);
extern const char called_end[];
__asm__(".globl called, called_end\n"
	".type called, @function\n"
	"called:\n"
	"	mov %rdi, %rax\n	mov %rsi, %rdi\n	mov %rdx, %rsi\n"
	"	syscall\n	ret\n	.fill 16, 1, 0xcc\n"
	"called_end:\n"
	".size called, . - called\n"
	".section .note.GNU-stack, \"\", @progbits\n"
	".text\n");
/* clang-format on */

static uint64_t sum_of_text(void)
{
	uint64_t sum = 0;

	for (const char *byte = __executable_start; byte < etext; byte++)
		sum = sum * 31 + (unsigned char)*byte;
	return sum;
}

int main(void)
{
	uint64_t before = sum_of_text();
	struct stat status;
	char *copy = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	known_make();
	HEAT EQUAL(0, called(SYS_stat, "known/file", &status));
	STEP(before == sum_of_text());
	memcpy(copy, called, (size_t)(called_end - (const char *)called));
	HEAT EQUAL(0, ((typeof(&called))copy)(SYS_stat, "known/file", &status));
	return 0;
}

#else

int main(void)
{
	probe_skip("written for x86-64");
}

#endif
