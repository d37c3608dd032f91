/* SPDX-License-Identifier: MIT */
/* What a register holds above an int is not seen: flags(2) are ints. */
// options: -b /etc:/tmp/bound
// not: old-kernel
#include "probe.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define UPPER (1L << 32)

static void starts(const char *path)
{
	char *arguments[] = {(char *)"probe", (char *)"child", NULL};
	int status;
	pid_t child = fork();

	if (child == 0) {
		syscall(SYS_execveat, AT_FDCWD, path, arguments, environ,
			UPPER);
		_exit(9);
	}
	WORKS(child);
	EQUAL(child, waitpid(child, &status, 0));
	EQUAL(8, WEXITSTATUS(status));
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc == 2)
		return 8;
	if (sizeof(long) == 4)
		return EXIT_SKIP;
	starts("/proc/self/exe");
	WORKS(mkdir("directory", 0700));
	WORKS(syscall(
		SYS_unlinkat, AT_FDCWD, "directory", UPPER | AT_REMOVEDIR));
	file_make("file", "text");
	WORKS(syscall(
		SYS_renameat2, AT_FDCWD, "file", AT_FDCWD, "other", UPPER));
	WORKS(syscall(SYS_unlinkat, AT_FDCWD, "other", UPPER));
	if (access("bound", F_OK) == 0) {
		FAILS(EBUSY, syscall(SYS_unlinkat, AT_FDCWD, "bound",
				     UPPER | AT_REMOVEDIR));
		FAILS(EBUSY, syscall(SYS_renameat2, AT_FDCWD, "bound", AT_FDCWD,
				     "elsewhere", UPPER));
	}
	return 0;
}
