/* SPDX-License-Identifier: MIT */
/*
 * What the kernel names a thread that execve(2) was given a descriptor: by its
 * number, or, since Linux 6.14, by the file's own name (begin_new_exec(),
 * fs/exec.c). A child does it, of proot's own binary, and is stopped before
 * that runs.
 */
#include "emulate/call.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

static void child_execute(int fd)
{
	char *const nothing[] = {NULL};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) == 0)
		syscall(SYS_execveat, fd, "", nothing, nothing, AT_EMPTY_PATH);
	_exit(1);
}

static int wait_for(int pid)
{
	int status;

	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	return status;
}

static bool is_named_by_number(int pid, int fd)
{
	char name[32];
	int number = -1;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/comm", pid);
	file = fopen(name, "re");
	if (file && fscanf(file, "%d", &number) != 1)
		number = -1;
	if (file)
		fclose(file);
	return !file || number == fd;
}

static bool ask(void)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	bool is_by_file = false;
	int status;
	int pid;

	if (fd < 0)
		return false;
	pid = fork();
	if (pid == 0)
		child_execute(fd);
	status = pid < 0 ? -1 : wait_for(pid);
	if (status >= 0 && WIFSTOPPED(status)) {
		is_by_file = !is_named_by_number(pid, fd);
		kill(pid, SIGKILL);
		wait_for(pid);
	}
	close(fd);
	return is_by_file;
}

bool exec_names_by_file(void)
{
	static bool is_asked, is_by_file;

	if (!is_asked)
		is_by_file = ask();
	is_asked = true;
	return is_by_file;
}
