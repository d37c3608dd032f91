/* SPDX-License-Identifier: MIT */
/* Hard and symbolic links: made, read, removed. */
// rows: link linkat symlink symlinkat readlink readlinkat unlink unlinkat
// also as a fake root
#include "probe.h"

static int scratch;
static int directory;

static ino_t inode(const char *path)
{
	struct stat status;

	return lstat(path, &status) < 0 ? 0 : status.st_ino;
}

static const char *text_of(const char *path)
{
	static char buffer[PATH_MAX];
	long size = raw(SYS_readlink, path, buffer, sizeof(buffer) - 1);

	if (size < 0)
		return NULL;
	buffer[size] = '\0';
	return buffer;
}

static void hard(void)
{
	char name[64];
	int fd;

	WORKS(raw(SYS_link, "file", "hard"));
	EQUAL(inode("file"), inode("hard"));
	STEP(listed(scratch, "hard"));
	WORKS(raw(SYS_link, absolute("file"), absolute("d/hard")));
	STEP(listed(directory, "hard"));
	FAILS(EEXIST, raw(SYS_link, "file", "hard"));
	FAILS(EEXIST, raw(SYS_link, "file", "dangling"));
	FAILS(ENOENT, raw(SYS_link, "missing", "new"));
	FAILS(ENOENT, raw(SYS_link, "file", "new/"));
	FAILS(ENOTDIR, raw(SYS_link, "file/", "new"));
	FAILS(EPERM, raw(SYS_link, "d", "new"));
	/* A link to a link. */
	WORKS(raw(SYS_link, "absolute", "twin"));
	EQUAL(inode("absolute"), inode("twin"));
	WORKS(raw(SYS_linkat, AT_FDCWD, "absolute", directory, "twin", 0));
	EQUAL(inode("absolute"), inode("d/twin"));
	WORKS(raw(SYS_linkat, directory, "../absolute", scratch, "followed",
		AT_SYMLINK_FOLLOW));
	EQUAL(inode("file"), inode("followed"));
	FAILS(ENOENT, raw(SYS_linkat, AT_FDCWD, "dangling", AT_FDCWD, "new",
			      AT_SYMLINK_FOLLOW));
	FAILS(EINVAL, raw(SYS_linkat, AT_FDCWD, "file", AT_FDCWD, "new",
			      AT_SYMLINK_NOFOLLOW));
	FAILS(EBADF, raw(SYS_linkat, -1, "file", AT_FDCWD, "new", 0));
	FAILS(EBADF, raw(SYS_linkat, AT_FDCWD, "file", -1, "new", 0));
	WORKS(fd = open("file", O_RDONLY));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	WORKS(raw(SYS_linkat, AT_FDCWD, name, AT_FDCWD, "byfd",
		AT_SYMLINK_FOLLOW));
	EQUAL(inode("file"), inode("byfd"));
	FAILS(EXDEV, raw(SYS_linkat, AT_FDCWD, name, AT_FDCWD, "new", 0));
	FAILS(ENOENT, raw(SYS_linkat, fd, "", AT_FDCWD, "new", 0));
	close(fd);
	STEP(!listed(scratch, "new"));
}

static void symbolic(void)
{
	char many[4096];
	char buffer[64];
	int fd;

	WORKS(raw(SYS_symlink, "some//text/../x", "s1"));
	SAME("some//text/../x", text_of("s1"));
	WORKS(raw(SYS_symlink, "/absolute/./text/", absolute("s2")));
	SAME("/absolute/./text/", text_of("s2"));
	STEP(listed(scratch, "s2"));
	WORKS(raw(SYS_symlinkat, absolute("file"), directory, "s3"));
	SAME(absolute("file"), text_of("d/s3"));
	STEP(listed(directory, "s3"));
	FAILS(EEXIST, raw(SYS_symlink, "x", "s1"));
	FAILS(EEXIST, raw(SYS_symlink, "x", "dangling"));
	FAILS(EEXIST, raw(SYS_symlink, "x", "/"));
	FAILS(ENOENT, raw(SYS_symlink, "", "new"));
	FAILS(ENOENT, raw(SYS_symlink, "x", "new/"));
	FAILS(EBADF, raw(SYS_symlinkat, "x", -1, "new"));
	/* As long as a path may be. */
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	if (raw(SYS_symlink, many, "long") == 0)
		SAME(many, text_of("long"));
	else
		STEP(errno == ENAMETOOLONG); /* some file systems' blocks */
	FAILS(EINVAL, raw(SYS_readlink, "file", buffer, sizeof(buffer)));
	FAILS(EINVAL, raw(SYS_readlink, "d", buffer, sizeof(buffer)));
	FAILS(EINVAL, raw(SYS_readlink, "/", buffer, sizeof(buffer)));
	FAILS(EINVAL, raw(SYS_readlink, "s1", buffer, 0));
	FAILS(EINVAL, raw(SYS_readlink, "s1", buffer, -1));
	FAILS(EFAULT, raw(SYS_readlink, "s1", BAD_POINTER, 10));
	FAILS(EINVAL, raw(SYS_readlink, "tod/", buffer, sizeof(buffer)));
	memset(buffer, '#', sizeof(buffer));
	EQUAL(4, raw(SYS_readlink, "s1", buffer, 4));
	STEP(memcmp(buffer, "some##", 6) == 0);
	EQUAL(4, raw(SYS_readlinkat, directory, "../s1", buffer, 4));
	FAILS(EBADF, raw(SYS_readlinkat, -1, "s1", buffer, 4));
	FAILS(EINVAL, raw(SYS_readlinkat, directory, "../file", buffer, 4));
	if (older_than(2, 6))
		return;
	WORKS(fd = open("s1", O_PATH | O_NOFOLLOW));
	EQUAL(15, raw(SYS_readlinkat, fd, "", buffer, sizeof(buffer)));
	close(fd);
	STEP(raw(SYS_readlinkat, directory, "", buffer, sizeof(buffer)) < 0);
}

