/* SPDX-License-Identifier: MIT */
/* Hard links, real or emulated: every name is the file itself. */
// tests/links.bats runs it once more where links are refused, with -l.
// rows: link linkat unlink unlinkat rename renameat2 fstat

#include "probe.h"

#include <dirent.h>
#include <linux/openat2.h>
#include <sys/xattr.h>

#define NOREPLACE 1
#define EXCHANGE  2

static int scratch;

static long count_of(const char *name)
{
	struct stat status;

	return lstat(name, &status) == 0 ? (long)status.st_nlink : -errno;
}

static bool same_file(const char *a, const char *b)
{
	struct stat one;
	struct stat other;

	return lstat(a, &one) == 0 && lstat(b, &other) == 0 &&
	       one.st_ino == other.st_ino && one.st_dev == other.st_dev &&
	       one.st_nlink == other.st_nlink && S_ISREG(one.st_mode);
}

/* Type and number that the directory itself tells; -1: not listed. */
static int listed_type(const char *directory, const char *name, ino_t *inode)
{
	DIR *d = opendir(directory);
	struct dirent *entry;
	int type = -1;

	while ((entry = readdir(d)))
		if (strcmp(entry->d_name, name) == 0) {
			type = entry->d_type;
			*inode = entry->d_ino;
		}
	closedir(d);
	return type;
}

static int entries_of(const char *directory)
{
	DIR *d = opendir(directory);
	int count = 0;

	while (readdir(d))
		count++;
	closedir(d);
	return count;
}

static void counts(void)
{
	struct stat status;
	struct statx more;
	int fd;

	file_make("a", "one");
	EQUAL(1, count_of("a"));
	WORKS(link("a", "b"));
	EQUAL(2, count_of("a"));
	EQUAL(2, count_of("b"));
	STEP(same_file("a", "b"));
	WORKS(linkat(scratch, "b", scratch, "c", 0));
	WORKS(link(absolute("c"), absolute("d")));
	EQUAL(4, count_of("a"));
	STEP(same_file("c", "d"));
	fd = open("b", O_RDWR);
	WORKS(fstat(fd, &status));
	EQUAL(4, status.st_nlink);
	WORKS(stat("b", &status));
	EQUAL(4, status.st_nlink);
	WORKS(fstatat(fd, "", &status, AT_EMPTY_PATH));
	EQUAL(4, status.st_nlink);
	if (!older_than(4, 11)) {
		WORKS(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &more));
		EQUAL(4, more.stx_nlink);
		WORKS(statx(AT_FDCWD, "c", AT_SYMLINK_NOFOLLOW,
			STATX_BASIC_STATS, &more));
		EQUAL(4, more.stx_nlink);
		EQUAL(status.st_ino, more.stx_ino);
	}
	WORKS(unlink("d"));
	EQUAL(3, count_of("a"));
	WORKS(fstat(fd, &status));
	EQUAL(3, status.st_nlink);
	close(fd);
}

static void content(void)
{
	int fd = open("c", O_WRONLY | O_TRUNC);

	EQUAL(3, write(fd, "two", 3));
	close(fd);
	SAME("two", file_content("a"));
	fd = open("a", O_WRONLY | O_APPEND | O_NOFOLLOW);
	EQUAL(2, write(fd, "34", 2));
	close(fd);
	SAME("two34", file_content("b"));
	WORKS(truncate("b", 3));
	SAME("two", file_content("c"));
	FAILS(EEXIST, open("a", O_WRONLY | O_CREAT | O_EXCL, 0600));
	FAILS(ENOTDIR, open("a/", O_RDONLY));
	FAILS(ENOTDIR, open("a/x", O_RDONLY));
	FAILS(ENOTDIR, open("a", O_RDONLY | O_DIRECTORY));
	STEP(access("a", R_OK) == 0);
	FAILS(EACCES, access("a", X_OK));
}

