/* SPDX-License-Identifier: MIT */
/*
 * Files by paths of descriptors, as C libraries name them where a call takes no
 * descriptor, or none by O_PATH.
 */
// rows: stat chmod fchmodat access utimensat setxattr getxattr chown
// also as a fake root
// flags: -pthread
#include "hot.h"

#include <pthread.h>

#include <sys/xattr.h>

#define NAME "user.probe"

static struct stat look_at(const char *path)
{
	struct stat status;

	WORKS(stat(path, &status));
	return status;
}

static const char *path_of(int fd)
{
	static char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

/* The descriptor may be by O_PATH; the name is for comparison. */
static void change(int fd, const char *name, int turn)
{
	const struct timespec times[2] = {{1000 + turn, 0}, {2000 + turn, 0}};
	mode_t mode = 0700 | (turn & 077);
	const char *path = path_of(fd);
	struct stat before = look_at(name);
	struct stat status;

	WORKS(stat(path, &status));
	EQUAL(before.st_ino, status.st_ino);
	EQUAL(before.st_uid, status.st_uid);
	WORKS(fstat(fd, &status));
	EQUAL(before.st_uid, status.st_uid);
	EQUAL(before.st_mode, status.st_mode);
	WORKS(access(path, R_OK | W_OK));
	WORKS(chmod(path, mode));
	EQUAL(mode, look_at(name).st_mode & 07777);
	WORKS(fchmodat(AT_FDCWD, path, 0750, 0));
	EQUAL(0750, look_at(name).st_mode & 07777);
	WORKS(fstatat(fd, "", &status, AT_EMPTY_PATH));
	EQUAL(0750, status.st_mode & 07777);
	WORKS(utimensat(AT_FDCWD, path, times, 0));
	EQUAL(2000 + turn, look_at(name).st_mtime);
	WORKS(chown(path, -1u, -1u));
}

static void give(int fd, const char *name)
{
	if (chown(path_of(fd), 7, 8) < 0)
		return;
	EQUAL(7, look_at(name).st_uid);
	WORKS(chmod(path_of(fd), 0640));
	EQUAL(0640, look_at(name).st_mode & 07777);
	EQUAL(8, look_at(name).st_gid);
	WORKS(chown(path_of(fd), getuid(), getgid()));
}

static void attributes(int fd, const char *name)
{
	char value[8];

	if (setxattr(name, NAME, "a", 1, 0) < 0)
		return;
	WORKS(setxattr(path_of(fd), NAME, "bc", 2, 0));
	EQUAL(2, getxattr(path_of(fd), NAME, value, sizeof(value)));
	EQUAL(2, getxattr(name, NAME, value, sizeof(value)));
}

/* By itself it may not be used so. */
static void path_only(int fd)
{
	FAILS(EBADF, raw(SYS_fchmod, fd, 0600));
	FAILS(EBADF, raw(SYS_fchown, fd, -1, -1));
	FAILS(EBADF, raw(SYS_fgetxattr, fd, NAME, NULL, 0L));
	FAILS(EBADF, raw(SYS_fsetxattr, fd, NAME, "x", 1L, 0));
}

/* What is none, or not quite. */
static void no_descriptors(int fd)
{
	struct stat status;
	char path[80];

	snprintf(path, sizeof(path), "/proc/self/fd/0%d", fd);
	FAILS(ENOENT, chmod(path, 0600));
	FAILS(ENOENT, access(path, F_OK));
	FAILS(ENOENT, chmod("/proc/self/fd/123456", 0600));
	FAILS(ENOENT, chown("/proc/self/fd/123456", -1u, -1u));
	FAILS(ENOENT, stat("/proc/self/fd/123456", &status));
	FAILS(EINVAL, fstatat(AT_FDCWD, path_of(fd), &status, 1 << 30));
	FAILS(ENOENT, chmod("/proc/self/fd/12345678901234567890", 0600));
	FAILS(ENOENT, chmod("/proc/self/fd/none", 0600));
	snprintf(path, sizeof(path), "/proc/self/fd/%dx", fd);
	FAILS(ENOENT, chmod(path, 0600));
}

/* A symlink itself is asked about, and stays one. */
static void of_links(void)
{
	struct stat status;
	int fd = open("link", O_PATH | O_NOFOLLOW | O_CLOEXEC);

	WORKS(fd);
	WORKS(fstat(fd, &status));
	STEP(S_ISLNK(status.st_mode));
	WORKS(stat(path_of(fd), &status));
	STEP(S_ISLNK(status.st_mode));
	chmod(path_of(fd), 0600); /* EOPNOTSUPP since Linux 6.6 */
	EQUAL(0750, look_at("file").st_mode & 07777);
	WORKS(lstat(path_of(fd), &status)); /* that of /proc */
	STEP(S_ISLNK(status.st_mode));
	WORKS(close(fd));
}

#define OWN 77

/* /proc/self is the process's first thread: its descriptors are meant. */
static void *with_own_table(void *unused)
{
	int fd;

	(void)unused;
	if (unshare(CLONE_FILES) < 0)
		return NULL;
	WORKS(fd = open("one", O_RDONLY | O_CLOEXEC));
	EQUAL(OWN, dup2(fd, OWN));
	for (int i = 0; i < effort(HOT); i++)
		WORKS(chmod(path_of(OWN), 0604));
	return NULL;
}

static void of_two_tables(void)
{
	pthread_t thread;
	int fd;

	file_make("one", "x");
	file_make("two", "x");
	WORKS(chmod("one", 0600));
	WORKS(chmod("two", 0600));
	WORKS(fd = open("two", O_RDONLY | O_CLOEXEC));
	EQUAL(OWN, dup2(fd, OWN));
	EQUAL(0, pthread_create(&thread, NULL, with_own_table, NULL));
	EQUAL(0, pthread_join(thread, NULL));
	WORKS(close(OWN));
	WORKS(close(fd));
	EQUAL(0600, look_at("one").st_mode & 07777);
}

int main(void)
{
	int fds[4];

	if (access("/proc/self/fd", X_OK) < 0)
		probe_skip("there is no /proc");
	if (older_than(3, 6))
		probe_skip("fstat(2) takes no descriptor by O_PATH");
	umask(022);
	file_make("file", "x");
	WORKS(mkdir("directory", 0755));
	WORKS(symlink("file", "link"));
	WORKS(fds[0] = open("file", O_RDWR | O_CLOEXEC));
	WORKS(fds[1] = open("file", O_PATH | O_CLOEXEC));
	WORKS(fds[2] = open("directory", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	WORKS(fds[3] = open("directory", O_PATH | O_CLOEXEC));
	for (int turn = 0; turn < effort(80); turn++)
		for (int i = 0; i < 4; i++) {
			const char *name = i < 2 ? "file" : "directory";

			give(fds[i], name);
			change(fds[i], name, turn);
			attributes(fds[i], name);
			no_descriptors(fds[i]);
			if (i % 2)
				path_only(fds[i]);
			if (i == 1)
				of_links();
		}
	of_two_tables();
	return 0;
}
