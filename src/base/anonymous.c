/* SPDX-License-Identifier: MIT */
/* memfd_create(2), or a file that is unlinked at once. */
#include "base/anonymous.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MEMFD_CLOEXEC 1

static const char *first_choice;

void anonymous_set_directory(const char *directory)
{
	first_choice = directory;
}

static int unlinked_file(const char *directory)
{
	char name[PATH_MAX];
	int fd;

	if ((size_t)snprintf(name, sizeof(name), "%s/proot-XXXXXX",
		    directory) >= sizeof(name))
		return -ENAMETOOLONG;
	fd = mkstemp(name);
	if (fd < 0)
		return -errno;
	unlink(name);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	return fd;
}

int anonymous_file(const char *label)
{
	const char *const places[] = {
		first_choice, "/tmp", "/dev/shm", "/var/tmp", "."};
	int fd = (int)syscall(SYS_memfd_create, label, MEMFD_CLOEXEC);

	for (size_t i = 0; fd < 0 && i < sizeof(places) / sizeof(places[0]);
		i++)
		if (places[i])
			fd = unlinked_file(places[i]);
	return fd;
}
