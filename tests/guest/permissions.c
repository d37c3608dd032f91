/* SPDX-License-Identifier: MIT */
/* What users other than root may do with files: modes, owners, sticky bits. */
// rows: setgid setuid open access chmod chown mknod mkdir rmdir unlink rename
// rows: renameat2 link symlink truncate chroot inotify_add_watch utimensat
// rows: getxattr setxattr removexattr fchown
// options: -0
// guest only
#include "attributes.h"
#include "probe.h"

#include <sys/inotify.h>

static bool has_attributes; /* does this file system? */

/* may_delete(), and what do_renameat2() looks at before, fs/namei.c. */
static void names_of_others(void)
{
	FAILS(EPERM, raw(SYS_unlink, "sticky/roots"));
	FAILS(EPERM, raw(SYS_rename, "sticky/roots", "new"));
	FAILS(EPERM, raw(SYS_rename, "its", "sticky/roots"));
	WORKS(raw(SYS_rename, "its", "sticky/its"));
	WORKS(raw(SYS_rename, "sticky/its", "its"));
	FAILS(EACCES, raw(SYS_rename, "its", "roots/new"));
	FAILS(EACCES, raw(SYS_rename, "its", "roots/file"));
	FAILS(EACCES, raw(SYS_rename, "roots/file", "new"));
	FAILS(ENOENT, raw(SYS_rename, "missing", "roots/new"));
	FAILS(ENOTDIR, raw(SYS_rename, "its", "roots/new/"));
	FAILS(EBUSY, raw(SYS_rename, "its", "roots/."));
	FAILS(EBUSY, raw(SYS_rename, "roots/..", "new"));
	FAILS(EACCES, raw(SYS_unlink, "roots/file"));
	FAILS(ENOTDIR, raw(SYS_unlink, "roots/file/"));
	FAILS(EINVAL, raw(SYS_rmdir, "roots/."));
}

/* What both names are is told before what may be done to the first one. */
static void moves_of_others(void)
{
	FAILS(ENOENT, raw(SYS_rename, "sticky/roots", "missing/new"));
	FAILS(ENOTDIR, raw(SYS_rename, "roots/file", "new/"));
	FAILS(EFAULT, raw(SYS_rename, "sticky/roots", 1L));
	WORKS(raw(SYS_rename, "roots/file", "./roots/file"));
	if (!older_than(3, 15)) {
		FAILS(EEXIST, raw(SYS_renameat2, AT_FDCWD, "roots/file",
				      AT_FDCWD, "its", 1));
		FAILS(ENOENT, raw(SYS_renameat2, AT_FDCWD, "roots/file",
				      AT_FDCWD, "new", 2));
		FAILS(EINVAL, raw(SYS_renameat2, AT_FDCWD, "roots/file",
				      AT_FDCWD, "new", 3));
	}
	/* Its ".." is the directory's, vfs_rename(). */
	WORKS(raw(SYS_rename, "directory", "renamed"));
	FAILS(EACCES, raw(SYS_rename, "renamed", "sticky/new"));
	FAILS(ENOTDIR, raw(SYS_rename, "renamed", "sticky/roots/new"));
	FAILS(ENOENT, raw(SYS_symlink, "text", "roots/new/"));
}

static bool links_are_protected(void)
{
	char value = '0';
	int fd = open("/proc/sys/fs/protected_hardlinks", O_RDONLY);

	return fd >= 0 && read(fd, &value, 1) == 1 && value == '1';
}

/* may_linkat(), fs/namei.c; the name that is made goes before it. */
static void links_of_others(void)
{
	if (links_are_protected()) {
		FAILS(EPERM, raw(SYS_link, "public", "new"));
		FAILS(EPERM, raw(SYS_link, "public", "roots/new"));
	}
	FAILS(EACCES, raw(SYS_link, "open", "roots/new"));
	FAILS(EEXIST, raw(SYS_link, "public", "roots/file"));
	FAILS(ENOENT, raw(SYS_link, "open", "roots/new/"));
	FAILS(ENOENT, raw(SYS_link, "missing", "roots/new"));
	WORKS(raw(SYS_link, "open", "new"));
	WORKS(raw(SYS_link, "its", "sticky/its"));
	WORKS(raw(SYS_unlink, "sticky/its"));
	FAILS(EPERM, raw(SYS_link, "roots", "new-directory"));
}

