/* SPDX-License-Identifier: MIT */
/* A call leaves every register alone but the result, signals or not. */
// rows: stat openat access getcwd readlink chdir connect execve mkdir
// flags: -pthread
#include "probe.h"

#include <pthread.h>

#ifdef __x86_64__

/* All sixteen, in the order that the code below stores them. */
struct registers {
	uint64_t rax, rdi, rsi, rdx, r10, r8, r9, rbx, rbp, r12, r13, r14, r15;
	uint64_t flags, rsp;
};

void call_observed(const struct registers *in, struct registers *out);

/*
 * The red zone below the stack's top is the caller's, too: a pattern in there
 * must survive.
 */
/* clang-format off */
__asm__(".globl call_observed\n"
	".type call_observed, @function\n"
	"call_observed:\n"
	"	push %rbx\n	push %rbp\n	push %r12\n"
	"	push %r13\n	push %r14\n	push %r15\n"
	"	push %rsi\n"
	"	mov %rdi, %rax\n"
	"	movq $0x5aa55aa5, -8(%rsp)\n"
	"	movq $0x12345678, -128(%rsp)\n"
	"	mov 16(%rax), %rsi\n	mov 24(%rax), %rdx\n"
	"	mov 32(%rax), %r10\n	mov 40(%rax), %r8\n"
	"	mov 48(%rax), %r9\n	mov 56(%rax), %rbx\n"
	"	mov 64(%rax), %rbp\n	mov 72(%rax), %r12\n"
	"	mov 80(%rax), %r13\n	mov 88(%rax), %r14\n"
	"	mov 96(%rax), %r15\n	mov 8(%rax), %rdi\n"
	"	mov (%rax), %rax\n"
	"	syscall\n"
	"	mov (%rsp), %rcx\n"
	"	mov %rax, (%rcx)\n	mov %rdi, 8(%rcx)\n"
	"	mov %rsi, 16(%rcx)\n	mov %rdx, 24(%rcx)\n"
	"	mov %r10, 32(%rcx)\n	mov %r8, 40(%rcx)\n"
	"	mov %r9, 48(%rcx)\n	mov %rbx, 56(%rcx)\n"
	"	mov %rbp, 64(%rcx)\n	mov %r12, 72(%rcx)\n"
	"	mov %r13, 80(%rcx)\n	mov %r14, 88(%rcx)\n"
	"	mov %r15, 96(%rcx)\n"
	"	mov -8(%rsp), %rax\n	mov %rax, 104(%rcx)\n"
	"	mov -128(%rsp), %rax\n	mov %rax, 112(%rcx)\n"
	"	pop %rsi\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n"
	"	pop %r12\n	pop %rbp\n	pop %rbx\n"
	"	ret\n"
	".size call_observed, . - call_observed\n"
	".section .note.GNU-stack, \"\", @progbits\n"
	".text\n");
/* clang-format on */

static volatile sig_atomic_t signals;

static void on_signal(int signal)
{
	struct stat status;

	(void)signal;
	signals++;
	/* A call of its own, in the middle of another one. */
	stat("/", &status);
}

static bool preserved(long number, long a, long b, long c, long d, long result)
{
	const struct registers in = {(uint64_t)number, (uint64_t)a, (uint64_t)b,
		(uint64_t)c, (uint64_t)d, 0x8888888888888888,
		0x9999999999999999, 0xbbbbbbbbbbbbbbbb, 0xb0b0b0b0b0b0b0b0,
		0x1212121212121212, 0x1313131313131313, 0x1414141414141414,
		0x1515151515151515, 0, 0};
	struct registers out;

	call_observed(&in, &out);
	/* close() it, whatever number it got */
	if (result == INT_MAX && (long)out.rax >= 0) {
		close((int)out.rax);
		out.rax = INT_MAX;
	}
	if ((long)out.rax != result) {
		fprintf(stderr, "call %ld: result %ld, not %ld\n", number,
			(long)out.rax, result);
		return false;
	}
	if (signals == 0 &&
		(out.flags != 0x5aa55aa5 || out.rsp != 0x12345678)) {
		fprintf(stderr, "call %ld: the red zone\n", number);
		return false;
	}
	for (size_t i = 1; i < 13; i++)
		if (((const uint64_t *)&in)[i] != ((uint64_t *)&out)[i]) {
			fprintf(stderr, "call %ld: register %zu: %lx %lx\n",
				number, i, (long)((const uint64_t *)&in)[i],
				(long)((uint64_t *)&out)[i]);
			return false;
		}
	return true;
}

