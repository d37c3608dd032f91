/* SPDX-License-Identifier: MIT */
/* A current directory that is gone, and one whose place has changed. */
// rows: getcwd chdir open stat openat mkdir readlink rename
// also as a fake root
#include "probe.h"

static int scratch;

static void gone(void)
{
	char buffer[PATH_MAX];
	struct stat status;
	struct stat again;
	int fd;

	WORKS(mkdir("d", 0755));
	WORKS(mkdir("d/e", 0755));
	WORKS(chdir("d/e"));
	WORKS(stat(".", &status));
	WORKS(rmdir(absolute("d/e")));
	FAILS(ENOENT, raw(SYS_getcwd, buffer, sizeof(buffer)));
	WORKS(raw(SYS_readlink, "/proc/self/cwd", memset(buffer, 0, PATH_MAX),
		sizeof(buffer)));
	SAME(strcat(absolute("d/e"), " (deleted)"), buffer);
	WORKS(stat(".", &again));
	EQUAL(status.st_ino, again.st_ino);
	EQUAL(0, again.st_nlink);
	WORKS(lstat("./.", &again));
	FAILS(ENOENT, open("x", O_RDWR | O_CREAT, 0600));
	FAILS(ENOENT, mkdir("x", 0755));
	FAILS(ENOENT, symlink("x", "y"));
	FAILS(ENOENT, stat("x", &again));
	FAILS(ENOENT, rename(absolute("file"), "x"));
	WORKS(fd = open(".", O_RDONLY | O_DIRECTORY));
	FAILS(ENOENT, raw(SYS_getdents64, fd, buffer, sizeof(buffer)));
	close(fd);
	WORKS(stat(absolute("file"), &again));
	WORKS(stat("/proc/self/cwd/.", &again));
	EQUAL(status.st_ino, again.st_ino);
	/* The way up is still there. */
	WORKS(stat("../../file", &again));
	WORKS(stat("..", &again));
	WORKS(chdir("."));
	WORKS(mkdir(absolute("d/e"), 0755));
	FAILS(ENOENT, raw(SYS_getcwd, buffer, sizeof(buffer)));
	FAILS(ENOENT, open("x", O_RDWR | O_CREAT, 0600));
	WORKS(chdir(".."));
	STEP(getcwd(buffer, sizeof(buffer)) != NULL);
	SAME(absolute("d"), buffer);
	WORKS(fchdir(scratch));
	WORKS(rmdir("d/e"));
	WORKS(rmdir("d"));
}

/* Both the directory and its parent are gone. */
static void parent_gone(void)
{
	char buffer[PATH_MAX];
	struct stat status;

	WORKS(mkdir("d", 0755));
	WORKS(mkdir("d/e", 0755));
	WORKS(chdir("d/e"));
	WORKS(rmdir(absolute("d/e")));
	WORKS(rmdir(absolute("d")));
	WORKS(stat("..", &status));
	EQUAL(0, status.st_nlink);
	FAILS(ENOENT, open("../x", O_RDWR | O_CREAT, 0600));
	WORKS(stat("../../file", &status));
	WORKS(chdir(".."));
	FAILS(ENOENT, raw(SYS_getcwd, buffer, sizeof(buffer)));
	WORKS(chdir(".."));
	STEP(getcwd(buffer, sizeof(buffer)) != NULL);
	SAME(absolute("file"), strcat(buffer, "/file"));
}

