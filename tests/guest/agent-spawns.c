/* SPDX-License-Identifier: MIT */
/* Children by vfork(2) and its like, from call sites that are used often. */
/*
 * Who makes one waits until it runs another program, or is gone; meanwhile both
 * share memory. Whatever makes such children without a stop of the parent must
 * bring both back with all registers, and lose no child whatever happens to the
 * parent.
 */
// rows: vfork clone clone3 execve
// also as a fake root
// flags: -pthread
#include "hot.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <spawn.h>
#include <stddef.h>
#include <sys/prctl.h>

#define STACK 65536

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

static int rounds;
static char *const again[] = {"again", NULL};
static char *const grandchild[] = {"grandchild", NULL};

static int exit_status(pid_t pid)
{
	int status = status_of(pid);

	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* --- registers --- */

#ifdef __x86_64__

struct seen {
	uint64_t rdi, rsi, rdx, r10, r8, r9, rbx, rbp, r12, r13, r14, r15;
	uint64_t rsp, flags;
};

struct seen spawn_child;
struct seen spawn_parent;

long spawn_raw(const struct seen *in, long number);

/* clang-format off */
__asm__(
	".text\n"
	".globl spawn_raw\n"
	".type spawn_raw, @function\n"
	"spawn_raw:\n"
	"	push %rbx\n	push %rbp\n	push %r12\n"
	"	push %r13\n	push %r14\n	push %r15\n"
	"	mov %rdi, %rcx\n	mov %rsi, %rax\n"
	"	mov (%rcx), %rdi\n	mov 8(%rcx), %rsi\n"
	"	mov 16(%rcx), %rdx\n	mov 24(%rcx), %r10\n"
	"	mov 32(%rcx), %r8\n	mov 40(%rcx), %r9\n"
	"	mov 48(%rcx), %rbx\n	mov 56(%rcx), %rbp\n"
	"	mov 64(%rcx), %r12\n	mov 72(%rcx), %r13\n"
	"	mov 80(%rcx), %r14\n	mov 88(%rcx), %r15\n"
	"	std\n"
	"	syscall\n"
	"	test %rax, %rax\n"
	"	jnz 1f\n"
	"	lea spawn_child(%rip), %rcx\n"
	"	jmp 2f\n"
	"1:	lea spawn_parent(%rip), %rcx\n"
	"2:	mov %rdi, (%rcx)\n	mov %rsi, 8(%rcx)\n"
	"	mov %rdx, 16(%rcx)\n	mov %r10, 24(%rcx)\n"
	"	mov %r8, 32(%rcx)\n	mov %r9, 40(%rcx)\n"
	"	mov %rbx, 48(%rcx)\n	mov %rbp, 56(%rcx)\n"
	"	mov %r12, 64(%rcx)\n	mov %r13, 72(%rcx)\n"
	"	mov %r14, 80(%rcx)\n	mov %r15, 88(%rcx)\n"
	"	mov %rsp, 96(%rcx)\n"
	"	pushfq\n	popq 104(%rcx)\n"
	"	cld\n"
	"	test %rax, %rax\n"
	"	jz 3f\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n"
	"	pop %r12\n	pop %rbp\n	pop %rbx\n"
	"	ret\n"
	"3:	mov $60, %eax\n	mov $7, %edi\n"
	"	syscall\n"
	"	hlt\n"
	".size spawn_raw, . - spawn_raw\n"
	".zero 16, 0x90\n");
/* clang-format on */

static bool same_registers(
	const struct seen *in, const struct seen *seen, uint64_t sp)
{
	return memcmp(in, seen, offsetof(struct seen, rsp)) == 0 &&
	       (sp == 0 || seen->rsp == sp) && (seen->flags & 0x400);
}

static void registers_of(const struct seen *in, long number, uint64_t stack)
{
	for (int i = 0; i < rounds; i++) {
		long pid;

		memset(&spawn_child, 0, sizeof(spawn_child));
		memset(&spawn_parent, 0, sizeof(spawn_parent));
		pid = spawn_raw(in, number);
		STEP(pid > 0);
		EQUAL(7, exit_status((pid_t)pid));
		STEP(same_registers(in, &spawn_parent, 0));
		STEP(same_registers(
			in, &spawn_child, stack ? stack : spawn_parent.rsp));
	}
}

static void registers(void)
{
	static char stack[STACK] __attribute__((aligned(16)));
	uint64_t top = (uintptr_t)(stack + STACK);
	uint64_t args[8] = {CLONE_VM | CLONE_VFORK, 0, 0, 0, SIGCHLD,
		(uintptr_t)stack, STACK, 0};
	struct seen in = {.rdi = CLONE_VM | CLONE_VFORK | SIGCHLD,
		.rsi = top,
		.rdx = 3,
		.r10 = 4,
		.r8 = 5,
		.r9 = 6,
		.rbx = 7,
		.rbp = 8,
		.r12 = 9,
		.r13 = 10,
		.r14 = 11,
		.r15 = 12};

	registers_of(&in, SYS_clone, top);
	in.rsi = 0;
	registers_of(&in, SYS_clone, 0);
	in.rdi = 0x1122334455667788;
	in.rsi = 0x99aabbccddeeff00;
	registers_of(&in, SYS_vfork, 0);
	if (older_than(5, 5)) /* with a signal of its own */
		return;
	in.rdi = (uintptr_t)args;
	in.rsi = sizeof(args);
	registers_of(&in, CALL_clone3, top);
	args[5] = args[6] = 0;
	registers_of(&in, CALL_clone3, 0);
}

#else

static void registers(void)
{
}

#endif

/* --- what is refused, what comes back --- */

static void clone3_calls(void)
{
	uint64_t args[11] = {CLONE_VM | CLONE_VFORK, 0, 0, 0, SIGCHLD};
	int fd = -1;

	if (older_than(5, 5))
		return;
	for (int i = 0; i < rounds / 4; i++) {
		FAILS(EFAULT, raw(CALL_clone3, BAD_POINTER, 64L));
		FAILS(EINVAL, raw(CALL_clone3, args, 8L));
		FAILS(E2BIG, raw(CALL_clone3, args, 1L << 20));
		args[0] |= CLONE_THREAD;
		FAILS(EINVAL, raw(CALL_clone3, args, 64L));
		args[0] = CLONE_VM | CLONE_VFORK | SIGCHLD;
		FAILS(EINVAL, raw(CALL_clone3, args, 64L));
		args[0] = CLONE_VM | CLONE_VFORK;
		args[5] = 4096; /* without its size */
		FAILS(EINVAL, raw(CALL_clone3, args, 64L));
		args[5] = 0;
	}
	for (int i = 0; i < rounds / 4; i++) {
		static char stack[STACK] __attribute__((aligned(16)));
		struct pollfd poll_fd;
		pid_t pid =
			clone((int (*)(void *))(uintptr_t)exit, stack + STACK,
				CLONE_VM | CLONE_VFORK | CLONE_FILES |
					CLONE_PIDFD | SIGCHLD,
				(void *)3, &fd);

		WORKS(pid);
		poll_fd = (struct pollfd){.fd = fd, .events = POLLIN};
		EQUAL(1, poll(&poll_fd, 1, -1));
		EQUAL(3, exit_status(pid));
		WORKS(close(fd));
	}
}

/* --- programs --- */

static int spawn_self(char *const *arguments)
{
	pid_t pid;

	if (posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments,
		    environ) != 0)
		return -1;
	return exit_status(pid);
}

