/* SPDX-License-Identifier: MIT */
/* open, openat and creat: what they open, create, follow and refuse. */
// rows: open openat creat
#include "probe.h"

static int scratch;

static int opens(const char *path, int flags)
{
	return (int)raw(SYS_open, path, flags, 0644);
}

static void opens_what_is_there(void)
{
	file_make("file", "content");
	SAME("content", content_of(opens("file", O_RDONLY)));
	SAME("content", content_of(opens(absolute("file"), O_RDONLY)));
	SAME("content", content_of(opens("./././file", O_RDONLY)));
	SAME("content", content_of(opens(".//file", O_RDONLY)));
	FAILS(ENOENT, opens("missing", O_RDONLY));
	FAILS(ENOENT, opens("", O_RDONLY));
	FAILS(ENOENT, opens("missing/file", O_RDONLY));
	FAILS(ENOTDIR, opens("file/", O_RDONLY));
	FAILS(ENOTDIR, opens("file/.", O_RDONLY));
	FAILS(ENOTDIR, opens("file/..", O_RDONLY));
	FAILS(ENOTDIR, opens("file/under", O_RDONLY));
	FAILS(ENOTDIR, opens("file", O_RDONLY | O_DIRECTORY));
	FAILS(EISDIR, opens(".", O_WRONLY));
	FAILS(EISDIR, opens("/", O_RDWR));
	FAILS(EFAULT, opens(NULL, O_RDONLY));
	FAILS(EFAULT, opens(BAD_POINTER, O_RDONLY));
	FAILS(EFAULT, opens((char *)-1, O_RDONLY));
	WORKS(chmod("file", 0));
	FAILS(EACCES, opens("file", O_RDONLY));
	WORKS(unlink("file"));
}

static void root_is_the_top(void)
{
	struct stat root;
	struct stat above;

	WORKS(stat("/", &root));
	WORKS(fstat(opens("/..", O_RDONLY), &above));
	EQUAL(root.st_ino, above.st_ino);
	WORKS(fstat(opens("/../../../..", O_RDONLY), &above));
	EQUAL(root.st_ino, above.st_ino);
	WORKS(fstat(opens("/../.", O_RDONLY), &above));
	EQUAL(root.st_ino, above.st_ino);
	WORKS(symlink("/..", "up"));
	WORKS(fstat(opens("up", O_RDONLY), &above));
	EQUAL(root.st_ino, above.st_ino);
	WORKS(unlink("up"));
}

static void creates(void)
{
	int fd;

	WORKS(fd = opens("new", O_RDWR | O_CREAT | O_EXCL));
	STEP(write(fd, "x", 1) == 1);
	close(fd);
	STEP(listed(scratch, "new"));
	FAILS(EEXIST, opens("new", O_RDWR | O_CREAT | O_EXCL));
	FAILS(EEXIST, opens(".", O_RDWR | O_CREAT | O_EXCL));
	FAILS(EISDIR, opens("newer/", O_RDWR | O_CREAT));
	FAILS(EISDIR, opens(".", O_RDWR | O_CREAT));
	FAILS(ENOENT, opens("missing/new", O_RDWR | O_CREAT));
	FAILS(ENOTDIR, opens("new/new", O_RDWR | O_CREAT));
	STEP(!listed(scratch, "newer"));
	WORKS(fd = opens(absolute("newer"), O_RDWR | O_CREAT));
	close(fd);
	STEP(listed(scratch, "newer"));
	WORKS(unlink("new"));
	WORKS(unlink("newer"));
}

