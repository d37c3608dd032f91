/* SPDX-License-Identifier: MIT */
/* Directories: made, entered, listed, removed; where getcwd says we are. */
// rows: chdir getcwd getdents getdents64 mkdir mkdirat mknod mknodat rmdir
#include "probe.h"

static int scratch;
static int directory;

static const char *here(void)
{
	static char buffer[PATH_MAX];

	memset(buffer, 0, sizeof(buffer));
	return raw(SYS_getcwd, buffer, sizeof(buffer)) < 0 ? NULL : buffer;
}

static void moves_around(void)
{
	const char *start = absolute("");
	char top[PATH_MAX];

	snprintf(top, sizeof(top), "%.*s", (int)strlen(start) - 1, start);
	SAME(top, here());
	WORKS(raw(SYS_chdir, "d"));
	SAME(absolute("d"), here());
	WORKS(raw(SYS_chdir, "../d/./e/"));
	SAME(absolute("d/e"), here());
	WORKS(raw(SYS_chdir, absolute("tod")));
	SAME(absolute("d"), here());
	WORKS(raw(SYS_chdir, ".."));
	SAME(top, here());
	WORKS(raw(SYS_chdir, "toe"));
	SAME(absolute("d/e"), here());
	WORKS(raw(SYS_chdir, "/"));
	SAME("/", here());
	WORKS(raw(SYS_chdir, ".."));
	SAME("/", here());
	WORKS(raw(SYS_chdir, "/proc"));
	SAME("/proc", here());
	WORKS(raw(SYS_chdir, ".."));
	SAME("/", here());
	WORKS(raw(SYS_fchdir, directory));
	SAME(absolute("d"), here());
	WORKS(raw(SYS_fchdir, scratch));
	SAME(top, here());
	FAILS(ENOTDIR, raw(SYS_chdir, "file"));
	FAILS(ENOENT, raw(SYS_chdir, "missing"));
	FAILS(ENOENT, raw(SYS_chdir, "dangling"));
	SAME(top, here());
}

static void getcwd_edges(void)
{
	char buffer[PATH_MAX];
	const char *now = here();
	size_t size = strlen(now) + 1;

	EQUAL(size, raw(SYS_getcwd, buffer, sizeof(buffer)));
	EQUAL(size, raw(SYS_getcwd, buffer, size));
	memset(buffer, 'x', sizeof(buffer));
	FAILS(ERANGE, raw(SYS_getcwd, buffer, size - 1));
	FAILS(ERANGE, raw(SYS_getcwd, buffer, 1L));
	FAILS(ERANGE, raw(SYS_getcwd, buffer, 0L));
	EQUAL('x', buffer[0]);
	FAILS(EFAULT, raw(SYS_getcwd, NULL, sizeof(buffer)));
	FAILS(EFAULT, raw(SYS_getcwd, BAD_POINTER, sizeof(buffer)));
	FAILS(ERANGE, raw(SYS_getcwd, NULL, 0L));
	/* Bytes behind the name stay as they were. */
	EQUAL(size, raw(SYS_getcwd, buffer, sizeof(buffer)));
	EQUAL('x', buffer[size]);
}

static void renamed_parents(void)
{
	WORKS(chdir("d/e"));
	WORKS(rename(absolute("d"), absolute("moved")));
	SAME(absolute("moved/e"), here());
	WORKS(close(open("../inner", O_RDONLY)));
	WORKS(mkdir("made", 0755));
	WORKS(rmdir(absolute("moved/e/made")));
	FAILS(ENOENT, chdir(absolute("d/e")));
	WORKS(rename(absolute("moved"), absolute("d")));
	SAME(absolute("d/e"), here());
	WORKS(fchdir(scratch));
}

static void makes_and_removes(void)
{
	struct stat status;

	umask(0);
	WORKS(raw(SYS_mkdir, "new", 0751));
	WORKS(stat("new", &status));
	EQUAL(S_IFDIR | 0751, status.st_mode);
	STEP(listed(scratch, "new"));
	FAILS(EEXIST, raw(SYS_mkdir, "new", 0755));
	FAILS(EEXIST, raw(SYS_mkdir, "new/", 0755));
	FAILS(EEXIST, raw(SYS_mkdir, "new/.", 0755));
	FAILS(EEXIST, raw(SYS_mkdir, "dangling", 0755));
	FAILS(EEXIST, raw(SYS_mkdir, "dangling/", 0755));
	FAILS(EEXIST, raw(SYS_mkdir, "/", 0755));
	WORKS(raw(SYS_mkdir, absolute("new/more/"), 0755));
	WORKS(raw(SYS_mkdirat, directory, "at", 0755));
	STEP(listed(directory, "at"));
	WORKS(raw(SYS_mkdirat, directory, absolute("absolutely"), 0755));
	STEP(listed(scratch, "absolutely"));
	FAILS(EBADF, raw(SYS_mkdirat, -1, "at", 0755));
	FAILS(ENOENT, raw(SYS_mkdirat, directory, "", 0755));
	WORKS(raw(SYS_mkdir, "tod/through", 0755));
	STEP(listed(directory, "through"));

	FAILS(ENOTEMPTY, raw(SYS_rmdir, "new"));
	FAILS(EINVAL, raw(SYS_rmdir, "new/more/."));
	FAILS(ENOTEMPTY, raw(SYS_rmdir, "new/more/.."));
	FAILS(ENOTDIR, raw(SYS_rmdir, "file"));
	FAILS(ENOTDIR, raw(SYS_rmdir, "tod"));
	FAILS(ENOTDIR, raw(SYS_rmdir, "tod/"));
	FAILS(EBUSY, raw(SYS_rmdir, "/"));
	/* A mount: that its directory cannot be written is told first. */
	if (access("/", W_OK) < 0) {
		FAILS(EACCES, raw(SYS_rmdir, "/proc"));
		FAILS(EACCES, raw(SYS_unlink, "/proc"));
	}
	FAILS(EISDIR, raw(SYS_unlink, "/"));
	FAILS(EISDIR, raw(SYS_unlinkat, AT_FDCWD, "/", 0));
	FAILS(EINVAL, raw(SYS_unlinkat, AT_FDCWD, "/", 1));
	FAILS(EINVAL, raw(SYS_unlinkat, AT_FDCWD, "/proc", 1));
	WORKS(raw(SYS_rmdir, "new/more/"));
	WORKS(raw(SYS_rmdir, absolute("new")));
	STEP(!listed(scratch, "new"));
	WORKS(rmdir("d/at"));
	WORKS(rmdir("d/through"));
	WORKS(rmdir("absolutely"));
}

