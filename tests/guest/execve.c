/* SPDX-License-Identifier: MIT */
/* Runs its arguments without a shell's help, and names the error. */
/*
 * usage: execve PATH [ARGV0 [ARGUMENT...]]
 *
 * Without ARGV0 it is PATH. execvp(3) and shells run a file that is ENOEXEC as
 * a script; this does not.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	if (argc < 2)
		return 0;
	execve(argv[1], argc > 2 ? argv + 2 : argv + 1, environ);
	printf("%s\n", strerror(errno));
	return errno;
}
