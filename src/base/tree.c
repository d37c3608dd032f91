/* SPDX-License-Identifier: MIT */
/* Removing trees, without following a symlink anywhere. */
#include "base/tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Guests may have taken away the permissions that we need. */
static int directory_open(int parent, const char *name)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct stat status;
	int fd = openat(parent, name, flags);

	if (fd >= 0) {
		fchmod(fd, 0700);
		return fd;
	}
	if (fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) < 0 ||
		!S_ISDIR(status.st_mode) || fchmodat(parent, name, 0700, 0) < 0)
		return -1;
	return openat(parent, name, flags);
}

void tree_remove(int parent, const char *name)
{
	int fd = directory_open(parent, name);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		if (strcmp(entry->d_name, ".") == 0 ||
			strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlinkat(fd, entry->d_name, 0) < 0)
			tree_remove(fd, entry->d_name);
	}
	if (directory)
		closedir(directory);
	unlinkat(parent, name, AT_REMOVEDIR);
}