static void makes_nodes(void)
{
	struct stat status;

	WORKS(raw(SYS_mknod, "fifo", S_IFIFO | 0640, 0));
	WORKS(lstat("fifo", &status));
	EQUAL(S_IFIFO | 0640, status.st_mode);
	WORKS(raw(SYS_mknod, absolute("plain"), S_IFREG | 0600, 0));
	STEP(listed(scratch, "plain"));
	WORKS(raw(SYS_mknod, "zero", 0600, 0));
	WORKS(stat("zero", &status));
	STEP(S_ISREG(status.st_mode));
	WORKS(raw(SYS_mknodat, directory, "socket", S_IFSOCK | 0600, 0));
	STEP(listed(directory, "socket"));
	FAILS(EEXIST, raw(SYS_mknodat, directory, "socket", S_IFIFO, 0));
	FAILS(EEXIST, raw(SYS_mknod, "dangling", S_IFIFO, 0));
	FAILS(EPERM, raw(SYS_mknod, "device", S_IFCHR | 0600, 0x103));
	FAILS(EPERM, raw(SYS_mknod, "directory", S_IFDIR | 0700, 0));
	FAILS(EINVAL, raw(SYS_mknod, "link", S_IFLNK | 0700, 0));
	FAILS(EBADF, raw(SYS_mknodat, -1, "x", S_IFIFO, 0));
	FAILS(ENOENT, raw(SYS_mknod, "slash/", S_IFIFO, 0));
	WORKS(raw(SYS_mknodat, -1, absolute("d/fifo"), S_IFIFO, 0));
	STEP(listed(directory, "fifo"));
}

static void lists(void)
{
	/* struct linux_dirent: the type is the last byte of the record. */
	struct old {
		unsigned long ino, off;
		unsigned short reclen;
		char name[];
	} __attribute__((packed));
	char buffer[512];
	int found = 0;
	int names = 0;
	long size;
	int fd;

	WORKS(mkdir("many", 0755));
	for (int i = 0; i < 100; i++) {
		char name[32];

		snprintf(name, sizeof(name), "many/%d", i);
		file_make(name, "");
	}
	WORKS(fd = open("many", O_RDONLY));
	while ((size = raw(SYS_getdents, fd, buffer, sizeof(buffer))) > 0)
		for (long at = 0; at < size; names++) {
			struct old *old = (struct old *)(buffer + at);

			found += strcmp(old->name, "77") == 0;
			at += old->reclen;
		}
	EQUAL(0, size);
	EQUAL(1, found);
	EQUAL(102, names);
	names = 0;
	lseek(fd, 0, SEEK_SET);
	while ((size = raw(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0)
		for (long at = 0; at < size; names++)
			at += ((struct entry *)(buffer + at))->reclen;
	EQUAL(102, names);
	lseek(fd, 0, SEEK_SET);
	FAILS(EINVAL, raw(SYS_getdents64, fd, buffer, 4));
	FAILS(EFAULT, raw(SYS_getdents64, fd, BAD_POINTER, 4096));
	FAILS(EBADF, raw(SYS_getdents64, -1, buffer, sizeof(buffer)));
	close(fd);
	WORKS(fd = open("file", O_RDONLY));
	FAILS(ENOTDIR, raw(SYS_getdents64, fd, buffer, sizeof(buffer)));
	FAILS(ENOTDIR, raw(SYS_getdents, fd, buffer, sizeof(buffer)));
	close(fd);
}

int main(void)
{
	scratch = scratch_open();
	WORKS(mkdir("d", 0755));
	WORKS(mkdir("d/e", 0755));
	file_make("file", "");
	file_make("d/inner", "");
	WORKS(symlink(absolute("d"), "tod"));
	WORKS(symlink("tod/e", "toe"));
	WORKS(symlink(absolute("nothing"), "dangling"));
	WORKS(directory = open("d", O_RDONLY | O_DIRECTORY));
	moves_around();
	getcwd_edges();
	renamed_parents();
	makes_and_removes();
	makes_nodes();
	lists();
	return 0;
}
