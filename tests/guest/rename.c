/* SPDX-License-Identifier: MIT */
/* rename, renameat and renameat2: what moves is the name, never its target. */
// rows: rename renameat renameat2
// also as a fake root
#include "probe.h"

#define NOREPLACE 1
#define EXCHANGE  2

static int scratch;
static int directory;

static void names_move(void)
{
	file_make("a", "a");
	WORKS(raw(SYS_rename, "a", "b"));
	STEP(!listed(scratch, "a") && listed(scratch, "b"));
	WORKS(raw(SYS_rename, absolute("b"), absolute("d/c")));
	STEP(listed(directory, "c"));
	WORKS(raw(SYS_renameat, directory, "c", scratch, "a"));
	STEP(listed(scratch, "a") && !listed(directory, "c"));
	WORKS(raw(SYS_renameat, -1, absolute("a"), directory, "../b"));
	STEP(listed(scratch, "b"));
	WORKS(raw(SYS_rename, "b", "tod/b"));
	STEP(listed(directory, "b"));
	WORKS(raw(SYS_rename, "tod/b", "a"));
	file_make("other", "other");
	WORKS(raw(SYS_rename, "other", "a"));
	SAME("other", file_content("a"));
}

static void links_move(void)
{
	struct stat status;

	WORKS(symlink(absolute("a"), "link"));
	WORKS(raw(SYS_rename, "link", "moved"));
	WORKS(lstat("moved", &status));
	STEP(S_ISLNK(status.st_mode));
	STEP(listed(scratch, "a"));
	/* The new name is replaced, not what it points to. */
	file_make("new", "new");
	WORKS(raw(SYS_rename, "new", "moved"));
	SAME("other", file_content("a"));
	SAME("new", file_content("moved"));
	WORKS(lstat("moved", &status));
	STEP(S_ISREG(status.st_mode));
	WORKS(symlink("dangling", "dangling"));
	WORKS(raw(SYS_rename, "dangling", "still"));
	STEP(listed(scratch, "still"));
	WORKS(unlink("still"));
}

static void refusals(void)
{
	WORKS(mkdir("one", 0755));
	WORKS(mkdir("one/two", 0755));
	FAILS(EINVAL, raw(SYS_rename, "one", "one/two/three"));
	FAILS(ENOTEMPTY, raw(SYS_rename, "d", "one"));
	FAILS(ENOTDIR, raw(SYS_rename, "one", "a"));
	FAILS(EISDIR, raw(SYS_rename, "a", "one"));
	FAILS(ENOTDIR, raw(SYS_rename, "a", "new/"));
	FAILS(ENOTDIR, raw(SYS_rename, "a/", "new"));
	FAILS(EBUSY, raw(SYS_rename, ".", "new"));
	FAILS(EBUSY, raw(SYS_rename, "one", "."));
	FAILS(EBUSY, raw(SYS_rename, "one/..", "new"));
	FAILS(EBUSY, raw(SYS_rename, "/", "new"));
	if (access("/", W_OK) < 0)
		FAILS(EACCES, raw(SYS_rename, "a", "/dev"));
	FAILS(ENOENT, raw(SYS_rename, "missing", "new"));
	FAILS(ENOENT, raw(SYS_rename, "", "new"));
	FAILS(ENOENT, raw(SYS_rename, "a", ""));
	FAILS(ENOENT, raw(SYS_rename, "a", "missing/new"));
	FAILS(EXDEV, raw(SYS_rename, "a", "/proc/new"));
	FAILS(EBADF, raw(SYS_renameat, -1, "a", AT_FDCWD, "new"));
	FAILS(EBADF, raw(SYS_renameat, AT_FDCWD, "a", -1, "new"));
	WORKS(raw(SYS_rename, "one/two", "one/three/"));
	WORKS(raw(SYS_rename, "one", "one"));
	WORKS(raw(SYS_rename, "one/three/", "two"));
	STEP(listed(scratch, "two"));
	STEP(listed(scratch, "one"));
}

static long renames2(const char *from, const char *to, unsigned int flags)
{
	return raw(SYS_renameat2, AT_FDCWD, from, scratch, to, flags);
}

static void flags(void)
{
	if (older_than(3, 15)) {
		FAILS(ENOSYS, renames2("a", "b", 0));
		return;
	}
	file_make("x", "x");
	file_make("y", "y");
	WORKS(symlink(absolute("nothing"), "to"));
	FAILS(EEXIST, renames2("x", "y", NOREPLACE));
	FAILS(EEXIST, renames2("x", "to", NOREPLACE));
	FAILS(EEXIST, renames2("x", "/", NOREPLACE));
	FAILS(EINVAL, renames2("x", "/", 8));
	WORKS(renames2("x", "z", NOREPLACE));
	WORKS(renames2(absolute("z"), absolute("y"), EXCHANGE));
	SAME("x", file_content("y"));
	SAME("y", file_content("z"));
	WORKS(renames2("to", "y", EXCHANGE));
	SAME("x", file_content("to"));
	FAILS(ENOENT, renames2("z", "missing", EXCHANGE));
	FAILS(EINVAL, renames2("z", "y", NOREPLACE | EXCHANGE));
	FAILS(EINVAL, renames2("z", "y", 0x100));
	WORKS(renames2("z", "w", 0));
}

/* A directory that a descriptor and the current directory are in. */
static void below_us(void)
{
	char where[PATH_MAX];
	int fd;

	WORKS(mkdir("p", 0755));
	WORKS(mkdir("p/q", 0755));
	WORKS(chdir("p/q"));
	WORKS(fd = open(".", O_RDONLY));
	WORKS(raw(SYS_rename, absolute("p"), absolute("r")));
	SAME(absolute("r/q"), getcwd(where, sizeof(where)));
	WORKS(raw(SYS_renameat, fd, "..", AT_FDCWD, absolute("x")) < 0 ? 0
								       : -1);
	WORKS(raw(SYS_rename, "../../a", "a"));
	STEP(listed(fd, "a"));
	WORKS(raw(SYS_rename, absolute("r/q"), absolute("q")));
	SAME(absolute("q"), getcwd(where, sizeof(where)));
	WORKS(raw(SYS_renameat, fd, "a", fd, "../b"));
	STEP(listed(scratch, "b"));
	WORKS(fchdir(scratch));
	close(fd);
}

int main(void)
{
	scratch = scratch_open();
	WORKS(mkdir("d", 0755));
	file_make("d/inner", "");
	WORKS(symlink(absolute("d"), "tod"));
	WORKS(directory = open("d", O_RDONLY | O_DIRECTORY));
	names_move();
	links_move();
	refusals();
	flags();
	below_us();
	return 0;
}