static void spawns(void)
{
	posix_spawn_file_actions_t actions;
	pid_t pid;

	for (int i = 0; i < rounds; i++) {
		EQUAL(0, spawn_self(again));
		EQUAL(ENOENT, posix_spawn(&pid, "known/none", NULL, NULL, again,
				      environ));
		EQUAL(EACCES, posix_spawn(&pid, "known/file", NULL, NULL, again,
				      environ));
	}
	EQUAL(0, posix_spawn_file_actions_init(&actions));
	EQUAL(0, posix_spawn_file_actions_addopen(
			 &actions, 0, "known/link", O_RDONLY, 0));
	for (int i = 0; i < rounds; i++) {
		EQUAL(0, posix_spawn(&pid, "/proc/self/exe", &actions, NULL,
				 again, environ));
		EQUAL(0, exit_status(pid));
	}
	EQUAL(0, slots_in_use());
}

/* Ten generations at once in one memory. */
static int descend(int depth)
{
	volatile int wrong = 0;
	pid_t pid;

	if (depth == 0) {
		execve("/proc/self/exe", again, environ);
		return 99;
	}
	pid = vfork();
	if (pid == 0) {
		wrong += known_calls();
		wrong += descend(depth - 1);
		_exit(wrong);
	}
	return pid < 0 ? 98 : exit_status(pid) + wrong;
}

