/* SPDX-License-Identifier: MIT */
/* Arguments and environments that are too big are E2BIG, below that they work.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define STRING (128 * 1024) /* MAX_ARG_STRLEN: 32 pages, with the NUL */
#define MANY   4096

/* The error of execve of this program, or 0 if it starts and ends with 0. */
static int exec_error(char **argv, char **envp)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execve("/proc/self/exe", argv, envp);
		_exit(errno);
	}
	if (pid < 0 || waitpid(pid, &status, 0) < 0 || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

static char *string_make(size_t length)
{
	char *string = malloc(length + 1);

	memset(string, 'x', length);
	string[length] = '\0';
	return string;
}

int main(int argc, char **argv)
{
	/* A quarter of the stack's limit may be arguments: here 2 MiB. */
	const struct rlimit limit = {8 << 20, RLIM_INFINITY};
	static char *many[MANY + 1];
	char *fits[] = {"child", string_make(STRING - 1), NULL};
	char *over[] = {"child", string_make(STRING), NULL};
	char *none[] = {NULL};

	if (argc > 1 || !strcmp(argv[0], "child"))
		return 0;
	if (setrlimit(RLIMIT_STACK, &limit) < 0)
		return 1;
	if (exec_error(fits, none) != 0)
		return 2;
	if (exec_error(over, none) != E2BIG)
		return 3;
	if (exec_error(fits, over) != E2BIG)
		return 4;
	for (int i = 0; i < MANY; i++)
		many[i] = string_make(200);
	many[0] = "child";
	if (exec_error(many, none) != 0)
		return 5;
	for (int i = 1; i < MANY; i++)
		many[i] = string_make(1000);
	if (exec_error(many, none) != E2BIG)
		return 6;
	return 0;
}
