/* SPDX-License-Identifier: MIT */
/* Runs a command and kills it before its Nth change of a directory. */
/*
 * usage: kill-at N COMMAND [ARGUMENT...]
 *
 * Counts what COMMAND itself calls, not its children: link, symlink, unlink,
 * rename, mkdir, rmdir and their relatives. The Nth is not made: the process
 * gets SIGKILL instead. Status 0 when it was killed, 1 when it ended before.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define EXIT_SKIP 77

static const long changes[] = {
#ifdef SYS_rename
	SYS_rename, SYS_unlink, SYS_symlink, SYS_link, SYS_mkdir, SYS_rmdir,
#endif
	SYS_renameat, SYS_renameat2, SYS_unlinkat, SYS_symlinkat, SYS_linkat,
	SYS_mkdirat};

static bool is_change(long number)
{
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		if (changes[i] == number)
			return true;
	return false;
}

/* The call that it is about to enter, or -1. */
static long entered(int pid)
{
	struct __ptrace_syscall_info info;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0) {
		perror("kill-at: PTRACE_GET_SYSCALL_INFO");
		exit(EXIT_SKIP);
	}
	return info.op == PTRACE_SYSCALL_INFO_ENTRY ? (long)info.entry.nr : -1;
}

/* Its wait status, at last. */
static int watch(int pid, long left)
{
	int status;
	int signal = 0;

	for (;;) {
		ptrace(PTRACE_SYSCALL, pid, 0, signal);
		if (waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status))
			return status;
		signal = 0;
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			signal = status >> 16 ? 0 : WSTOPSIG(status);
		else if (is_change(entered(pid)) && --left == 0)
			kill(pid, SIGKILL);
	}
}

int main(int argc, char **argv)
{
	int status;
	int pid;

	if (argc < 3) {
		fputs("usage: kill-at N COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	pid = fork();
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		execvp(argv[2], argv + 2);
		perror(argv[2]);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFSTOPPED(status)) {
		perror("kill-at");
		return EXIT_SKIP;
	}
	ptrace(PTRACE_SETOPTIONS, pid, 0,
		PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACEEXEC);
	status = watch(pid, atol(argv[1]));
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
		return 0;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 1 : 2;
}