/* A descriptor of a directory that is gone. */
static void descriptor_gone(void)
{
	struct stat status;
	int fd;

	WORKS(mkdir("d", 0755));
	WORKS(fd = open("d", O_RDONLY | O_DIRECTORY));
	WORKS(rmdir("d"));
	FAILS(ENOENT, openat(fd, "x", O_RDWR | O_CREAT, 0600));
	FAILS(ENOENT, mkdirat(fd, "x", 0755));
	WORKS(fstatat(fd, ".", &status, 0));
	EQUAL(0, status.st_nlink);
	WORKS(fstatat(fd, "../file", &status, 0));
	/* Another one takes its name. */
	WORKS(mkdir("d", 0755));
	FAILS(ENOENT, openat(fd, "x", O_RDWR | O_CREAT, 0600));
	WORKS(fstatat(fd, ".", &status, 0));
	EQUAL(0, status.st_nlink);
	WORKS(fchdir(fd));
	FAILS(ENOENT, open("./x", O_RDWR | O_CREAT, 0600));
	FAILS(ENOENT, open("../d/./../d/missing", O_RDONLY));
	WORKS(close(open("../d/x", O_RDWR | O_CREAT, 0600)));
	WORKS(fchdir(scratch));
	WORKS(unlink("d/x"));
	WORKS(rmdir("d"));
	close(fd);
}

/* The parent moves, and something else takes its place. */
static void moved(void)
{
	char buffer[PATH_MAX];
	struct stat status;

	WORKS(mkdir("a", 0755));
	WORKS(mkdir("a/b", 0755));
	WORKS(chdir("a/b"));
	file_make("here", "here");
	WORKS(rename(absolute("a"), absolute("z")));
	WORKS(mkdir(absolute("a"), 0755));
	WORKS(mkdir(absolute("a/b"), 0755));
	STEP(getcwd(buffer, sizeof(buffer)) != NULL);
	SAME(absolute("z/b"), buffer);
	SAME("here", file_content("here"));
	SAME("here", file_content("../b/here"));
	FAILS(ENOENT, stat(absolute("a/b/here"), &status));
	WORKS(stat(absolute("z/b/here"), &status));
	FAILS(ENOENT, stat("../../a/b/here", &status));
	/* Exchanged by hand. */
	WORKS(rename(absolute("a"), absolute("t")));
	WORKS(rename(absolute("z"), absolute("a")));
	WORKS(rename(absolute("t"), absolute("z")));
	STEP(getcwd(buffer, sizeof(buffer)) != NULL);
	SAME(absolute("a/b"), buffer);
	WORKS(stat("../../a/b/here", &status));
	WORKS(fchdir(scratch));
	/* A link in place of a directory, and back. */
	WORKS(rename("a", "real"));
	WORKS(symlink("real", "a"));
	WORKS(stat(absolute("a/b/here"), &status));
	WORKS(unlink("a"));
	FAILS(ENOENT, stat(absolute("a/b/here"), &status));
	WORKS(symlink("z", "a"));
	FAILS(ENOENT, stat(absolute("a/b/here"), &status));
	WORKS(stat(absolute("a/b"), &status));
}

/* What the kernel calls a removed directory is not another one's name. */
static void called_deleted(void)
{
	char buffer[PATH_MAX];

	WORKS(mkdir("y", 0755));
	WORKS(chdir("y"));
	WORKS(rmdir(absolute("y")));
	WORKS(mkdir(absolute("y (deleted)"), 0755));
	for (int i = 0; i < 4; i++) {
		FAILS(ENOENT, open("/proc/self/cwd/x", O_RDWR | O_CREAT, 0600));
		FAILS(ENOENT, mkdir("./x", 0755));
		FAILS(ENOENT, raw(SYS_getcwd, buffer, sizeof(buffer)));
	}
	WORKS(chdir(absolute("y (deleted)")));
	WORKS(raw(SYS_getcwd, buffer, sizeof(buffer)));
	SAME(absolute("y (deleted)"), buffer);
	file_make("/proc/self/cwd/x", "x");
	WORKS(fchdir(scratch));
	WORKS(unlink("y (deleted)/x"));
	WORKS(rmdir("y (deleted)"));
}

int main(void)
{
	scratch = scratch_open();
	file_make("file", "");
	gone();
	parent_gone();
	descriptor_gone();
	moved();
	called_deleted();
	return 0;
}