/* Nothing gets a name in a directory that is gone, whoever asks. */
static void names_in_removed_ones(void)
{
	int there = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	WORKS(mkdir("removed", 0700));
	WORKS(chdir("removed"));
	WORKS(rmdir("../removed"));
	FAILS(ENOENT,
		raw(SYS_renameat, (long)there, "roots/file", AT_FDCWD, "new"));
	FAILS(ENOENT,
		raw(SYS_linkat, (long)there, "public", AT_FDCWD, "new", 0L));
	FAILS(ENOENT,
		raw(SYS_linkat, (long)there, "open", AT_FDCWD, "new", 0L));
	WORKS(fchdir(there));
	WORKS(close(there));
}

/* What else asks for a right, and what goes before it. */
static void uses_of_others(void)
{
	int watch = inotify_init();

	FAILS(EACCES, inotify_add_watch(watch, "private", IN_MODIFY));
	FAILS(EACCES, inotify_add_watch(watch, "private-directory", IN_MODIFY));
	WORKS(inotify_add_watch(watch, "public", IN_MODIFY));
	WORKS(close(watch));
	FAILS(EINVAL, raw(SYS_truncate, "public", -1L));
	FAILS(EACCES, raw(SYS_truncate, "public", 0L));
	FAILS(EACCES, raw(SYS_chroot, "private-directory"));
	FAILS(EPERM, raw(SYS_chroot, "roots"));
	/* It takes set-ID bits, as the owner may. */
	FAILS(EPERM, raw(SYS_chown, "set-id", -1L, -1L));
	WORKS(raw(SYS_chown, "public", -1L, -1L));
}

/* Between file systems nothing is moved, whoever asks. */
static void other_file_systems(void)
{
	struct stat here;
	struct stat there;

	WORKS(raw(SYS_stat, ".", &here));
	if (raw(SYS_stat, "/dev/shm", &there) < 0 ||
		here.st_dev == there.st_dev)
		return;
	FAILS(EXDEV, raw(SYS_rename, "roots/file", "/dev/shm/new"));
	FAILS(EXDEV, raw(SYS_rename, "sticky/roots", "/dev/shm/new"));
	FAILS(EXDEV, raw(SYS_link, "public", "/dev/shm/new"));
}

