/* SPDX-License-Identifier: MIT */
/* 3,000 directories down, where no path leads any more, and back up. */
// rows: chdir getcwd mkdir open rmdir readlink stat
// also as a fake root
#include "probe.h"

#define DEPTH 3000

int main(void)
{
	static char buffer[65536];
	struct stat top;
	struct stat status;
	long length;
	int fd;

	scratch_open();
	WORKS(stat(".", &top));
	for (int i = 0; i < DEPTH; i++) {
		WORKS(mkdir("directory", 0755));
		WORKS(chdir("directory"));
		/* Just below PATH_MAX ".." has a path, and its child none. */
		WORKS(stat("../directory", &status));
	}
	/* The kernel builds the name in one page. */
	FAILS(ENAMETOOLONG, raw(SYS_getcwd, buffer, sizeof(buffer)));
	FAILS(ENAMETOOLONG, raw(SYS_getcwd, buffer, 4096L));
	FAILS(ENAMETOOLONG, raw(SYS_getcwd, buffer, 1L));
	FAILS(ENAMETOOLONG,
		raw(SYS_readlink, "/proc/self/cwd", buffer, sizeof(buffer)));
	WORKS(fd = open("file", O_RDWR | O_CREAT, 0600));
	close(fd);
	WORKS(fd = open(".", O_RDONLY));
	STEP(listed(fd, "file"));
	WORKS(stat("file", &status));
	WORKS(stat("../directory/file", &status));
	WORKS(stat("../../directory/directory/file", &status));
	WORKS(symlink("../directory/file", "link"));
	WORKS(stat("link", &status));
	WORKS(fstatat(fd, "../directory/link", &status, 0));
	WORKS(rename("link", "../link"));
	WORKS(unlink("../link"));
	WORKS(unlink("file"));
	close(fd);
	for (int i = 0; i < DEPTH; i++) {
		WORKS(chdir(".."));
		WORKS(rmdir("directory"));
	}
	WORKS(stat(".", &status));
	EQUAL(top.st_ino, status.st_ino);
	length = raw(SYS_getcwd, buffer, sizeof(buffer));
	STEP(length > 0);
	strcat(buffer, "/");
	SAME(absolute(""), buffer);
	return 0;
}
