/* SPDX-License-Identifier: MIT */
/* Signals, stops, ends and their reports are those of an untraced process. */
// rows: stat
#include "probe.h"

#include <setjmp.h>

#if defined(__x86_64__)
#define UNDEFINED  "ud2"
#define BREAKPOINT "int3"
#elif defined(__aarch64__)
#define UNDEFINED  "udf #0"
#define BREAKPOINT "brk #0"
#endif

static volatile sig_atomic_t seen;
static volatile uintptr_t handler_stack;
static siginfo_t information;
static sigjmp_buf back;

static void on_signal(int signal)
{
	struct stat status;
	int here;

	seen = signal;
	handler_stack = (uintptr_t)&here;
	stat("/", &status);
}

static void on_information(int signal, siginfo_t *info, void *context)
{
	(void)context;
	seen = signal;
	information = *info;
}

static void on_fault(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	information = *info;
	siglongjmp(back, 1);
}

static void on_own_stack(void)
{
	static char memory[65536];
	struct sigaction action = {
		.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
	stack_t stack = {.ss_sp = memory, .ss_size = sizeof(memory)};

	WORKS(sigaltstack(&stack, NULL));
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	EQUAL(SIGUSR1, seen);
	STEP(handler_stack > (uintptr_t)memory &&
		handler_stack < (uintptr_t)memory + sizeof(memory));
}

static void reports(void)
{
	struct sigaction action = {
		.sa_sigaction = on_information, .sa_flags = SA_SIGINFO};
	union sigval value = {.sival_int = 4711};
	sigset_t set;
	sigset_t before;

	sigaction(SIGUSR2, &action, NULL);
	sigaction(SIGCHLD, &action, NULL);
	kill(getpid(), SIGUSR2);
	EQUAL(SI_USER, information.si_code);
	EQUAL(getpid(), information.si_pid);
	sigqueue(getpid(), SIGUSR2, value);
	EQUAL(SI_QUEUE, information.si_code);
	EQUAL(4711, information.si_value.sival_int);
	raw(SYS_tgkill, getpid(), getpid(), SIGUSR2);
	EQUAL(SI_TKILL, information.si_code);
	seen = 0;
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	WORKS(sigprocmask(SIG_BLOCK, &set, &before));
	if (fork() == 0)
		_exit(33);
	FAILS(EINTR, sigsuspend(&before));
	WORKS(sigprocmask(SIG_SETMASK, &before, NULL));
	EQUAL(SIGCHLD, seen);
	EQUAL(CLD_EXITED, information.si_code);
	EQUAL(33, information.si_status);
	wait(NULL);
	signal(SIGCHLD, SIG_DFL);
}

static void faults(void)
{
	struct sigaction action = {
		.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
	volatile int *nowhere = BAD_POINTER;

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGTRAP, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	if (sigsetjmp(back, 1) == 0)
		*nowhere = 1;
	EQUAL(SIGSEGV, information.si_signo);
	EQUAL(SEGV_MAPERR, information.si_code);
	STEP(information.si_addr == BAD_POINTER);
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile(UNDEFINED);
	EQUAL(SIGILL, information.si_signo);
	if (sigsetjmp(back, 1) == 0)
		__asm__ volatile(BREAKPOINT);
	EQUAL(SIGTRAP, information.si_signo);
	if (sigsetjmp(back, 1) == 0)
		raise(SIGTRAP);
	EQUAL(SIGTRAP, information.si_signo);
	EQUAL(SI_TKILL, information.si_code);
	signal(SIGSEGV, SIG_DFL);
	signal(SIGTRAP, SIG_DFL);
	signal(SIGILL, SIG_DFL);
}

/* Every signal ends a process, or not, as signal(7) says. */
static void ends(void)
{
	for (int number = 1; number < 65; number++) {
		bool is_stop = number == SIGSTOP || number == SIGTSTP ||
			       number == SIGTTIN || number == SIGTTOU;
		bool is_ignored = number == SIGCHLD || number == SIGURG ||
				  number == SIGWINCH || number == SIGCONT;
		pid_t pid;
		int status;

		if (is_stop || number == 32 || number == 33 || number == 34)
			continue;
		pid = fork();
		if (pid == 0) {
			signal(number, SIG_DFL);
			raw(SYS_kill, getpid(), number);
			_exit(0);
		}
		status = status_of(pid);
		if (is_ignored) {
			EQUAL(0, status);
		} else {
			STEP(WIFSIGNALED(status));
			EQUAL(number, WTERMSIG(status));
		}
	}
}

static void core(void)
{
	struct rlimit limit = {1 << 24, 1 << 24};
	char directory[] = "cores";
	pid_t pid;
	int status;

	if (setrlimit(RLIMIT_CORE, &limit) < 0)
		return;
	WORKS(mkdir(directory, 0755));
	pid = fork();
	if (pid == 0) {
		chdir(directory);
		raise(SIGABRT);
		_exit(0);
	}
	status = status_of(pid);
	STEP(WIFSIGNALED(status));
	EQUAL(SIGABRT, WTERMSIG(status));
	STEP(WCOREDUMP(status));
	pid = fork();
	if (pid == 0) {
		raise(SIGTERM);
		_exit(0);
	}
	status = status_of(pid);
	STEP(WIFSIGNALED(status) && !WCOREDUMP(status));
	limit.rlim_cur = 0;
	setrlimit(RLIMIT_CORE, &limit);
	pid = fork();
	if (pid == 0) {
		raise(SIGABRT);
		_exit(0);
	}
	status = status_of(pid);
	STEP(!WCOREDUMP(status));
}

static void pipes(void)
{
	int ends_of[2];
	pid_t pid;
	int status;

	WORKS(pipe(ends_of));
	close(ends_of[0]);
	pid = fork();
	if (pid == 0) {
		signal(SIGPIPE, SIG_DFL);
		write(ends_of[1], "x", 1);
		_exit(0);
	}
	status = status_of(pid);
	STEP(WIFSIGNALED(status));
	EQUAL(SIGPIPE, WTERMSIG(status));
	signal(SIGPIPE, SIG_IGN);
	FAILS(EPIPE, write(ends_of[1], "x", 1));
	signal(SIGPIPE, on_signal);
	seen = 0;
	FAILS(EPIPE, write(ends_of[1], "x", 1));
	EQUAL(SIGPIPE, seen);
	signal(SIGPIPE, SIG_DFL);
	close(ends_of[1]);
}

static void masks(void)
{
	struct timespec moment = {0, 1000000};
	sigset_t set;
	sigset_t pending;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	WORKS(sigprocmask(SIG_BLOCK, &set, NULL));
	raise(SIGUSR1);
	WORKS(sigpending(&pending));
	EQUAL(1, sigismember(&pending, SIGUSR1));
	EQUAL(SIGUSR1, sigtimedwait(&set, NULL, &moment));
	FAILS(EAGAIN, sigtimedwait(&set, NULL, &moment));
	WORKS(sigprocmask(SIG_UNBLOCK, &set, NULL));
}

static void nothing(void)
{
}

static void jobs(void)
{
	siginfo_t info;
	pid_t pid = fork();
	int status;

	if (pid == 0)
		for (;;)
			pause();
	for (int i = 0; i < 5; i++) {
		kill(pid, i % 2 ? SIGTSTP : SIGSTOP);
		EQUAL(pid, waitpid(pid, &status, WUNTRACED));
		STEP(WIFSTOPPED(status));
		EQUAL(i % 2 ? SIGTSTP : SIGSTOP, WSTOPSIG(status));
		EQUAL(0, waitpid(pid, &status, WUNTRACED | WNOHANG));
		kill(pid, SIGCONT);
		EQUAL(pid, waitpid(pid, &status, WCONTINUED));
		STEP(WIFCONTINUED(status));
		EQUAL(0, waitpid(pid, &status, WCONTINUED | WNOHANG));
	}
	kill(pid, SIGSTOP);
	memset(&info, 0, sizeof(info));
	WORKS(waitid(P_PID, (id_t)pid, &info, WSTOPPED | WNOWAIT));
	EQUAL(CLD_STOPPED, info.si_code);
	WORKS(waitid(P_PID, (id_t)pid, &info, WSTOPPED));
	EQUAL(SIGSTOP, info.si_status);
	kill(pid, SIGTERM); /* pending until it goes on */
	for (int i = 0; i < 3;
		i++) /* what comes of it would have come by then */
		EQUAL(0, in_child(nothing));
	EQUAL(0, waitpid(pid, &status, WNOHANG));
	kill(pid, SIGCONT);
	WORKS(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT));
	EQUAL(CLD_KILLED, info.si_code);
	EQUAL(SIGTERM, info.si_status);
	status = status_of(pid);
	EQUAL(SIGTERM, WTERMSIG(status));
	FAILS(ECHILD, waitpid(pid, &status, 0));
	/* Stopped ones can be killed. */
	pid = fork();
	if (pid == 0)
		for (;;)
			pause();
	kill(pid, SIGSTOP);
	EQUAL(pid, waitpid(pid, &status, WUNTRACED));
	kill(pid, SIGKILL);
	status = status_of(pid);
	EQUAL(SIGKILL, WTERMSIG(status));
}

/* A child stops itself; its parent learns of it by SIGCHLD, too. */
static void stops_itself(void)
{
	struct sigaction action = {
		.sa_sigaction = on_information, .sa_flags = SA_SIGINFO};
	pid_t pid;
	int status;

	sigaction(SIGCHLD, &action, NULL);
	pid = fork();
	if (pid == 0) {
		raise(SIGSTOP);
		_exit(5);
	}
	while (waitpid(pid, &status, WUNTRACED) < 0)
		EQUAL(EINTR, errno);
	STEP(WIFSTOPPED(status));
	EQUAL(CLD_STOPPED, information.si_code);
	kill(pid, SIGCONT);
	status = status_of(pid);
	EQUAL(5, WEXITSTATUS(status));
	signal(SIGCHLD, SIG_DFL);
}

static void orphans(void)
{
	int ends_of[2];
	pid_t parent = 0;
	pid_t pid;

	WORKS(pipe(ends_of));
	pid = fork();
	if (pid == 0) {
		pid_t old = getpid();

		if (fork() == 0) {
			while ((parent = getppid()) == old)
				sched_yield();
			write(ends_of[1], &parent, sizeof(parent));
			_exit(0);
		}
		_exit(0);
	}
	status_of(pid);
	close(ends_of[1]);
	EQUAL(sizeof(parent), read(ends_of[0], &parent, sizeof(parent)));
	STEP(parent != pid && parent != getpid());
	close(ends_of[0]);
	FAILS(ECHILD, wait(NULL));
}

static void ignored_children(void)
{
	signal(SIGCHLD, SIG_IGN);
	for (int i = 0; i < 10; i++)
		if (fork() == 0)
			_exit(1);
	FAILS(ECHILD, wait(NULL));
	signal(SIGCHLD, SIG_DFL);
}

int main(void)
{
	scratch_open();
	on_own_stack();
	reports();
	faults();
	ends();
	core();
	pipes();
	masks();
	jobs();
	stops_itself();
	orphans();
	ignored_children();
	return 0;
}