/* Neither of them is its own; the second one may be written by all. */
static void attributes_of_others(void)
{
	struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
	struct timespec times[2] = {{1, 0}, {2, 0}};
	struct timespec none[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
	char value[8];

	FAILS(EPERM, utimensat(AT_FDCWD, "public", times, 0));
	FAILS(EACCES, utimensat(AT_FDCWD, "public", now, 0));
	FAILS(EACCES, utimensat(AT_FDCWD, "public", NULL, 0));
	WORKS(utimensat(AT_FDCWD, "public", none, 0));
	FAILS(EPERM, utimensat(AT_FDCWD, "open", times, 0));
	WORKS(utimensat(AT_FDCWD, "open", now, 0));
	WORKS(utimensat(AT_FDCWD, "its", times, 0));
	FAILS(EACCES, raw(SYS_setxattr, "public", "user.x", "v", 1L, 0L));
	FAILS(EACCES, raw(SYS_removexattr, "public", "user.x"));
	FAILS(EACCES, raw(SYS_getxattr, "private", "user.x", value, 8L));
	FAILS(has_attributes ? ENODATA : ENOTSUP,
		raw(SYS_getxattr, "public", "user.x", value, 8L));
	/* What is wrong with the path goes before what is hidden. */
	FAILS(ENOENT, raw(SYS_getxattr, "missing", "trusted.x", value, 8L));
	FAILS(ENOTDIR, raw(SYS_getxattr, "open/x", "trusted.x", value, 8L));
	FAILS(EACCES, raw(SYS_getxattr, "private-directory/x", "trusted.x",
			      value, 8L));
}

/* Whoever may write to a sticky directory has no attributes there. */
static void attributes_of_sticky_ones(void)
{
	FAILS(EPERM, raw(SYS_setxattr, "sticky", "user.x", "v", 1L, 0L));
	FAILS(EPERM, raw(SYS_setxattr, "sticky", "user.x", "v", 1L,
			     (long)XATTR_REPLACE));
	FAILS(EPERM, raw(SYS_removexattr, "sticky", "user.x"));
	WORKS(mkdir("its-sticky", 0));
	WORKS(chmod("its-sticky", 01777));
	if (has_attributes)
		WORKS(raw(SYS_setxattr, "its-sticky", "user.x", "v", 1L, 0L));
}

/* What another one finds. */
static void files_of_root(void)
{
	file_make("private", "x");
	WORKS(chmod("private", 0600));
	file_make("public", "x");
	file_make("open", "x");
	WORKS(chmod("open", 0666));
	WORKS(mkdir("roots", 0755));
	file_make("roots/file", "x");
	WORKS(mkdir("directory", 0755));
	WORKS(mkdir("private-directory", 0700));
	file_make("set-id", "x");
	WORKS(chmod("set-id", 04755));
	WORKS(mkdir("sticky", 0));
	WORKS(chmod("sticky", 01777));
	file_make("sticky/roots", "x");
}

/* What another one makes is its own, and what it has no right to is refused. */
static void another_one(void)
{
	struct stat got;
	char held[8];

	WORKS(raw(SYS_setgid, 6L));
	WORKS(raw(SYS_setuid, 5L));
	FAILS(EACCES, open("private", O_RDONLY));
	FAILS(EACCES, raw(SYS_access, "private", R_OK));
	WORKS(raw(SYS_access, "private", F_OK));
	FAILS(EPERM, raw(SYS_chmod, "private", 0777L));
	FAILS(EPERM, raw(SYS_chown, "private", 5L, 5L));
	FAILS(EPERM, raw(SYS_mknod, "device", (long)(S_IFCHR | 0666), 1L));
	FAILS(EPERM, raw(SYS_setxattr, "private", "security.x", "v", 1L, 0L));
	FAILS(ENODATA, raw(SYS_getxattr, "public", "trusted.x", held, 8L));
	EQUAL(0, raw(SYS_listxattr, "public", held, 8L));
	file_make("its", "y");
	WORKS(raw(SYS_stat, "its", &got));
	STEP(got.st_uid == 5 && got.st_gid == 6);
	WORKS(mkdir("its-directory", 0700));
	WORKS(symlink("x", "its-link"));
	WORKS(raw(SYS_lstat, "its-link", &got));
	STEP(got.st_uid == 5 || older_than(4, 11));
	WORKS(raw(SYS_chmod, "its", 0600L));
	FAILS(EPERM, raw(SYS_chown, "its", 0L, -1L));
	EQUAL(1, read(open("its", O_RDONLY), held, 8));
	FAILS(EACCES, mkdir("/probes/x", 0700));
	/* What is wrong with the name or the type goes first, may_open(). */
	FAILS(EACCES, open("public", 3));
	FAILS(EPERM, open("public", O_RDONLY | O_NOATIME));
	WORKS(close(open("its", O_RDONLY | O_NOATIME)));
	FAILS(ENOTDIR, open("private", O_RDONLY | O_DIRECTORY));
	FAILS(EEXIST, raw(SYS_mkdir, "roots/file/", 0700));
	FAILS(EACCES, raw(SYS_mkdir, "roots/new/", 0700));
	names_of_others();
	moves_of_others();
	links_of_others();
	names_in_removed_ones();
	other_file_systems();
	uses_of_others();
	attributes_of_others();
	attributes_of_sticky_ones();
}

/* Files stand for nodes, and FIFOs keep no attributes: root does not see it. */
static void nodes_of_root(void)
{
	struct stat got;

	WORKS(raw(SYS_mknod, "node", (long)(S_IFCHR | 0644), 0x103L));
	FAILS(EINVAL, raw(SYS_truncate, "node", 100L));
	FAILS(EINVAL, raw(SYS_truncate, "node", -1L));
	WORKS(raw(SYS_stat, "node", &got));
	STEP(S_ISCHR(got.st_mode) && got.st_rdev == 0x103);
	WORKS(raw(SYS_mknod, "fifo", (long)(S_IFIFO | 0644), 0L));
	FAILS(ENODATA, raw(SYS_removexattr, "fifo", "security.x"));
	FAILS(EINVAL, raw(SYS_setxattr, "node", "security.", "v", 1L, 0L));
	FAILS(EINVAL, raw(SYS_setxattr, "node", "trusted.", "v", 1L, 0L));
}

static const unsigned char minimal_list[] = {2, 0, 0, 0, /* version */
	1, 0, 6, 0, 255, 255, 255, 255,			 /* owner */
	4, 0, 6, 0, 255, 255, 255, 255,			 /* group */
	32, 0, 4, 0, 255, 255, 255, 255};		 /* others */

/* chmod(2) changes what a list says of owner, mask and others. */
static void lists_of_root(void)
{
	static const unsigned char list[] = {2, 0, 0, 0, /* version */
		1, 0, 6, 0, 255, 255, 255, 255,		 /* owner */
		2, 0, 6, 0, 5, 0, 0, 0,			 /* user 5 */
		4, 0, 6, 0, 255, 255, 255, 255,		 /* group */
		16, 0, 6, 0, 255, 255, 255, 255,	 /* mask */
		32, 0, 6, 0, 255, 255, 255, 255};	 /* others */
	unsigned char got[sizeof(list)];

	if (!has_attributes)
		return;
	file_make("listed", "x");
	WORKS(chmod("listed", 0666));
	WORKS(raw(SYS_setxattr, "listed", "system.posix_acl_access", list,
		(long)sizeof(list), 0L));
	WORKS(chmod("listed", 0741));
	for (int i = 0; i < 5; i++)
		EQUAL(sizeof(list),
			raw(SYS_getxattr, "listed", "system.posix_acl_access",
				got, (long)sizeof(got)));
	STEP(got[6] == 7 && got[14] == 6 && got[22] == 6 && got[30] == 4 &&
		got[38] == 1);
}

/* Since Linux 6.11 no path is an empty one. */
static void nameless_of_root(void)
{
	int fd = open("public", O_RDONLY);
	struct stat got;

	WORKS(raw(SYS_chown, "public", 5L, 6L));
	for (int i = 0; i < 5; i++) {
		if (raw(SYS_newfstatat, (long)fd, 0L, &got, AT_EMPTY_PATH) < 0)
			EQUAL(EFAULT, errno);
		else
			STEP(got.st_uid == 5 && got.st_gid == 6);
	}
	WORKS(raw(SYS_chown, "public", 0L, 0L));
	close(fd);
}

static long mode_of(const char *name)
{
	struct stat got;

	WORKS(stat(name, &got));
	return got.st_mode & 07777;
}

static void write_to(const char *name, int flags)
{
	int fd = open(name, flags);

	WORKS(fd);
	EQUAL(1, write(fd, "x", 1));
	close(fd);
}

/* Who writes to a program takes its set-ID bits away, unless that is root. */
static void writing_another_one(void)
{
	WORKS(raw(SYS_setgid, 6L));
	WORKS(raw(SYS_setuid, 5L));
	write_to("program-1", O_WRONLY);
	EQUAL(0777, mode_of("program-1"));
	WORKS(raw(SYS_truncate, "program-2", 1L));
	EQUAL(0777, mode_of("program-2"));
	close(open("program-3", O_RDONLY));
	EQUAL(06777, mode_of("program-3"));
	write_to("program-3", O_RDWR | O_TRUNC);
	EQUAL(0777, mode_of("program-3"));
}

static void programs_of_others(void)
{
	static const char *const names[] = {
		"program-0", "program-1", "program-2", "program-3"};

	for (int i = 0; i < 4; i++) {
		file_make(names[i], "x");
		WORKS(raw(SYS_chown, names[i], 7L, 8L));
		WORKS(chmod(names[i], 06777));
	}
	write_to(names[0], O_WRONLY);
	WORKS(raw(SYS_truncate, names[0], 3L));
	EQUAL(06777, mode_of(names[0]));
	if (has_attributes)
		child_passes(writing_another_one);
	if (has_attributes)
		WORKS(raw(SYS_setxattr, "public", "trusted.x", "v", 1L, 0L));
}

/* Who is not in the group cannot keep set-group-ID, even by giving nothing. */
static void giving_another_one(void)
{
	WORKS(raw(SYS_setgid, 6L));
	WORKS(raw(SYS_setuid, 5L));
	WORKS(raw(SYS_chown, "group-6", -1L, -1L));
	EQUAL(02644, mode_of("group-6"));
	WORKS(raw(SYS_chown, "group-9", -1L, -1L));
	EQUAL(0644, mode_of("group-9"));
	WORKS(raw(SYS_chown, "fifo-9", -1L, -1L));
	EQUAL(0644, mode_of("fifo-9"));
	WORKS(raw(SYS_setxattr, "listed-9", "system.posix_acl_access",
		minimal_list, (long)sizeof(minimal_list), 0L));
	EQUAL(0664, mode_of("listed-9"));
}

static void groups_of_others(void)
{
	static const char *const names[] = {
		"group-6", "group-9", "fifo-9", "listed-9"};

	if (!has_attributes || older_than(4, 11))
		return;
	WORKS(raw(SYS_mknod, "fifo-9", (long)(S_IFIFO | 0644), 0L));
	for (int i = 0; i < 4; i++) {
		if (i != 2)
			file_make(names[i], "x");
		WORKS(raw(SYS_chown, names[i], 5L, i == 0 ? 6L : 9L));
		WORKS(chmod(names[i], 02644));
		WORKS(raw(SYS_chown, names[i], -1L, -1L));
		EQUAL(02644, mode_of(names[i]));
	}
	child_passes(giving_another_one);
}

#define CAPABILITY "security.capability"

/* validheader(), security/commoncap.c */
static void malformed_capabilities(void)
{
	static const struct {
		uint32_t value[6];
		long size;
	} malformed[] = {
		{{0x01000000, 1}, 12}, /* the first version */
		{{0x02000000, 1}, 16},
		{{0x02000000, 1}, 24},
		{{0x02000002, 1}, 20}, /* an unknown flag */
		{{0x03000000, 1}, 20},
		{{0x04000000, 1}, 28},
	};

	for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++)
		FAILS(EINVAL,
			raw(SYS_setxattr, "capable", CAPABILITY,
				malformed[i].value, malformed[i].size, 0L));
	FAILS(EINVAL,
		raw(SYS_setxattr, "capable", CAPABILITY, "bogus", 5L, 0L));
	FAILS(ENODATA, raw(SYS_getxattr, "capable", CAPABILITY, NULL, 0L));
}

