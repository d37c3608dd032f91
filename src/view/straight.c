/* SPDX-License-Identifier: MIT */
/* Proving that a path meets no symlink. Dual code. */
#include "view/straight.h"

#include "view/kernel.h"

#include <errno.h>

/* By the kernel (ENOSYS), or refused by a sandbox around us (EPERM). */
static bool openat2_is_missing;

/* Without openat2: every prefix must exist and be no symlink. */
static bool is_straight_by_prefix(
	int dirfd, char *path, bool follow, bool *is_denied)
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
		if (kept == '\0' && !follow)
			return true;
		*end = '\0';
		status = kernel_readlinkat(dirfd, path, &byte, 1);
		*end = kept;
		if (status >= 0)
			return false;
		*is_denied |= status == -EACCES;
		if (status != -EINVAL || kept == '\0')
			return true; /* it fails there for the guest, too */
	}
}

bool path_is_straight(int dirfd, char *path, bool follow, bool *is_denied)
{
	const struct open_how how = {
		.flags = O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW),
		.resolve = RESOLVE_NO_SYMLINKS,
	};
	long fd;

	if (openat2_is_missing)
		return is_straight_by_prefix(dirfd, path, follow, is_denied);
	fd = kernel_openat2(dirfd, path, &how);
	if (fd >= 0)
		kernel_close((int)fd);
	if (fd == -ENOSYS || fd == -EPERM) {
		openat2_is_missing = true;
		return is_straight_by_prefix(dirfd, path, follow, is_denied);
	}
	*is_denied |= fd == -EACCES;
	return fd != -ELOOP && fd != -EMFILE && fd != -ENFILE;
}
