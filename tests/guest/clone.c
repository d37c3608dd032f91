/* SPDX-License-Identifier: MIT */
/* New processes and threads, however they are made, stay in the guest. */
// rows: clone clone3 execve
// flags: -pthread
#include "probe.h"

#include <pthread.h>
#include <sched.h>

struct clone_arguments {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal;
	uint64_t stack, stack_size, tls;
	uint64_t set_tid, set_tid_size, cgroup;
};

/* Seen through absolute paths, as only a guest that is followed can. */
static void sees_files(const char *made)
{
	struct stat status;
	char where[PATH_MAX];

	WORKS(stat(absolute("file"), &status));
	STEP(getcwd(where, sizeof(where)) != NULL);
	SAME(absolute("file"), strcat(where, "/file"));
	WORKS(close(open(absolute(made), O_RDWR | O_CREAT | O_EXCL, 0600)));
}

static void child_made(pid_t pid, const char *made)
{
	int status = status_of(pid);

	EQUAL(0, status);
	WORKS(unlink(made));
}

/* The lowest byte is a signal, whatever its bits mean to unshare(2). */
static void numbered_signal(void)
{
	const unsigned long flags = 0x80 | CLONE_UNTRACED | CLONE_VFORK;
	long pid = raw(SYS_clone, flags, NULL, NULL, NULL, 0L);
	int status;

	if (pid == 0) {
		sees_files("made");
		_exit(0);
	}
	if (pid < 0) { /* since Linux 7 there must be such a signal */
		EQUAL(EINVAL, errno);
		return;
	}
	EQUAL(pid, waitpid((pid_t)pid, &status, __WALL));
	EQUAL(0, status);
	WORKS(unlink("made"));
}

static void classic(void)
{
	static const unsigned long flags[] = {SIGCHLD, SIGCHLD | CLONE_UNTRACED,
		SIGCHLD | CLONE_PTRACE, SIGCHLD | CLONE_UNTRACED | CLONE_PTRACE,
		SIGCHLD | CLONE_VFORK | CLONE_UNTRACED,
		SIGCHLD | CLONE_PARENT_SETTID | CLONE_UNTRACED};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		int tid = 0;
		long pid = raw(SYS_clone, flags[i], NULL, &tid, NULL, 0L);

		if (pid == 0) {
			sees_files("made");
			_exit(0);
		}
		WORKS(pid);
		if (flags[i] & CLONE_PARENT_SETTID)
			EQUAL(pid, tid);
		child_made((pid_t)pid, "made");
	}
	numbered_signal();
	FAILS(EINVAL, raw(SYS_clone, CLONE_THREAD, NULL, NULL, NULL, 0L));
	FAILS(EINVAL,
		raw(SYS_clone, CLONE_FS | CLONE_NEWNS, NULL, NULL, NULL, 0L));
}

/* What the child finds in its registers is what the parent has put there. */
static void registers(void)
{
#ifdef __x86_64__
	unsigned long given = SIGCHLD | CLONE_UNTRACED;
	unsigned long flags = given;
	register long tid asm("r10") = 0;
	register long tls asm("r8") = 0;
	long pid;
	int status;

	asm volatile("syscall"
		     : "=a"(pid), "+D"(flags)
		     : "0"(SYS_clone), "S"(0), "d"(0), "r"(tid), "r"(tls)
		     : "rcx", "r11", "memory");
	if (pid == 0)
		_exit(flags == given ? 0 : 1);
	WORKS(pid);
	EQUAL(given, flags);
	EQUAL(pid, waitpid((pid_t)pid, &status, 0));
	EQUAL(0, status);
#endif
}

static int on_stack(void *unused)
{
	(void)unused;
	sees_files("made");
	return 0;
}

static void shared(void)
{
	static char stack[65536] __attribute__((aligned(64)));
	struct stat status;
	pid_t pid;

	WORKS(pid = clone(on_stack, stack + sizeof(stack),
		      SIGCHLD | CLONE_VM | CLONE_FILES | CLONE_UNTRACED, NULL));
	child_made(pid, "made");
	/* The current directory is shared with a CLONE_FS child. */
	WORKS(mkdir("d", 0755));
	pid = (pid_t)raw(SYS_clone, SIGCHLD | CLONE_FS, NULL, NULL, NULL, 0L);
	if (pid == 0)
		_exit(chdir(absolute("d")) < 0);
	WORKS(pid);
	EQUAL(0, status_of(pid));
	WORKS(stat("../file", &status));
	WORKS(chdir(".."));
}

