/* SPDX-License-Identifier: MIT */
/* memfd_create(2), or a file that is unlinked at once. */
#include "base/anonymous.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/memfd.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef F_SEAL_FUTURE_WRITE
#define F_SEAL_FUTURE_WRITE 0x0010
#endif
#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif
#define SEALS_SIZE (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW)

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
	int fd = (int)syscall(SYS_memfd_create, label, MFD_CLOEXEC);

	for (size_t i = 0; fd < 0 && i < sizeof(places) / sizeof(places[0]);
		i++)
		if (places[i])
			fd = unlinked_file(places[i]);
	return fd;
}

int anonymous_sealed(const char *label)
{
	int fd = (int)syscall(
		SYS_memfd_create, label, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || fcntl(fd, F_ADD_SEALS, SEALS_SIZE | F_SEAL_WRITE) == 0)
		return fd < 0 ? -errno : fd;
	close(fd);
	return -EINVAL;
}

int anonymous_area(const char *label, size_t size, bool is_ours, void **area)
{
	int seals = SEALS_SIZE | (is_ours ? F_SEAL_FUTURE_WRITE : 0);
	unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = (int)syscall(SYS_memfd_create, label, flags | MFD_EXEC);
	int status;

	if (fd < 0) /* before Linux 6.3, or where nothing may be executed */
		fd = (int)syscall(SYS_memfd_create, label, flags);
	if (fd < 0)
		return -errno;
	if (ftruncate(fd, (off_t)size) < 0)
		goto fail;
	*area = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (*area == MAP_FAILED)
		goto fail;
	if (fcntl(fd, F_ADD_SEALS, seals) == 0)
		return fd;
fail:
	status = -errno;
	close(fd);
	return status;
}
