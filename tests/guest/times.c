/* SPDX-License-Identifier: MIT */
/* Times of files, of links and of descriptors. */
// rows: utime utimes futimesat utimensat
// also as a fake root
#include "probe.h"

#include <utime.h>

static int directory;

static long time_of(const char *path)
{
	struct stat status;

	return lstat(path, &status) < 0 ? -1 : (long)status.st_mtime;
}

static void classic(void)
{
	const struct utimbuf old = {1000, 2000};
	const struct timeval pair[2] = {{3000, 0}, {4000, 0}};

	WORKS(raw(SYS_utime, "file", &old));
	EQUAL(2000, time_of("file"));
	WORKS(raw(SYS_utimes, absolute("absolute"), pair));
	EQUAL(4000, time_of("file"));
	STEP(time_of("absolute") != 4000);
	WORKS(raw(SYS_utime, absolute("absolute"), NULL));
	STEP(time_of("file") > 100000);
	FAILS(ENOENT, raw(SYS_utime, "dangling", &old));
	FAILS(ENOENT, raw(SYS_utimes, "dangling", pair));
	FAILS(EFAULT, raw(SYS_utimes, "file", BAD_POINTER));
	WORKS(raw(SYS_futimesat, directory, "inner", pair));
	EQUAL(4000, time_of("d/inner"));
	WORKS(raw(SYS_futimesat, directory, "../absolute", pair));
	EQUAL(4000, time_of("file"));
	WORKS(raw(SYS_futimesat, directory, NULL, pair));
	EQUAL(4000, time_of("d"));
	FAILS(EBADF, raw(SYS_futimesat, -1, "file", pair));
}

static void nanoseconds(void)
{
	const struct timespec pair[2] = {{5000, 0}, {6000, 0}};
	const struct timespec omit[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
	int flag = AT_SYMLINK_NOFOLLOW;
	int fd;

	WORKS(raw(SYS_utimensat, directory, "inner", pair, 0));
	EQUAL(6000, time_of("d/inner"));
	WORKS(raw(SYS_utimensat, directory, absolute("absolute"), pair, 0));
	EQUAL(6000, time_of("file"));
	WORKS(raw(SYS_utimensat, AT_FDCWD, "dangling", pair, flag));
	EQUAL(6000, time_of("dangling"));
	FAILS(ENOENT, raw(SYS_utimensat, AT_FDCWD, "dangling", pair, 0));
	WORKS(raw(SYS_utimensat, directory, NULL, pair, 0));
	EQUAL(6000, time_of("d"));
	FAILS(EFAULT, raw(SYS_utimensat, AT_FDCWD, NULL, pair, 0));
	FAILS(EBADF, raw(SYS_utimensat, -1, NULL, pair, 0));
	FAILS(EINVAL, raw(SYS_utimensat, directory, NULL, pair, flag));
	FAILS(EINVAL, raw(SYS_utimensat, directory, "inner", pair, 1));
	/* Nothing to do: the path is not even looked at. */
	WORKS(raw(SYS_utimensat, AT_FDCWD, "missing/x", omit, 0));
	FAILS(ENOENT, raw(SYS_utimensat, directory, "", pair, 0));
	if (older_than(5, 8))
		return;
	WORKS(raw(SYS_utimensat, directory, "", NULL, AT_EMPTY_PATH));
	STEP(time_of("d") > 100000);
	WORKS(fd = open("absolute", O_PATH | O_NOFOLLOW));
	WORKS(raw(SYS_utimensat, fd, "", pair, AT_EMPTY_PATH));
	EQUAL(6000, time_of("absolute"));
	close(fd);
}

int main(void)
{
	scratch_open();
	file_make("file", "");
	WORKS(mkdir("d", 0755));
	file_make("d/inner", "");
	WORKS(symlink(absolute("file"), "absolute"));
	WORKS(symlink(absolute("nothing"), "dangling"));
	WORKS(symlink("loop", "loop"));
	WORKS(directory = open("d", O_RDONLY | O_DIRECTORY));
	classic();
	nanoseconds();
	return 0;
}
