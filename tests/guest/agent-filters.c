/* SPDX-License-Identifier: MIT */
/* Guests that filter calls, trap them, or take what others need for it. */
/*
 * A filter that a program installs for itself counts for all its later calls,
 * from sites that have long been hot, with the arguments and addresses that the
 * program has used; and for no call that it has not made.
 */
// rows: stat openat openat2 seccomp prctl
// also as a fake root
// flags: -pthread
#include "hot.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>

#ifndef SECCOMP_SET_MODE_FILTER
#define SECCOMP_SET_MODE_FILTER 1
#endif

/* This call gets this answer, all others pass. */
static long answer(long number, unsigned int what, unsigned int flags)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)number, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, what),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_COUNT(code), code};

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static long opened(const char *path)
{
	return raw(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
}

static void hot_open(void)
{
	HEAT
	{
		WORKS(close((int)opened("known/file")));
		EQUAL(0, known_calls());
	}
}

/* --- The answers ------------------------------------------------------------
 */

static void refused(void)
{
	hot_open();
	WORKS(answer(SYS_openat, SECCOMP_RET_ERRNO | 99, 0));
	for (int i = 0; i < 50; i++) {
		FAILS(99, opened("known/file"));
		FAILS(99, opened("known/none"));
	}
	EQUAL(0, known_calls());
	HEAT EQUAL(0, known_calls());
}

/* What serves a call may itself use openat2(2), readlink(2) … */
static void refused_others(void)
{
	static const int others[] = {
		CALL_openat2,
		SYS_getcwd,
		SYS_fchdir,
		SYS_mprotect,
		SYS_process_vm_readv,
#ifndef OLDER_CALLS_H /* else it is the program's own readlink(2) */
		SYS_readlinkat,
#endif
	};

	hot_open();
	for (size_t i = 0; i < ARRAY_COUNT(others); i++) {
		WORKS(answer(others[i], SECCOMP_RET_ERRNO | 98, 0));
		hot_open();
	}
	FAILS(98, syscall(CALL_openat2, AT_FDCWD, "known/file", NULL, 0L));
}

/* … which a program that never calls it may well make deadly. */
static void deadly_others(void)
{
	hot_open();
	WORKS(answer(CALL_openat2, SECCOMP_RET_KILL, 0));
	hot_open();
}

static volatile sig_atomic_t traps;
static volatile long trapped;
static volatile uintptr_t trapped_at;

/* By another call than openat(2). */
static int other_open(void)
{
#ifndef OLDER_CALLS_H
	return open("known/other", O_RDONLY | O_CLOEXEC);
#else
	const uint64_t how[3] = {O_RDONLY | O_CLOEXEC};

	return (int)syscall(CALL_openat2, AT_FDCWD, "known/other", how, 24L);
#endif
}

/* As Chromium's broker: the handler does the call's work in another way. */
static void on_trap(int signal, siginfo_t *info, void *context)
{
	int error_number = errno;
	int fd;

	(void)signal;
	traps++;
	trapped = info->si_syscall;
	trapped_at = CONTEXT_PC(context);
	STEP(text_holds((uintptr_t)info->si_call_addr));
	STEP(text_holds(trapped_at));
	fd = other_open();
#if defined(__x86_64__)
	EQUAL(SYS_openat, ((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX]);
	SAME("known/file",
		(char *)((ucontext_t *)context)->uc_mcontext.gregs[REG_RSI]);
	((ucontext_t *)context)->uc_mcontext.gregs[REG_RAX] = fd;
#elif defined(__aarch64__)
	EQUAL(SYS_openat, ((ucontext_t *)context)->uc_mcontext.regs[8]);
	SAME("known/file",
		(char *)((ucontext_t *)context)->uc_mcontext.regs[1]);
	((ucontext_t *)context)->uc_mcontext.regs[0] = (unsigned long)fd;
#endif
	errno = error_number;
}

static void trap_all(void)
{
	struct sigaction action = {
		.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_NODEFER};

	sigaction(SIGSYS, &action, NULL);
	file_make("known/other", "other");
	hot_open();
	WORKS(answer(SYS_openat, SECCOMP_RET_TRAP, 0));
	for (int i = 1; i <= 50; i++) {
		SAME("other", content_of((int)opened("known/file")));
		EQUAL(i, traps);
		EQUAL(SYS_openat, trapped);
	}
}

/* SIGSYS is a signal as any other: caught, blocked and sent. */
static void own_signal(void)
{
	sigset_t set, pending;
	struct sigaction action = {
		.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO};
	siginfo_t info;

	hot_open();
	sigaction(SIGSYS, &action, NULL);
	sigemptyset(&set);
	sigaddset(&set, SIGSYS);
	sigprocmask(SIG_BLOCK, &set, NULL);
	hot_open();
	EQUAL(0, traps);
	WORKS(sigpending(&pending));
	EQUAL(0, sigismember(&pending, SIGSYS));
	kill(getpid(), SIGSYS);
	hot_open();
	EQUAL(SIGSYS, sigwaitinfo(&set, &info));
	EQUAL(SI_USER, info.si_code);
	signal(SIGSYS, SIG_IGN);
	hot_open();
}

/* --- Threads
 * ------------------------------------------------------------------ */

static volatile bool is_over;

static void *calls(void *unused)
{
	(void)unused;
	while (!is_over)
		if (known_calls() != 0)
			return "wrong";
	return NULL;
}

/* One thread's filter is not the others'; then one for all, amid their calls.
 */
static void *filtered(void *unused)
{
	struct stat status;

	(void)unused;
	WORKS(answer(SYS_openat, SECCOMP_RET_ERRNO | 97, 0));
	HEAT FAILS(97, opened("known/file"));
	WORKS(stat("known/file", &status));
	return NULL;
}

#define CALLERS 4
static pthread_t callers[CALLERS];

static void callers_start(void *(*function)(void *))
{
	for (int i = 0; i < CALLERS; i++)
		EQUAL(0, pthread_create(&callers[i], NULL, function, NULL));
}

static void callers_end(void)
{
	is_over = true;
	for (int i = 0; i < CALLERS; i++) {
		void *problem;

		pthread_join(callers[i], &problem);
		SAME("", problem ? problem : "");
	}
}

static void threads(void)
{
	pthread_t one;

	hot_open();
	callers_start(calls);
	EQUAL(0, pthread_create(&one, NULL, filtered, NULL));
	pthread_join(one, NULL);
	hot_open();
	for (int i = 0; i < 5; i++) {
		WORKS(answer(CALL_openat2, SECCOMP_RET_ERRNO | 96, 0));
		hot_open();
	}
	callers_end();
}

static void threads_in_step(void)
{
	hot_open();
	callers_start(calls);
	EQUAL(0, answer(SYS_mkdirat, SECCOMP_RET_ERRNO | 95,
			 SECCOMP_FILTER_FLAG_TSYNC));
	hot_open();
	callers_end();
}

static void *opens(void *unused)
{
	(void)unused;
	while (!is_over)
		if (known_open() != 0)
			return "wrong";
	return NULL;
}

/* Nobody is caught with a call that only serves his own. */
static void threads_at_once(void)
{
	hot_open();
	callers_start(opens);
	hot_open();
	EQUAL(0, answer(CALL_openat2, SECCOMP_RET_ERRNO | 94,
			 SECCOMP_FILTER_FLAG_TSYNC));
	hot_open();
	callers_end();
}

/* --- The rest
 * ------------------------------------------------------------------ */

/*
 * Who listens to a filter may let calls continue, which must not get a guest
 * out of its file system: nobody can listen there.
 */
static void continued(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0x7fc00000 /* RET_USER_NOTIF */),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {ARRAY_COUNT(code), code};
	struct seccomp_notif request = {0};
	struct seccomp_notif_resp answer = {0};
	int listener;
	pid_t pid;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
		SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
	if (listener < 0) {
		EQUAL(EINVAL, errno);
		return;
	}
	pid = fork();
	if (pid == 0)
		_exit(opened(absolute("known/file")) < 0);
	WORKS(ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request));
	answer.id = request.id;
	answer.flags = 1; /* CONTINUE */
	WORKS(ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer));
	EQUAL(0, status_of(pid));
}