static void no_symlink(void)
{
	struct stat status;
	char text[64];
	ino_t inode = 0;

	FAILS(EINVAL, readlink("a", text, sizeof(text)));
	FAILS(EINVAL, readlinkat(scratch, "b", text, sizeof(text)));
	WORKS(lstat("a", &status));
	STEP(S_ISREG(status.st_mode));
	EQUAL(3, status.st_size);
	EQUAL(DT_REG, listed_type(".", "a", &inode));
	EQUAL(status.st_ino, inode);
	EQUAL(DT_REG, listed_type(".", "b", &inode));
	EQUAL(status.st_ino, inode);
	EQUAL(5, entries_of(".")); /* a b c . .. */
}

static void attributes(void)
{
	const struct timespec times[2] = {{1000, 0}, {2000, 0}};
	struct stat status;
	char value[8];

	WORKS(chmod("a", 0640));
	WORKS(stat("b", &status));
	EQUAL(0640, status.st_mode & 07777);
	WORKS(fchmodat(scratch, "b", 0600, 0));
	WORKS(lstat("c", &status));
	EQUAL(0600, status.st_mode & 07777);
	WORKS(utimensat(AT_FDCWD, "a", times, AT_SYMLINK_NOFOLLOW));
	WORKS(stat("c", &status));
	EQUAL(2000, status.st_mtime);
	WORKS(lchown("a", getuid(), getgid()));
	WORKS(fchownat(scratch, "b", getuid(), getgid(), AT_SYMLINK_NOFOLLOW));
	if (lsetxattr("a", "user.x", "1", 1, 0) == 0) {
		EQUAL(1, lgetxattr("c", "user.x", value, sizeof(value)));
		EQUAL(1, getxattr("b", "user.x", value, sizeof(value)));
		WORKS(lremovexattr("b", "user.x"));
		FAILS(ENODATA, getxattr("a", "user.x", value, sizeof(value)));
	}
}

static void errors(void)
{
	WORKS(mkdir("dir", 0755));
	FAILS(EEXIST, link("a", "b"));
	FAILS(EEXIST, link("a", "a"));
	FAILS(EEXIST, link("a", "dir"));
	FAILS(ENOENT, link("missing", "x"));
	FAILS(ENOENT, link("a", "missing/x"));
	FAILS(ENOENT, link("a", ""));
	FAILS(ENOENT, link("", "x"));
	FAILS(ENOTDIR, link("a", "b/x"));
	FAILS(ENOENT, link("a", "x/"));
	FAILS(ENOTDIR, link("a/", "x"));
	FAILS(EPERM, link("dir", "x"));
	FAILS(EFAULT, raw(SYS_linkat, AT_FDCWD, "a", AT_FDCWD, BAD_POINTER, 0));
	FAILS(EFAULT, raw(SYS_linkat, AT_FDCWD, BAD_POINTER, AT_FDCWD, "x", 0));
	FAILS(EINVAL, linkat(AT_FDCWD, "a", AT_FDCWD, "x", 0x10));
	FAILS(EBADF, linkat(99, "a", AT_FDCWD, "x", 0));
	FAILS(EBADF, linkat(AT_FDCWD, "a", 99, "x", 0));
	FAILS(ENOTDIR, unlink("a/"));
	FAILS(ENOTDIR, rmdir("a"));
	FAILS(EINVAL, unlinkat(scratch, "a", 0x10));
	FAILS(ENOTDIR, mkdir("a/x", 0755));
	FAILS(EEXIST, mkdir("a", 0755));
	FAILS(EEXIST, symlink("x", "a"));
	FAILS(EISDIR, unlink("dir"));
	EQUAL(3, count_of("a"));
	FAILS(ENOENT, link("a", "no/b"));
	file_make("lonely", "");
	FAILS(ENOENT, link("lonely", "missing/x"));
	EQUAL(1, count_of("lonely"));
	WORKS(unlink("lonely"));
}