#define POINTER(name) ((long)(uintptr_t)(name))

static char *file;
static char *missing;

static void all_calls(void)
{
	static char buffer[PATH_MAX];
	static struct stat status;
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	long here = (long)strlen(getcwd(buffer, sizeof(buffer))) + 1;
	long out = POINTER(buffer);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(name.sun_path, "/missing");
	STEP(preserved(SYS_stat, POINTER(file), POINTER(&status), 3, 4, 0));
	STEP(preserved(SYS_stat, POINTER(missing), out, 3, 4, -ENOENT));
	STEP(preserved(SYS_stat, 8, out, 3, 4, -EFAULT));
	STEP(preserved(
		SYS_openat, AT_FDCWD, POINTER(file), O_RDONLY, 0, INT_MAX));
	STEP(preserved(SYS_openat, AT_FDCWD, POINTER(missing), 0, 0, -ENOENT));
	STEP(preserved(SYS_access, POINTER(file), R_OK, 3, 4, 0));
	STEP(preserved(SYS_access, POINTER("loop"), R_OK, 3, 4, -ELOOP));
	STEP(preserved(SYS_getcwd, out, sizeof(buffer), 3, 4, here));
	STEP(preserved(SYS_getcwd, out, 1, 3, 4, -ERANGE));
	STEP(preserved(SYS_readlink, POINTER("loop"), out, 4096, 4, 4));
	STEP(preserved(SYS_readlink, POINTER("/proc/self/cwd"), out, 4096, 4,
		here - 1));
	STEP(preserved(SYS_chdir, POINTER("."), 2, 3, 4, 0));
	STEP(preserved(SYS_mkdir, POINTER("/"), 0755, 3, 4, -EEXIST));
	STEP(preserved(
		SYS_connect, fd, POINTER(&name), sizeof(name), 4, -ENOENT));
	STEP(preserved(SYS_execve, POINTER(missing), 0, 0, 4, -ENOENT));
	STEP(preserved(SYS_execve, POINTER("/"), 0, 0, 4, -EACCES));
	STEP(preserved(SYS_getpid, 1, 2, 3, 4, getpid()));
	STEP(preserved(100000, 1, 2, 3, 4, -ENOSYS));
	close(fd);
}

static volatile bool is_over;

static void *storm(void *process)
{
	while (!is_over) {
		kill(*(pid_t *)process, SIGUSR1);
		kill(*(pid_t *)process, SIGUSR2);
	}
	return NULL;
}

/* Every call while signals rain. */
static void in_a_storm(void)
{
	struct sigaction action = {
		.sa_handler = on_signal, .sa_flags = SA_RESTART};
	pthread_t thread;
	pid_t self = getpid();
	sigset_t both;

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	sigemptyset(&both);
	sigaddset(&both, SIGUSR1);
	sigaddset(&both, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &both, NULL);
	pthread_create(&thread, NULL, storm, &self);
	pthread_sigmask(SIG_UNBLOCK, &both, NULL);
	for (int i = 0; i < 100 || signals < 1000; i++)
		all_calls();
	is_over = true;
	pthread_join(thread, NULL);
}

int main(void)
{
	scratch_open();
	file_make("file", "");
	WORKS(symlink("loop", "loop"));
	file = strdup(absolute("file"));
	missing = strdup(absolute("missing"));
	all_calls();
	in_a_storm();
	return 0;
}

#else

int main(void)
{
	probe_skip("written for x86-64");
}

#endif
