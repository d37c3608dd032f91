/* SPDX-License-Identifier: MIT */
/* A call leaves every register alone but the result, signals or not. */
// rows: stat openat access getcwd readlink chdir connect execve mkdir
// flags: -pthread
#include "probe.h"

#include <pthread.h>
#include <sched.h>

#if defined(__x86_64__) || defined(__aarch64__)

#if defined(__x86_64__)
#define KEPT_FIRST 1 /* of struct registers, as words */
#define KEPT_END   13

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
#else
#define KEPT_FIRST 2 /* x0 is the result */
#define KEPT_END   31

/* x8 goes in as rax; out, that is x0, and x8 is where x0 was. */
struct registers {
	uint64_t rax, x0, x1, x2, x3, x4, x5, x6, x7;
	uint64_t x9, x10, x11, x12, x13, x14, x15, x16, x17, x18, x19, x20;
	uint64_t x21, x22, x23, x24, x25, x26, x27, x28, x29, nzcv;
	uint64_t flags, rsp; /* there is no red zone */
};

void call_observed(const struct registers *in, struct registers *out);

/* clang-format off */
__asm__(".globl call_observed\n"
	".type call_observed, %function\n"
	"call_observed:\n"
	"	stp x29, x30, [sp, #-112]!\n"
	"	stp x19, x20, [sp, #16]\n	stp x21, x22, [sp, #32]\n"
	"	stp x23, x24, [sp, #48]\n	stp x25, x26, [sp, #64]\n"
	"	stp x27, x28, [sp, #80]\n	stp x18, x1, [sp, #96]\n"
	"	mov x30, x0\n"
	"	ldr x0, [x30, #240]\n	msr nzcv, x0\n"
	"	ldr x8, [x30]\n		ldp x0, x1, [x30, #8]\n"
	"	ldp x2, x3, [x30, #24]\n	ldp x4, x5, [x30, #40]\n"
	"	ldp x6, x7, [x30, #56]\n	ldp x9, x10, [x30, #72]\n"
	"	ldp x11, x12, [x30, #88]\n	ldp x13, x14, [x30, #104]\n"
	"	ldp x15, x16, [x30, #120]\n	ldp x17, x18, [x30, #136]\n"
	"	ldp x19, x20, [x30, #152]\n	ldp x21, x22, [x30, #168]\n"
	"	ldp x23, x24, [x30, #184]\n	ldp x25, x26, [x30, #200]\n"
	"	ldp x27, x28, [x30, #216]\n	ldr x29, [x30, #232]\n"
	"	svc #0\n"
	"	ldr x30, [sp, #104]\n"
	"	str x0, [x30]\n"
	"	mrs x0, nzcv\n		str x0, [x30, #240]\n"
	"	stp x8, x1, [x30, #8]\n"
	"	stp x2, x3, [x30, #24]\n	stp x4, x5, [x30, #40]\n"
	"	stp x6, x7, [x30, #56]\n	stp x9, x10, [x30, #72]\n"
	"	stp x11, x12, [x30, #88]\n	stp x13, x14, [x30, #104]\n"
	"	stp x15, x16, [x30, #120]\n	stp x17, x18, [x30, #136]\n"
	"	stp x19, x20, [x30, #152]\n	stp x21, x22, [x30, #168]\n"
	"	stp x23, x24, [x30, #184]\n	stp x25, x26, [x30, #200]\n"
	"	stp x27, x28, [x30, #216]\n	str x29, [x30, #232]\n"
	"	mov x9, #0x5aa5\n	movk x9, #0x5aa5, lsl #16\n"
	"	str x9, [x30, #248]\n"
	"	mov x9, #0x5678\n	movk x9, #0x1234, lsl #16\n"
	"	str x9, [x30, #256]\n"
	"	ldp x19, x20, [sp, #16]\n	ldp x21, x22, [sp, #32]\n"
	"	ldp x23, x24, [sp, #48]\n	ldp x25, x26, [sp, #64]\n"
	"	ldp x27, x28, [sp, #80]\n	ldr x18, [sp, #96]\n"
	"	ldp x29, x30, [sp], #112\n"
	"	ret\n"
	".size call_observed, . - call_observed\n"
	".section .note.GNU-stack, \"\", %progbits\n"
	".text\n");
/* clang-format on */
#endif

static volatile sig_atomic_t signals;

