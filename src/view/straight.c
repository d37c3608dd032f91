/* SPDX-License-Identifier: MIT */
/*
 * Proving that a path meets no symlink. Dual code.
 *
 * openat2(2) walks a path that ends in "/." to its end and then, asked to make
 * a file that must not exist there, refuses: EEXIST (EISDIR until Linux 5.9)
 * for every directory. Nothing is opened and nothing made, whatever it finds,
 * and that is cheaper than a descriptor. See do_open(), fs/namei.c.
 */
#include "view/straight.h"

#include "view/kernel.h"

#include <errno.h>
#include <linux/limits.h>
#include <string.h>

/* Without openat2: every prefix must exist and be no symlink. */
static enum straightness straightness_by_prefix(int dirfd, char *path)
{
	char byte;
	char *end = path;
	long status;

	for (;;) {
		char kept;

		end += *end == '/';
		while (*end != '\0' && *end != '/')
			end++;
		kept = *end;
		*end = '\0';
		status = kernel_readlinkat(dirfd, path, &byte, 1);
		*end = kept;
		if (status >= 0)
			return NOT_STRAIGHT;
		if (status == -EACCES)
			return STRAIGHT_DENIED;
		if (status != -EINVAL || kept == '\0')
			return STRAIGHT; /* it fails there for the guest, too */
	}
}

/* PATH ends in "/.", or is ".". */
static enum straightness ask_kernel(int dirfd, char *path)
{
	static const struct open_how how = {
		.flags = O_CREAT | O_EXCL | O_CLOEXEC,
		.resolve = RESOLVE_NO_SYMLINKS,
	};

	switch (kernel_openat2(dirfd, path, &how)) {
	case -EEXIST:
	case -EISDIR:
		return STRAIGHT_DIRECTORY;
	case -EACCES:
		return STRAIGHT_DENIED;
	case -ELOOP:
		return NOT_STRAIGHT;
	case -ENOSYS:
		return straightness_by_prefix(dirfd, path);
	default:
		return STRAIGHT;
	}
}

/* Where the last name of a path begins, slashes behind it or not. */
static size_t last_name(const char *path, size_t size)
{
	while (size > 0 && path[size - 1] == '/')
		size--;
	while (size > 0 && path[size - 1] != '/')
		size--;
	return size;
}

enum straightness path_straightness(
	int dirfd, char *path, size_t size, bool follow)
{
	size_t end = follow ? size : last_name(path, size);
	char kept[STRAIGHT_ROOM + 1];
	enum straightness answer;

	if (end + STRAIGHT_ROOM >= PATH_MAX)
		return NOT_STRAIGHT; /* the question would be too long */
	memcpy(kept, path + end, sizeof(kept));
	memcpy(path + end, follow ? "/." : ".", follow ? 3 : 2);
	answer = ask_kernel(dirfd, path);
	memcpy(path + end, kept, sizeof(kept));
	return answer;
}
