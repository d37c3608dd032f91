/* SPDX-License-Identifier: MIT */
/* The agent is only used where there is openat2(2). */
#include "view/kernel.h"

long kernel_openat2(int dirfd, const char *path, const struct open_how *how)
{
	return raw_syscall(
		__NR_openat2, dirfd, (long)path, (long)how, sizeof(*how), 0, 0);
}
