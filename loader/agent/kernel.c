/* SPDX-License-Identifier: MIT */
/* The agent is only used where there is openat2(2), and on 64 bits. */
#include "view/kernel.h"

#include <sys/stat.h>

long kernel_openat2(int dirfd, const char *path, const struct open_how *how)
{
	return raw_syscall(
		__NR_openat2, dirfd, (long)path, (long)how, sizeof(*how), 0, 0);
}

bool kernel_is_same(const char *magic, const char *host)
{
	struct stat here;
	struct stat there;

	return raw_syscall(__NR_stat, (long)magic, (long)&here, 0, 0, 0, 0) ==
		       0 &&
	       raw_syscall(__NR_lstat, (long)host, (long)&there, 0, 0, 0, 0) ==
		       0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}
