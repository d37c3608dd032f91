/* SPDX-License-Identifier: MIT */
/*
 * execveat(2) with AT_EXECVE_CHECK (Linux 6.14) tells what the kernel would
 * say, but makes all that a new process needs and throws it away: 10 to 20 us.
 * So it is asked only where access(2), and a lease to find out whether somebody
 * writes to the file, leave something open.
 */
#include "program/executable.h"

#include "base/anonymous.h"
#include "program/stamp.h"
#include "view/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef CIFS_SUPER_MAGIC
#define CIFS_SUPER_MAGIC 0xff534d42
#endif
#ifndef SMB2_SUPER_MAGIC
#define SMB2_SUPER_MAGIC 0xfe534d42
#endif
#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000
#endif

/* --- the kernel's word --- */

/* 0: it would; OTHERWISE: it does not say; else -errno. */
static int ask_kernel(const char *path, int otherwise)
{
	static bool cannot_ask;
	char *const argv[] = {(char *)"", NULL};
	char *const envp[] = {NULL};

	if (cannot_ask)
		return otherwise;
	if (syscall(SYS_execveat, AT_FDCWD, path, argv, envp,
		    AT_EXECVE_CHECK) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS && errno != EPERM)
		return -errno;
	cannot_ask = errno != EPERM; /* that may be a sandbox, or the file */
	return otherwise;
}

/*
 * Files that others own and that we may not write to: once the kernel has said
 * that nobody writes to one, that is believed until it changes.
 */
static struct stamp settled[64];

static struct stamp *settled_place(const struct stat *status)
{
	return &settled[status->st_ino % 64];
}

/* NFS and SMB refuse leases also for reasons of their own. */
static bool is_remote(int fd)
{
	struct statfs status;

	return fstatfs(fd, &status) < 0 ||
	       (uint32_t)status.f_type == NFS_SUPER_MAGIC ||
	       (uint32_t)status.f_type == CIFS_SUPER_MAGIC ||
	       (uint32_t)status.f_type == SMB2_SUPER_MAGIC;
}

/* Does somebody write to it? Then a lease is refused, fcntl(2). */
static int check_writers(int fd, const char *path, const struct stat *status)
{
	int error;

	if (stamp_is_of(settled_place(status), status))
		return 0;
	if (fcntl(fd, F_SETLEASE, F_RDLCK) == 0) {
		fcntl(fd, F_SETLEASE, F_UNLCK);
		return 0;
	}
	if (errno == EAGAIN)
		return ask_kernel(path, is_remote(fd) ? 0 : -ETXTBSY);
	/* It is another user's, or the file system has no leases. */
	error = ask_kernel(path, 0);
	if (error == 0 && kernel_access(path, W_OK) < 0)
		*settled_place(status) = stamp_of(status);
	return error;
}

/* --- files that cannot be read --- */

static int copy_bytes(int from, int to)
{
	char block[65536];
	ssize_t got;

	while ((got = read(from, block, sizeof(block))) > 0)
		if (write(to, block, (size_t)got) != got)
			return -ENOMEM;
	return got < 0 ? -EIO : 0;
}

/*
 * A program that may be executed but not read. If it is the user's own, the
 * permission can be given for a moment; the guest then runs a copy.
 */
static int copy_unreadable(const char *path)
{
	struct stat status;
	int error;
	int from;
	int to;

	if (stat(path, &status) < 0 ||
		chmod(path, (status.st_mode & 07777) | S_IRUSR) < 0)
		return -EACCES;
	from = open(path, O_RDONLY | O_CLOEXEC);
	if (chmod(path, status.st_mode & 07777) < 0 || from < 0)
		return -EACCES;
	to = anonymous_file("program");
	if (to < 0) {
		close(from);
		return -EACCES;
	}
	error = copy_bytes(from, to);
	close(from);
	if (error == 0)
		return to;
	close(to);
	return error;
}

/* --- both --- */

static int open_unreadable(const char *path, struct stat *status)
{
	int error = ask_kernel(path, 0);

	if (error < 0)
		return error;
	if (stat(path, status) < 0)
		return -errno;
	return S_ISREG(status->st_mode) ? copy_unreadable(path) : -EACCES;
}

/* Not opened before access(2) has allowed it: it may be a device. */
int executable_open(
	const char *path, bool is_straight, struct stat *status, bool *is_copy)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		.resolve = is_straight ? RESOLVE_NO_SYMLINKS : 0};
	int error = (int)kernel_access(path, X_OK);
	int fd;

	*is_copy = false;
	if (error < 0) {
		int answer = ask_kernel(path, error);

		return answer < 0 ? answer : error;
	}
	if (is_straight)
		fd = (int)kernel_openat2(AT_FDCWD, path, &how);
	else
		fd = (int)kernel_openat(AT_FDCWD, path, (int)how.flags);
	if (fd == -EACCES) {
		*is_copy = true;
		return open_unreadable(path, status);
	}
	if (fd == -ENXIO || fd == -ENODEV) /* a socket, or such a device */
		return -EACCES;
	if (fd < 0)
		return fd;
	if (fstat(fd, status) < 0 || !S_ISREG(status->st_mode))
		error = -EACCES;
	else
		error = check_writers(fd, path, status);
	if (error == 0)
		return fd;
	close(fd);
	return error;
}