/* What the kernel tells about a process are the guest's paths. */
static void magic(void)
{
	char name[64];
	char text[PATH_MAX];
	int fd;

	SAME("/", text_of("/proc/self/root"));
	WORKS(chdir("d"));
	SAME(absolute("d"), text_of("/proc/self/cwd"));
	snprintf(name, sizeof(name), "/proc/%d/cwd", getpid());
	SAME(absolute("d"), text_of(name));
	snprintf(name, sizeof(name), "/proc/self/task/%d/cwd", getpid());
	SAME(absolute("d"), text_of(name));
	WORKS(fchdir(scratch));
	WORKS(fd = open("file", O_RDONLY));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	SAME(absolute("file"), text_of(name));
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", getpid(), fd);
	SAME(absolute("file"), text_of(name));
	WORKS(rename("file", "d/other"));
	SAME(absolute("d/other"), text_of(name));
	WORKS(rename("d/other", "file"));
	file_make("gone", "gone");
	WORKS(dup2(open("gone", O_RDONLY), fd));
	WORKS(unlink("gone"));
	snprintf(text, sizeof(text), "%s (deleted)", absolute("gone"));
	SAME(text, text_of(name));
	SAME("gone", file_content(name));
	/* Room for less than the text: its beginning. */
	memset(text, '#', sizeof(text));
	EQUAL(3, raw(SYS_readlink, name, text, 3));
	STEP(strncmp(text, absolute("gone"), 3) == 0 && text[3] == '#');
	WORKS(dup2(STDERR_FILENO, fd));
	close(fd);
	FAILS(ENOENT, raw(SYS_readlink, name, text, 3));
}

static void pipes(void)
{
	int ends[2];
	char name[64];

	WORKS(pipe(ends));
	snprintf(name, sizeof(name), "/proc/self/fd/%d", ends[0]);
	STEP(strncmp(text_of(name), "pipe:[", 6) == 0);
	close(ends[0]);
	close(ends[1]);
}

static void removed(void)
{
	WORKS(raw(SYS_unlink, "absolute"));
	STEP(!listed(scratch, "absolute") && listed(scratch, "file"));
	WORKS(raw(SYS_unlink, "dangling"));
	FAILS(ENOENT, raw(SYS_unlink, "dangling"));
	FAILS(EISDIR, raw(SYS_unlink, "d"));
	FAILS(ENOTDIR, raw(SYS_unlink, "file/"));
	FAILS(ENOTDIR, raw(SYS_unlink, "tod/"));
	STEP(raw(SYS_unlink, "/") < 0);
	WORKS(raw(SYS_unlink, absolute("d/hard")));
	STEP(!listed(directory, "hard"));
	WORKS(raw(SYS_unlinkat, directory, "../hard", 0));
	STEP(!listed(scratch, "hard"));
	FAILS(EISDIR, raw(SYS_unlinkat, AT_FDCWD, "d", 0));
	FAILS(ENOTDIR, raw(SYS_unlinkat, AT_FDCWD, "tod", AT_REMOVEDIR));
	FAILS(EINVAL, raw(SYS_unlinkat, AT_FDCWD, "tod", 1));
	FAILS(EBADF, raw(SYS_unlinkat, -1, "tod", 0));
	WORKS(mkdir("d/e", 0755));
	WORKS(raw(SYS_unlinkat, directory, "e/", AT_REMOVEDIR));
	STEP(!listed(directory, "e"));
	WORKS(raw(SYS_unlinkat, -1, absolute("tod"), 0));
	STEP(!listed(scratch, "tod") && listed(scratch, "d"));
}

int main(void)
{
	scratch = scratch_open();
	file_make("file", "file");
	WORKS(mkdir("d", 0755));
	WORKS(symlink(absolute("d"), "tod"));
	WORKS(symlink(absolute("file"), "absolute"));
	WORKS(symlink(absolute("nothing"), "dangling"));
	WORKS(directory = open("d", O_RDONLY | O_DIRECTORY));
	hard();
	symbolic();
	magic();
	pipes();
	removed();
	return 0;
}
