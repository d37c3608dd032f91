/* SPDX-License-Identifier: MIT */
/* Permissions and owners, of files and of links. */
// rows: chmod fchmodat fchmodat2 chown lchown fchownat
#include "probe.h"

static int directory;

static int mode_of(const char *path)
{
	struct stat status;

	return lstat(path, &status) < 0 ? -1 : (int)(status.st_mode & 07777);
}

static void permissions(void)
{
	WORKS(raw(SYS_chmod, "file", 0640));
	EQUAL(0640, mode_of("file"));
	WORKS(raw(SYS_chmod, absolute("absolute"), 0604));
	EQUAL(0604, mode_of("file"));
	EQUAL(0777, mode_of("absolute"));
	WORKS(raw(SYS_chmod, "d", 01777));
	EQUAL(01777, mode_of("d"));
	WORKS(raw(SYS_fchmodat, directory, "inner", 0444));
	EQUAL(0444, mode_of("d/inner"));
	/* The kernel's own has no flags: the fourth register is noise. */
	WORKS(raw(SYS_fchmodat, directory, "../absolute", 0600,
		AT_SYMLINK_NOFOLLOW));
	EQUAL(0600, mode_of("file"));
	WORKS(raw(SYS_fchmodat, -1, absolute("file"), 0601));
	EQUAL(0601, mode_of("file"));
	FAILS(EBADF, raw(SYS_fchmodat, -1, "file", 0600));
	FAILS(ENOENT, raw(SYS_fchmodat, directory, "", 0600, AT_EMPTY_PATH));
	FAILS(ENOENT, raw(SYS_chmod, "dangling", 0600));
	FAILS(EPERM, raw(SYS_chmod, "/proc/1/comm", 0600));
}

static void permissions_with_flags(void)
{
	long call = CALL_fchmodat2;

	if (older_than(6, 6)) {
		FAILS(ENOSYS, raw(call, AT_FDCWD, "file", 0600, 0));
		return;
	}
	WORKS(raw(call, directory, "../absolute", 0644, 0));
	EQUAL(0644, mode_of("file"));
	FAILS(EOPNOTSUPP,
		raw(call, directory, "../absolute", 0600, AT_SYMLINK_NOFOLLOW));
	EQUAL(0644, mode_of("file"));
	WORKS(raw(call, directory, "inner", 0600, AT_SYMLINK_NOFOLLOW));
	EQUAL(0600, mode_of("d/inner"));
	WORKS(raw(call, directory, "", 0711, AT_EMPTY_PATH));
	EQUAL(0711, mode_of("d"));
	FAILS(EINVAL, raw(call, directory, "inner", 0600, 1));
}

static void owners(void)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();

	WORKS(raw(SYS_chown, "file", uid, gid));
	WORKS(raw(SYS_chown, absolute("absolute"), -1, gid));
	WORKS(raw(SYS_lchown, "dangling", uid, gid));
	WORKS(raw(SYS_lchown, absolute("absolute"), uid, -1));
	FAILS(ENOENT, raw(SYS_chown, "dangling", uid, gid));
	WORKS(raw(SYS_fchownat, directory, "inner", uid, gid, 0));
	WORKS(raw(SYS_fchownat, directory, "../dangling", uid, gid,
		AT_SYMLINK_NOFOLLOW));
	FAILS(ENOENT, raw(SYS_fchownat, directory, "../dangling", uid, gid, 0));
	FAILS(ENOENT, raw(SYS_fchownat, directory, "", uid, gid, 0));
	FAILS(EBADF, raw(SYS_fchownat, -1, "file", uid, gid, 0));
	FAILS(EINVAL, raw(SYS_fchownat, directory, "inner", uid, gid, 1));
	if (!older_than(2, 6))
		WORKS(raw(
			SYS_fchownat, directory, "", uid, gid, AT_EMPTY_PATH));
	if (uid == 0)
		return;
	FAILS(EPERM, raw(SYS_chown, "file", 0, 0));
	FAILS(EPERM, raw(SYS_lchown, "dangling", 0, 0));
	FAILS(EPERM, raw(SYS_fchownat, directory, "inner", 0, 0, 0));
}

int main(void)
{
	scratch_open();
	file_make("file", "");
	WORKS(mkdir("d", 0755));
	file_make("d/inner", "");
	WORKS(symlink(absolute("file"), "absolute"));
	WORKS(symlink(absolute("nothing"), "dangling"));
	WORKS(directory = open("d", O_RDONLY | O_DIRECTORY));
	permissions();
	permissions_with_flags();
	owners();
	return 0;
}