/* They go with chown(2) of what is no directory, whatever is given. */
static void capabilities_of_root(void)
{
	static const uint32_t valid[5] = {0x02000001, 1 << 13};
	long fd;

	if (!has_attributes)
		return;
	file_make("capable", "x");
	malformed_capabilities();
	WORKS(fd = open("capable", O_RDONLY));
	for (int i = 0; i < 16; i++) {
		long id = i % 4 ? i % 3 : -1;

		WORKS(raw(SYS_setxattr, "capable", CAPABILITY, valid, 20L, 0L));
		EQUAL(20, raw(SYS_getxattr, "capable", CAPABILITY, NULL, 0L));
		if (i % 2)
			WORKS(raw(SYS_fchown, fd, id, id));
		else
			WORKS(raw(SYS_chown, "capable", id, id));
		FAILS(ENODATA,
			raw(SYS_getxattr, "capable", CAPABILITY, NULL, 0L));
	}
	close((int)fd);
	WORKS(raw(SYS_setxattr, "roots", CAPABILITY, valid, 20L, 0L));
	WORKS(raw(SYS_chown, "roots", 0L, 0L));
	EQUAL(20, raw(SYS_getxattr, "roots", CAPABILITY, NULL, 0L));
	WORKS(raw(SYS_removexattr, "roots", CAPABILITY));
}

int main(void)
{
	STEP(scratch_open() >= 0);
	umask(022);
	WORKS(chmod(".", 0777));
	files_of_root();
	has_attributes = keeps_attributes("public");
	nodes_of_root();
	lists_of_root();
	nameless_of_root();
	programs_of_others();
	groups_of_others();
	capabilities_of_root();
	child_passes(another_one);
	return 0;
}
