/* SPDX-License-Identifier: MIT */
/* The tracer's: the agent has a version of its own. */
#include "view/kernel.h"

#include <errno.h>
#include <sys/stat.h>

/* Where it may be missing. */
long kernel_openat2(int dirfd, const char *path, const struct open_how *how)
{
	/* By the kernel (ENOSYS), or refused by a sandbox around us (EPERM). */
	static bool is_missing;
	long status;

	if (is_missing)
		return -ENOSYS;
	status = raw_syscall(
		__NR_openat2, dirfd, (long)path, (long)how, sizeof(*how), 0, 0);
	is_missing = status == -ENOSYS || status == -EPERM;
	return is_missing ? -ENOSYS : status;
}

bool kernel_is_same(const char *magic, const char *host)
{
	struct stat here;
	struct stat there;

	return stat(magic, &here) == 0 && lstat(host, &there) == 0 &&
	       here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}
