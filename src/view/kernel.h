/* SPDX-License-Identifier: MIT */
/* The few system calls that looking up a path needs. Dual code: -errno. */
#ifndef VIEW_KERNEL_H
#define VIEW_KERNEL_H

#include "arch/raw.h"
#include "base/text.h"

#include <asm/unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stddef.h>

static inline long kernel_openat(int dirfd, const char *path, int flags)
{
	return raw_syscall(__NR_openat, dirfd, (long)path, flags, 0, 0, 0);
}

/* Linux 5.6; -ENOSYS, too, where something else refuses it. */
long kernel_openat2(int dirfd, const char *path, const struct open_how *how);

static inline long kernel_close(int fd)
{
	return raw_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
}

static inline long kernel_readlinkat(
	int dirfd, const char *path, char *out, size_t size)
{
	return raw_syscall(__NR_readlinkat, dirfd, (long)path, (long)out,
		(long)size, 0, 0);
}

/*
 * What a link says: its length, or -errno. -EOVERFLOW: it does not fit, which
 * happens to the agent's short texts only.
 */
static inline long kernel_read_link(const char *path, struct text *out)
{
	long size = kernel_readlinkat(AT_FDCWD, path, out->bytes, TEXT_MAX);

	if (size == TEXT_MAX)
		size = -EOVERFLOW;
	text_truncate(out, size < 0 ? 0 : (size_t)size);
	return size;
}

/* Is what MAGIC, a link of /proc, leads to the same file as HOST? */
bool kernel_is_same(const char *magic, const char *host);

static inline long kernel_access(const char *path, int mode)
{
	return raw_syscall(__NR_faccessat, AT_FDCWD, (long)path, mode, 0, 0, 0);
}

#endif