/* A child keeps the filter. */
static void inherited(void)
{
	pid_t pid;

	hot_open();
	WORKS(answer(SYS_openat, SECCOMP_RET_ERRNO | ENOTTY, 0));
	EQUAL(0, known_calls());
	pid = fork();
	if (pid == 0) {
		FAILS(ENOTTY, opened("known/file"));
		_exit(known_calls());
	}
	EQUAL(0, status_of(pid));
}

/* Read, write and exit are all that is left; path calls kill. */
static void strict(void)
{
	hot_open();
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) < 0)
		raw(SYS_exit, 3);
	write(STDERR_FILENO, "", 0);
	opened("known/file");
	raw(SYS_exit, 0);
}

/* The processor's clock gives SIGSEGV where the program asks for that. */
static void without_clock(void)
{
#ifdef __x86_64__
	WORKS(prctl(PR_SET_TSC, PR_TSC_SIGSEGV));
	hot_open();
	EQUAL(0, known_calls() + known_open());
	WORKS(prctl(PR_SET_TSC, PR_TSC_ENABLE));
#endif
}

/* Another user's rights, or none: the calls are made with them. */
static void undumpable(void)
{
	hot_open();
	WORKS(prctl(PR_SET_DUMPABLE, 0));
	hot_open();
	WORKS(prctl(PR_SET_DUMPABLE, 1));
	hot_open();
}

int main(void)
{
	int status;

	known_make();
	text_learn();
	child_passes(without_clock);
	child_passes(undumpable);
	child_passes(own_signal);
	if (older_than(3, 17))
		return 0;
	child_passes(refused);
	child_passes(refused_others);
	child_passes(deadly_others);
	child_passes(trap_all);
	child_passes(threads);
	child_passes(threads_in_step);
	for (int i = 0; i < 15; i++)
		child_passes(threads_at_once);
	child_passes(inherited);
	child_passes(continued);
	status = in_child(strict);
	STEP(WIFSIGNALED(status));
	EQUAL(SIGKILL, WTERMSIG(status));
	return 0;
}
