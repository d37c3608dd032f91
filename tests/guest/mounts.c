/* SPDX-License-Identifier: MIT */
/* Mounts, roots, swap and accounting: refused as without a guest. */
// rows: mount umount2 pivot_root chroot open_tree open_tree_attr move_mount
// rows: fspick mount_setattr fsconfig swapon swapoff acct quotactl uselib
#include "probe.h"

#include <sys/mount.h>

#define TREE_CLOEXEC	O_CLOEXEC
#define TREE_CLONE	1
#define CONFIG_FLAG	0
#define CONFIG_PATH	3
#define CONFIG_PATH_NUL 4
#define QUOTA_ON	0x80000200

static int directory;

static void classic(void)
{
	char buffer[256];

	FAILS(EPERM, raw(SYS_mount, "none", "d", "tmpfs", 0L, NULL));
	FAILS(EPERM, raw(SYS_mount, absolute("file"), absolute("tod"), "ext4",
			     0L, NULL));
	FAILS(EPERM, raw(SYS_mount, "d", "d", NULL, (long)MS_BIND, NULL));
	FAILS(ENOENT, raw(SYS_mount, "none", "dangling", "tmpfs", 0L, NULL));
	FAILS(EPERM, raw(SYS_mount, "missing", "d", NULL, (long)MS_BIND, NULL));
	FAILS(EFAULT, raw(SYS_mount, BAD_POINTER, "d", "tmpfs", 0L, NULL));
	FAILS(EPERM, raw(SYS_umount2, absolute("tod"), 0));
	FAILS(EPERM, raw(SYS_umount2, "d", MNT_DETACH));
	FAILS(ENOENT, raw(SYS_umount2, "dangling", 0));
	FAILS(EINVAL, raw(SYS_umount2, "d", 0x100));
	FAILS(EPERM, raw(SYS_pivot_root, "d", "d"));
	STEP(raw(SYS_pivot_root, "missing", "missing") == -1 &&
		(errno == EPERM || errno == ENOENT)); /* since Linux 7 */
	FAILS(EPERM, raw(SYS_chroot, "d"));
	FAILS(EPERM, raw(SYS_chroot, absolute("tod")));
	FAILS(EPERM, raw(SYS_chroot, "/"));
	FAILS(ENOTDIR, raw(SYS_chroot, "file"));
	FAILS(EPERM, raw(SYS_swapon, "file", 0));
	FAILS(EPERM, raw(SYS_swapoff, "file"));
	FAILS(EPERM, raw(SYS_acct, "file"));
	FAILS(EPERM, raw(SYS_acct, NULL));
	FAILS(ENOTBLK,
		raw(SYS_quotactl, QUOTA_ON, absolute("file"), 0, buffer));
	FAILS(ENOENT, raw(SYS_quotactl, QUOTA_ON, "dangling", 0, buffer));
	FAILS(ENOSYS, raw(SYS_uselib, "file"));
}

static void trees(void)
{
	struct stat status;
	struct stat same;
	int fd;

	if (older_than(5, 2)) {
		FAILS(ENOSYS, raw((long)CALL_open_tree, AT_FDCWD, "d", 0));
		return;
	}
	/* Without OPEN_TREE_CLONE it is open with O_PATH. */
	WORKS(fd = (int)raw((long)CALL_open_tree, AT_FDCWD, absolute("tod"),
		      TREE_CLOEXEC));
	WORKS(fstat(fd, &status));
	WORKS(fstat(directory, &same));
	EQUAL(same.st_ino, status.st_ino);
	close(fd);
	WORKS(fd = (int)raw((long)CALL_open_tree, directory, "../tod",
		      AT_SYMLINK_NOFOLLOW));
	WORKS(fstat(fd, &status));
	STEP(S_ISLNK(status.st_mode));
	close(fd);
	WORKS(fd = (int)raw(
		      (long)CALL_open_tree, directory, "", AT_EMPTY_PATH));
	close(fd);
	FAILS(ENOENT, raw((long)CALL_open_tree, directory, "", 0));
	FAILS(EPERM, raw((long)CALL_open_tree, directory, ".", TREE_CLONE));
	FAILS(EPERM,
		raw((long)CALL_move_mount, directory, "", AT_FDCWD, "d", 4));
	FAILS(EPERM, raw((long)CALL_fspick, AT_FDCWD, "d", 0));
	FAILS(EPERM, raw((long)CALL_fsopen, "tmpfs", 0));
}

static void settings(void)
{
	uint64_t attributes[4] = {1, 0, 0, 0};
	int fd;

	FAILS(older_than(5, 12) ? ENOSYS : EPERM,
		raw((long)CALL_mount_setattr, AT_FDCWD, "d", 0, attributes,
			32L));
	if (older_than(6, 15)) {
		FAILS(ENOSYS, raw((long)CALL_open_tree_attr, AT_FDCWD, "d", 0,
				      attributes, 32L));
	} else {
		WORKS(fd = (int)raw((long)CALL_open_tree_attr, directory, "..",
			      0, NULL, 0L));
		close(fd);
	}
	FAILS(older_than(5, 2) ? ENOSYS : EINVAL,
		raw((long)CALL_fsconfig, -1, CONFIG_FLAG, "ro", NULL, 0));
	if (older_than(5, 2))
		return;
	FAILS(EINVAL, raw((long)CALL_fsconfig, directory, CONFIG_FLAG, "ro",
			      NULL, 0));
	FAILS(EINVAL, raw((long)CALL_fsconfig, directory, CONFIG_PATH, "source",
			      absolute("file"), AT_FDCWD));
	FAILS(EINVAL, raw((long)CALL_fsconfig, directory, CONFIG_PATH, "source",
			      "missing", AT_FDCWD));
	FAILS(EINVAL, raw((long)CALL_fsconfig, directory, CONFIG_PATH_NUL,
			      "source", "", directory));
}

int main(void)
{
	if (geteuid() == 0)
		probe_skip("for users without privilege");
	scratch_open();
	WORKS(mkdir("d", 0755));
	file_make("file", "");
	WORKS(symlink(absolute("d"), "tod"));
	WORKS(symlink(absolute("nothing"), "dangling"));
	WORKS(directory = open("d", O_RDONLY | O_DIRECTORY));
	classic();
	trees();
	settings();
	return 0;
}
