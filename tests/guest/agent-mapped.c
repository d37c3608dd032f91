/* SPDX-License-Identifier: MIT */
/* A program without a dynamic linker finds files as they are, mapped or not. */
/*
 * It may be one that translates code: valgrind and qemu bring their guest's
 * program and its libraries to memory by mmap(2), and never run it there.
 */
// rows: mmap
#include "hot.h"

#ifdef __x86_64__

/* As syscall(2), with room behind it for what makes a site fast. */
/* clang-format off */
long called(long number, ...);
__asm__(".globl called\n"
	".type called, @function\n"
	"called:\n"
	"	mov %rdi, %rax\n	mov %rsi, %rdi\n	mov %rdx, %rsi\n"
	"	mov %rcx, %rdx\n	mov %r8, %r10\n	mov %r9, %r8\n"
	"	mov 8(%rsp), %r9\n"
	"	syscall\n	ret\n	.fill 16, 1, 0xcc\n"
	".size called, . - called\n"
	".section .note.GNU-stack, \"\", @progbits\n"
	".text\n");
/* clang-format on */

/* Within reach of a near jump, where valgrind has its guest. */
#define NEAR 0x10000000L

static char content[1 << 18];

/* Its own code, in which that site is hot. */
static void map_again(int fd, size_t size)
{
	struct stat status;
	long mapped;

	EQUAL(0, called(SYS_stat, "known/file", &status, 0L, 0L, 0L, 0L));
	mapped = called(SYS_mmap, NEAR, size, (long)(PROT_READ | PROT_EXEC),
		(long)MAP_PRIVATE, (long)fd, 0L);
	STEP(mapped > 0);
	EQUAL(0, memcmp((void *)mapped, content, size));
	WORKS(munmap((void *)mapped, size));
}

int main(void)
{
	int fd;
	ssize_t size;

	scratch_open();
	known_make();
	WORKS(fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
	WORKS(size = read(fd, content, sizeof(content)));
	HEAT map_again(fd, (size_t)size);
	return 0;
}

#else

int main(void)
{
	probe_skip("written for x86-64");
}

#endif