static void follows_links(void)
{
	file_make("target", "target");
	WORKS(symlink("target", "relative"));
	WORKS(symlink(absolute("target"), "absolute"));
	WORKS(symlink("absolute", "chain"));
	SAME("target", file_content("relative"));
	SAME("target", file_content("absolute"));
	SAME("target", file_content("chain"));
	FAILS(ELOOP, opens("relative", O_RDONLY | O_NOFOLLOW));
	FAILS(ELOOP, opens("absolute", O_RDONLY | O_NOFOLLOW));
	FAILS(ENOTDIR, opens("absolute", O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
	FAILS(ENOTDIR, opens("absolute/", O_RDONLY | O_NOFOLLOW));
	FAILS(EEXIST, opens("relative", O_RDWR | O_CREAT | O_EXCL));
	WORKS(symlink(absolute(""), "directory"));
	SAME("target", file_content("directory/target"));
	WORKS(close(opens("directory/", O_RDONLY | O_NOFOLLOW)));
	FAILS(ELOOP, opens("directory", O_RDONLY | O_NOFOLLOW));
	WORKS(symlink("loop", "loop"));
	FAILS(ELOOP, opens("loop", O_RDONLY));
	FAILS(ELOOP, opens("loop", O_RDWR | O_CREAT));
	FAILS(ELOOP, opens("loop/file", O_RDONLY));
	FAILS(EEXIST, opens("loop", O_RDWR | O_CREAT | O_EXCL));
}

static void creates_behind_dangling_links(void)
{
	WORKS(symlink(absolute("made"), "dangling"));
	FAILS(ENOENT, opens("dangling", O_RDONLY));
	FAILS(EEXIST, opens("dangling", O_RDWR | O_CREAT | O_EXCL));
	STEP(!listed(scratch, "made"));
	FAILS(ELOOP, opens("dangling", O_RDWR | O_CREAT | O_NOFOLLOW));
	STEP(!listed(scratch, "made"));
	WORKS(close(opens("dangling", O_RDWR | O_CREAT)));
	STEP(listed(scratch, "made"));
	WORKS(unlink("made"));
	WORKS(symlink("dangling", "twice"));
	WORKS(close(opens("twice", O_RDWR | O_CREAT)));
	STEP(listed(scratch, "made"));
	WORKS(unlink("made"));
	WORKS(symlink("nowhere/made", "far"));
	FAILS(ENOENT, opens("far", O_RDWR | O_CREAT));
	WORKS(symlink("made/", "slash"));
	FAILS(EISDIR, opens("slash", O_RDWR | O_CREAT));
	STEP(!listed(scratch, "made"));
}

static void path_descriptors(void)
{
	struct stat status;
	char text[PATH_MAX] = "";
	int fd;

	/* Linux 2.6.39; older ones ignore the flag. */
	WORKS(fd = opens("absolute", O_PATH | O_NOFOLLOW));
	WORKS(fstat(fd, &status));
	STEP(S_ISLNK(status.st_mode));
	FAILS(EBADF, read(fd, text, 1));
	WORKS(readlinkat(fd, "", text, sizeof(text)));
	SAME(absolute("target"), text);
	close(fd);
	WORKS(fd = opens("target", O_PATH));
	FAILS(EBADF, write(fd, "x", 1));
	FAILS(ENOTDIR, openat(fd, "x", O_RDONLY));
	close(fd);
	FAILS(ENOENT, opens("missing", O_PATH));
	/* All other flags are ignored then, since Linux 2.6.39. */
	FAILS(ENOTDIR, opens("absolute/", O_PATH | O_CREAT));
	WORKS(symlink(absolute("."), "here"));
	WORKS(fd = opens("here/", O_PATH | O_CREAT | O_EXCL));
	WORKS(fstat(fd, &status));
	STEP(S_ISDIR(status.st_mode));
	close(fd);
	WORKS(unlink("here"));
}

static void directories(void)
{
	struct stat status;
	int fd;

	WORKS(mkdir("sub", 0755));
	WORKS(fd = opens("sub", O_RDONLY | O_DIRECTORY));
	WORKS(close((int)raw(SYS_openat, fd, "file", O_CREAT | O_RDWR, 0600)));
	STEP(listed(fd, "file"));
	WORKS(close((int)raw(SYS_openat, fd, "../sub/file", O_RDONLY)));
	WORKS(close((int)raw(SYS_openat, fd, ".", O_RDONLY)));
	SAME("target", content_of((int)raw(SYS_openat, fd, "../target", 0)));
	SAME("target", content_of((int)raw(
			       SYS_openat, fd, absolute("target"), O_RDONLY)));
	SAME("target", content_of((int)raw(
			       SYS_openat, -1, absolute("target"), O_RDONLY)));
	SAME("target",
		content_of((int)raw(SYS_openat, AT_FDCWD, "target", O_RDONLY)));
	FAILS(EBADF, raw(SYS_openat, -1, "target", O_RDONLY));
	FAILS(EBADF, raw(SYS_openat, 1000, "target", O_RDONLY));
	FAILS(ENOENT, raw(SYS_openat, fd, "", O_RDONLY));
	FAILS(EFAULT, raw(SYS_openat, fd, BAD_POINTER, O_RDONLY));
	FAILS(EFAULT, raw(SYS_openat, fd, NULL, O_RDONLY));
	/* The upper half of a register does not count. */
	SAME("target", content_of((int)raw(SYS_openat,
			       0x5500000000L | (uint32_t)AT_FDCWD, "target",
			       O_RDONLY)));
	/* A directory descriptor follows its directory. */
	WORKS(rename("sub", "moved"));
	WORKS(close((int)raw(SYS_openat, fd, "file", O_RDONLY)));
	SAME("target", content_of((int)raw(SYS_openat, fd, "../target", 0)));
	WORKS(unlink("moved/file"));
	WORKS(rmdir("moved"));
	FAILS(ENOENT, raw(SYS_openat, fd, "file", O_RDWR | O_CREAT, 0600));
	WORKS(fstat(fd, &status));
	close(fd);
	WORKS(fd = opens("target", O_RDONLY));
	FAILS(ENOTDIR, raw(SYS_openat, fd, "x", O_RDONLY));
	close(fd);
}

static void unnamed_files(void)
{
	char name[64];
	int fd = (int)raw(SYS_openat, AT_FDCWD, ".", O_RDWR | O_TMPFILE, 0600);

	if (fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR))
		return; /* the file system's or the kernel's limit */
	WORKS(fd);
	STEP(write(fd, "tmp", 3) == 3);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	WORKS(linkat(AT_FDCWD, name, AT_FDCWD, "linked", AT_SYMLINK_FOLLOW));
	SAME("tmp", file_content("linked"));
	STEP(listed(scratch, "linked"));
	SAME("tmp", file_content(name));
	close(fd);
}

static void creat_calls(void)
{
	int fd;

	WORKS(fd = (int)raw(SYS_creat, "created", 0604));
	STEP(write(fd, "0123456789", 10) == 10);
	FAILS(EBADF, read(fd, &fd, sizeof(fd)));
	close(fd);
	STEP(listed(scratch, "created"));
	WORKS(close((int)raw(SYS_creat, absolute("created"), 0604)));
	SAME("", file_content("created"));
	FAILS(EISDIR, raw(SYS_creat, ".", 0600));
	FAILS(ENOENT, raw(SYS_creat, "missing/x", 0600));
	FAILS(EFAULT, raw(SYS_creat, NULL, 0600));
	WORKS(symlink(absolute("behind"), "tocreate"));
	WORKS(close((int)raw(SYS_creat, "tocreate", 0600)));
	STEP(listed(scratch, "behind"));
}

static void masks(void)
{
	struct stat status;

	umask(027);
	WORKS(close(open("masked", O_RDWR | O_CREAT, 0666)));
	WORKS(stat("masked", &status));
	EQUAL(0640, status.st_mode & 07777);
}

int main(void)
{
	scratch = scratch_open();
	opens_what_is_there();
	root_is_the_top();
	creates();
	follows_links();
	creates_behind_dangling_links();
	path_descriptors();
	directories();
	unnamed_files();
	creat_calls();
	masks();
	return 0;
}