static void generations(void)
{
	for (int i = 0; i < rounds / 10; i++)
		EQUAL(0, descend(10));
	EQUAL(0, known_calls());
	EQUAL(0, slots_in_use());
}

/* --- signals --- */

static void storm(void)
{
	storm_begin(200);
	for (int i = 0; i < rounds; i++) {
		volatile pid_t pid = vfork();

		if (pid == 0)
			_exit(3);
		EQUAL(3, exit_status(pid));
		EQUAL(0, spawn_self(again));
	}
	storm_end();
}

/* --- threads --- */

static void *spawns_and_calls(void *wrong)
{
	int own = 0;

	for (int i = 0; i < rounds / 4; i++) {
		own += spawn_self(again) != 0;
		own += known_calls() + known_open();
	}
	__atomic_add_fetch((int *)wrong, own, __ATOMIC_SEQ_CST);
	return NULL;
}

static void among_threads(void)
{
	pthread_t threads[6];
	int wrong = 0;

	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		EQUAL(0, pthread_create(
				 &threads[i], NULL, spawns_and_calls, &wrong));
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		pthread_join(threads[i], NULL);
	EQUAL(0, wrong);
	EQUAL(0, slots_in_use());
}

static int gate[2];
static int says[2];

static void *waits_for_child(void *unused)
{
	char byte;
	pid_t pid = vfork();

	(void)unused;
	if (pid == 0)
		_exit(write(says[1], "r", 1) == 1 &&
					read(gate[0], &byte, 1) == 1
				? 0
				: 1);
	EQUAL(0, exit_status(pid));
	return NULL;
}

/* A filter is installed while another thread waits for its child. */
static void filter_meanwhile(void)
{
	struct sock_filter code = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	const struct sock_fprog filter = {1, &code};
	pthread_t thread;
	char byte;

	if (older_than(3, 17))
		return;
	WORKS(pipe(gate));
	WORKS(pipe(says));
	EQUAL(0, pthread_create(&thread, NULL, waits_for_child, NULL));
	EQUAL(1, read(says[0], &byte, 1));
	WORKS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	WORKS(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter));
	EQUAL(1, write(gate[1], "x", 1));
	pthread_join(thread, NULL);
	EQUAL(0, known_calls());
	EQUAL(0, spawn_self(again));
}

/* --- parents that die --- */

/*
 * One parent after the other is killed while it makes children, who in turn do
 * some calls and hold the writing end of a pipe. All must come to an end.
 */
static void killed_parents(void)
{
	int ends[2];
	char byte;

	WORKS(pipe(ends));
	for (int i = 0; i < rounds / 5; i++) {
		pid_t pid = fork();

		WORKS(pid);
		if (pid == 0) {
			dup2(ends[1], 1);
			close(ends[0]);
			for (;;)
				spawn_self(grandchild);
		}
		EQUAL(1, read(ends[0], &byte, 1));
		for (int k = 0; k < i % 16 * 8; k++)
			getppid();
		kill(pid, SIGKILL);
		EQUAL(SIGKILL, WTERMSIG(status_of(pid)));
	}
	close(ends[1]);
	while (read(ends[0], &byte, 1) > 0)
		EQUAL('k', byte);
	close(ends[0]);
}

int main(int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "again") == 0)
		return known_calls();
	if (argc == 1 && strcmp(argv[0], "grandchild") == 0)
		return known_calls() != 0 || write(1, "k", 1) != 1;
	alarm((unsigned int)patience());
	rounds = effort(200);
	known_make();
	registers();
	clone3_calls();
	spawns();
	generations();
	storm();
	alarm((unsigned int)patience());
	among_threads();
	killed_parents();
	child_passes(filter_meanwhile);
	return 0;
}