static void renames(void)
{
	/* Two names of one file: nothing happens. */
	WORKS(rename("a", "b"));
	EQUAL(3, count_of("a"));
	EQUAL(3, count_of("b"));
	WORKS(rename("a", "a"));
	WORKS(rename("a", "dir/a"));
	FAILS(ENOENT, lstat("a", &(struct stat){0}));
	EQUAL(3, count_of("dir/a"));
	STEP(same_file("b", "dir/a"));
	WORKS(rename("dir", "moved"));
	STEP(same_file("b", "moved/a"));
	SAME("two", file_content("moved/a"));
	WORKS(rename("moved/a", absolute("a")));
	file_make("other", "other");
	WORKS(rename("other", "b"));
	SAME("other", file_content("b"));
	EQUAL(1, count_of("b"));
	EQUAL(2, count_of("a"));
	WORKS(rename("a", "b"));
	SAME("two", file_content("b"));
	EQUAL(2, count_of("b"));
	FAILS(EISDIR, rename("b", "moved"));
	FAILS(ENOTDIR, rename("moved", "b"));
	FAILS(ENOTDIR, rename("b", "x/"));
	FAILS(ENOENT, rename("missing", "b"));
	EQUAL(2, count_of("b"));
}

static void renames_with_flags(void)
{
	if (older_than(3, 15))
		return;
	WORKS(link("b", "a"));
	file_make("other", "other");
	FAILS(EEXIST,
		raw(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", NOREPLACE));
	FAILS(EEXIST, raw(SYS_renameat2, AT_FDCWD, "other", AT_FDCWD, "b",
			      NOREPLACE));
	WORKS(raw(SYS_renameat2, AT_FDCWD, "other", AT_FDCWD, "b", EXCHANGE));
	SAME("two", file_content("other"));
	SAME("other", file_content("b"));
	EQUAL(3, count_of("other"));
	EQUAL(1, count_of("b"));
	WORKS(raw(SYS_renameat2, AT_FDCWD, "other", AT_FDCWD, "b", EXCHANGE));
	WORKS(raw(SYS_renameat2, AT_FDCWD, "other", AT_FDCWD, "x", NOREPLACE));
	WORKS(unlink("x"));
	WORKS(unlink("a"));
}

static void last_name(void)
{
	struct stat status;
	int fd;

	WORKS(unlink("c"));
	EQUAL(1, count_of("b"));
	SAME("two", file_content("b"));
	fd = open("b", O_RDONLY);
	WORKS(unlink("b"));
	WORKS(fstat(fd, &status));
	EQUAL(0, status.st_nlink);
	SAME("two", content_of(fd));
	FAILS(ENOENT, open("b", O_RDONLY));
	WORKS(rmdir("moved"));
	EQUAL(2, entries_of("."));
}

static void in_directories(void)
{
	long links_of_parent;

	WORKS(mkdir("one", 0755));
	WORKS(mkdir("two", 0755));
	links_of_parent = count_of(".");
	file_make("one/x", "x");
	WORKS(link("one/x", "two/y"));
	WORKS(link("two/y", "one/z"));
	EQUAL(4, entries_of("one"));
	EQUAL(links_of_parent, count_of("."));
	WORKS(unlink("one/x"));
	WORKS(unlink("one/z"));
	EQUAL(2, entries_of("one"));
	WORKS(rmdir("one"));
	SAME("x", file_content("two/y"));
	EQUAL(1, count_of("two/y"));
	WORKS(unlink("two/y"));
	WORKS(rmdir("two"));
}

static void odd_sources(void)
{
	char text[16] = "";
	char name[64];
	int fd;

	WORKS(symlink("target", "s"));
	WORKS(link("s", "t"));
	EQUAL(6, readlink("t", text, sizeof(text)));
	SAME("target", text);
	file_make("target", "here");
	/* Following. */
	WORKS(linkat(AT_FDCWD, "s", AT_FDCWD, "u", AT_SYMLINK_FOLLOW));
	STEP(same_file("u", "target"));
	EQUAL(2, count_of("u"));
	/* By a descriptor's link in /proc. */
	fd = open("u", O_RDONLY);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	WORKS(linkat(AT_FDCWD, name, AT_FDCWD, "v", AT_SYMLINK_FOLLOW));
	STEP(same_file("v", "target"));
	EQUAL(3, count_of("v"));
	/* Allowed to everyone since Linux 6.10. */
	if (linkat(fd, "", AT_FDCWD, "w", AT_EMPTY_PATH) == 0) {
		EQUAL(4, count_of("w"));
		STEP(same_file("w", "target"));
		WORKS(unlink("w"));
	}
	close(fd);
	WORKS(mkfifo("fifo", 0600));
	WORKS(link("fifo", "other"));
	EQUAL(2, count_of("fifo"));
	WORKS(unlink("fifo"));
	WORKS(unlink("other"));
	WORKS(unlink("s"));
	WORKS(unlink("t"));
	WORKS(unlink("u"));
	WORKS(unlink("v"));
	EQUAL(1, count_of("target"));
	WORKS(unlink("target"));
}

/* O_TMPFILE: a file gets its name when it is complete. */
static void without_name(void)
{
	char name[64];
	int fd = older_than(3, 11) ? -1 : open(".", O_TMPFILE | O_RDWR, 0640);
	struct stat status;

	if (fd < 0)
		return;
	EQUAL(5, write(fd, "hello", 5));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	WORKS(linkat(AT_FDCWD, name, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	FAILS(EEXIST,
		linkat(AT_FDCWD, name, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	SAME("hello", file_content("named"));
	WORKS(stat("named", &status));
	EQUAL(0640, status.st_mode & 07777);
	EQUAL(1, status.st_nlink);
	WORKS(unlink("named"));
	EQUAL(2, entries_of("."));
}

/* What a descriptor, a program and a mapping tell is a name, too. */
static void told(void)
{
	char text[PATH_MAX] = "";
	char name[64];
	int fd;

	file_make("a", "one");
	WORKS(link("a", "b"));
	fd = open("b", O_RDONLY);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	WORKS(readlink(name, text, sizeof(text) - 1));
	SAME(absolute("b"), text);
	close(fd);
	if (!older_than(5, 6)) {
		struct open_how how = {.flags = O_RDONLY | O_NOFOLLOW};
		const uint64_t resolve[] = {RESOLVE_NO_SYMLINKS,
			RESOLVE_BENEATH, RESOLVE_IN_ROOT, RESOLVE_NO_XDEV};

		for (int i = 0; i < 4; i++) {
			how.resolve = resolve[i];
			fd = (int)raw(
				CALL_openat2, scratch, "b", &how, sizeof(how));
			SAME("one", content_of(fd));
		}
	}
	WORKS(unlink("a"));
	WORKS(unlink("b"));
}

static void run_program(void)
{
	execl("./p", "p", "told", (char *)NULL);
}

/* As a program: what it runs is known by its name. */
static void programs(void)
{
	program_copy("q");
	WORKS(link("q", "p"));
	EQUAL(0, in_child(run_program));
	WORKS(unlink("q"));
	EQUAL(0, in_child(run_program));
	WORKS(unlink("p"));
}

static int tell_program(void)
{
	char text[PATH_MAX] = "";

	if (readlink("/proc/self/exe", text, sizeof(text) - 1) < 0)
		return 1;
	return strcmp(strrchr(text, '/'), "/p") != 0;
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return tell_program();

	umask(022);
	scratch = scratch_open();
	counts();
	content();
	no_symlink();
	attributes();
	errors();
	renames();
	renames_with_flags();
	last_name();
	in_directories();
	odd_sources();
	without_name();
	told();
	programs();
	return 0;
}
