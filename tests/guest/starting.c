/* SPDX-License-Identifier: MIT */
/* Who started a program, and was held back until then, finds it running. */
// rows: execve open readlink
#include "probe.h"

#include <sched.h>

#define ROUNDS 60

/* "program" runs until the pipe is closed. */
static int run_until_closed(void)
{
	char byte;

	return read(0, &byte, 1) == 0 ? 0 : 1;
}

struct start {
	int until[2];
	int started[2]; /* closed by execve(2) */
};

static int start_program(void *data)
{
	const struct start *start = data;
	char *const arguments[] = {(char *)"program", NULL};
	char *const environment[] = {(char *)"RUNS=1", NULL};

	dup2(start->until[0], 0);
	close(start->until[1]);
	execve(absolute("program"), arguments, environment);
	_exit(127);
}

/* As vfork(2) does, or held back by a pipe. */
static pid_t started(struct start *start, bool by_pipe)
{
	static char stack[65536] __attribute__((aligned(16)));
	char byte;
	pid_t pid;

	WORKS(pipe2(start->until, O_CLOEXEC));
	WORKS(pipe2(start->started, O_CLOEXEC));
	pid = by_pipe ? fork()
		      : clone(start_program, stack + sizeof(stack),
				CLONE_VM | CLONE_VFORK | SIGCHLD, start);
	if (pid == 0)
		start_program(start);
	WORKS(pid);
	close(start->started[1]);
	EQUAL(0, read(start->started[0], &byte, 1));
	close(start->started[0]);
	close(start->until[0]);
	return pid;
}

static void end(struct start *start, pid_t pid)
{
	close(start->until[1]);
	EQUAL(0, status_of(pid));
}

static void is_shown(pid_t pid)
{
	char link[32];
	char target[PATH_MAX];
	struct stat file;
	struct stat shown;
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	size = readlink(link, target, sizeof(target) - 1);
	WORKS(size);
	target[size] = '\0';
	SAME(absolute("program"), target);
	WORKS(stat("program", &file));
	WORKS(stat(link, &shown));
	EQUAL(file.st_ino, shown.st_ino);
}

static void by_descriptor_of_proc(pid_t pid)
{
	char link[32];
	struct stat file;
	struct stat shown;
	int fd;

	snprintf(link, sizeof(link), "/proc/%d/exe", pid);
	fd = open(link, O_RDONLY | O_CLOEXEC);
	WORKS(fd);
	WORKS(stat("program", &file));
	WORKS(fstat(fd, &shown));
	EQUAL(file.st_ino, shown.st_ino);
	close(fd);
}

int main(void)
{
	struct start start;

	if (getenv("RUNS"))
		return run_until_closed();
	scratch_open();
	program_copy("program");
	for (int i = 0; i < ROUNDS; i++) {
		pid_t pid = started(&start, i % 2 != 0);

		switch (i / 2 % 4) {
		case 0:
			is_shown(pid);
			break;
		case 1:
			FAILS(ETXTBSY, open("program", O_WRONLY | O_CLOEXEC));
			break;
		case 2:
			FAILS(ETXTBSY,
				open(absolute("program"), O_RDWR | O_CLOEXEC));
			break;
		default:
			by_descriptor_of_proc(pid);
			break;
		}
		end(&start, pid);
	}
	/* When all have ended, it may be written to again. */
	WORKS(open("program", O_WRONLY | O_CLOEXEC));
	return 0;
}