static void clone3_calls(void)
{
	struct clone_arguments arguments;
	int fd = -1;
	long pid;

	memset(&arguments, 0, sizeof(arguments));
	arguments.exit_signal = SIGCHLD;
	if (older_than(5, 3)) {
		FAILS(ENOSYS, raw((long)CALL_clone3, &arguments, 64L));
		return;
	}
	for (int i = 0; i < 4; i++) {
		arguments.flags = i % 2 ? CLONE_UNTRACED : 0;
		arguments.flags |= i / 2 ? CLONE_VFORK : 0;
		pid = raw((long)CALL_clone3, &arguments,
			i / 2 ? sizeof(arguments) : 64L);
		if (pid == 0) {
			sees_files("made");
			_exit(0);
		}
		WORKS(pid);
		/* It is read only. */
		EQUAL(i % 2, !!(arguments.flags & CLONE_UNTRACED));
		child_made((pid_t)pid, "made");
	}
	arguments.flags = CLONE_PIDFD | CLONE_UNTRACED;
	arguments.pidfd = (uintptr_t)&fd;
	pid = raw((long)CALL_clone3, &arguments, 64L);
	if (pid == 0) {
		sees_files("made");
		_exit(0);
	}
	WORKS(pid);
	child_made((pid_t)pid, "made");
	WORKS(close(fd));
	FAILS(EINVAL, raw((long)CALL_clone3, &arguments, 8L));
	FAILS(E2BIG, raw((long)CALL_clone3, &arguments, 8192L));
	FAILS(EFAULT, raw((long)CALL_clone3, BAD_POINTER, 64L));
	arguments.flags = CLONE_THREAD | CLONE_UNTRACED;
	FAILS(EINVAL, raw((long)CALL_clone3, &arguments, 64L));
}

static void forks(void)
{
	char *arguments[] = {"program", "sees", NULL};
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		sees_files("made");
		_exit(0);
	}
	child_made(pid, "made");
	for (int i = 0; i < 20; i++) {
		pid = vfork();
		if (pid == 0) {
			execve(absolute("program"), arguments, environ);
			_exit(99);
		}
		child_made(pid, "made");
		pid = vfork();
		if (pid == 0) {
			execve("missing", arguments, environ);
			_exit(errno == ENOENT ? 0 : 98);
		}
		EQUAL(0, status_of(pid));
	}
}

static void *starts_program(void *unused)
{
	char *arguments[] = {"program", "leads", NULL};

	(void)unused;
	execve(absolute("program"), arguments, environ);
	_exit(97);
}

static void *spins(void *unused)
{
	struct stat status;

	(void)unused;
	for (;;)
		stat(absolute("file"), &status);
	return NULL;
}

static void *sleeps(void *unused)
{
	(void)unused;
	for (;;)
		pause();
	return NULL;
}

/* The thread that executes takes the process's number; the others end. */
static void from_a_thread(void)
{
	for (int i = 0; i < 10; i++) {
		pthread_t thread;
		pid_t pid = fork();

		if (pid == 0) {
			char number[16];

			snprintf(number, sizeof(number), "%d", getpid());
			setenv("LEADER", number, 1);
			pthread_create(&thread, NULL, spins, NULL);
			pthread_create(&thread, NULL, sleeps, NULL);
			pthread_create(&thread, NULL, starts_program, NULL);
			if (i % 2)
				pthread_exit(NULL);
			for (;;)
				pause();
		}
		child_made(pid, "made");
	}
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		if (argv[1][0] == 'l') {
			EQUAL(atoi(getenv("LEADER")), getpid());
			EQUAL(getpid(), raw(SYS_gettid));
		}
		sees_files("made");
		return 0;
	}
	scratch_open();
	program_copy("program");
	file_make("file", "");
	classic();
	registers();
	shared();
	clone3_calls();
	forks();
	from_a_thread();
	return 0;
}