static void on_signal(int signal)
{
	struct stat status;

	(void)signal;
	signals++;
	/* A call of its own, in the middle of another one. */
	stat("/", &status);
}

static volatile unsigned int calls_made;

static bool preserved(long number, long a, long b, long c, long d, long result)
{
	const long given[] = {number, a, b, c, d};
	struct registers in;
	uint64_t *kept = (uint64_t *)&in;
	struct registers out;

	for (size_t i = 0; i < KEPT_END; i++)
		kept[i] = i < 5 ? (uint64_t)given[i] : 0xb0b0b0b0b0b0b0b0 + i;
	kept[KEPT_END - 1] &= 0xf0000000; /* flags, where it is they */
	call_observed(&in, &out);
	calls_made++;
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
	for (size_t i = KEPT_FIRST; i < KEPT_END; i++)
		if (kept[i] != ((uint64_t *)&out)[i]) {
			fprintf(stderr, "call %ld: register %zu: %lx %lx\n",
				number, i, (long)kept[i],
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
#ifdef __x86_64__
	STEP(preserved(SYS_stat, POINTER(file), POINTER(&status), 3, 4, 0));
	STEP(preserved(SYS_stat, POINTER(missing), out, 3, 4, -ENOENT));
	STEP(preserved(SYS_stat, 8, out, 3, 4, -EFAULT));
	STEP(preserved(SYS_access, POINTER(file), R_OK, 3, 4, 0));
	STEP(preserved(SYS_access, POINTER("loop"), R_OK, 3, 4, -ELOOP));
	STEP(preserved(SYS_readlink, POINTER("loop"), out, 4096, 4, 4));
	STEP(preserved(SYS_readlink, POINTER("/proc/self/cwd"), out, 4096, 4,
		here - 1));
	STEP(preserved(SYS_mkdir, POINTER("/"), 0755, 3, 4, -EEXIST));
#endif
	STEP(preserved(SYS_newfstatat, AT_FDCWD, POINTER(file),
		POINTER(&status), 0, 0));
	STEP(preserved(
		SYS_newfstatat, AT_FDCWD, POINTER(missing), out, 0, -ENOENT));
	STEP(preserved(SYS_newfstatat, AT_FDCWD, 8, out, 0, -EFAULT));
	STEP(preserved(
		SYS_openat, AT_FDCWD, POINTER(file), O_RDONLY, 0, INT_MAX));
	STEP(preserved(SYS_openat, AT_FDCWD, POINTER(missing), 0, 0, -ENOENT));
	STEP(preserved(
		SYS_faccessat, AT_FDCWD, POINTER("loop"), R_OK, 4, -ELOOP));
	STEP(preserved(SYS_getcwd, out, sizeof(buffer), 3, 4, here));
	STEP(preserved(SYS_getcwd, out, 1, 3, 4, -ERANGE));
	STEP(preserved(
		SYS_readlinkat, AT_FDCWD, POINTER("loop"), out, 4096, 4));
	STEP(preserved(SYS_readlinkat, AT_FDCWD, POINTER("/proc/self/cwd"), out,
		4096, here - 1));
	STEP(preserved(SYS_truncate, POINTER(file), 0, 3, 4, 0));
	STEP(preserved(SYS_truncate, POINTER(missing), 0, 3, 4, -ENOENT));
	STEP(preserved(SYS_chdir, POINTER("."), 2, 3, 4, 0));
	STEP(preserved(
		SYS_connect, fd, POINTER(&name), sizeof(name), 4, -ENOENT));
	STEP(preserved(SYS_execve, POINTER(missing), 0, 0, 4, -ENOENT));
	STEP(preserved(SYS_execve, POINTER("/"), 0, 0, 4, -EACCES));
	STEP(preserved(SYS_getpid, 1, 2, 3, 4, getpid()));
	STEP(preserved(100000, 1, 2, 3, 4, -ENOSYS));
	close(fd);
}

static volatile bool is_over;

/*
 * Some for each call: where every call stops, who sends without a pause leaves
 * the other no time between two handlers.
 */
static void *storm(void *process)
{
	while (!is_over) {
		unsigned int seen = calls_made;

		for (int i = 0; i < 3; i++) {
			kill(*(pid_t *)process, SIGUSR1);
			kill(*(pid_t *)process, SIGUSR2);
		}
		while (!is_over && calls_made == seen)
			sched_yield();
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
	probe_skip("written for x86-64 and aarch64");
}

#endif
