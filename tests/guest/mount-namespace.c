/* SPDX-License-Identifier: MIT */
/* Mounting, and changing roots, in a mount namespace of one's own. */
// rows: mount umount2 pivot_root chroot unshare statfs
// rows: fsopen fsmount fspick open_tree open_tree_attr move_mount
// rows: mount_setattr
#include "namespaces.h"

#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/time.h>
#include <sys/vfs.h>

static long bind_at(const char *from, const char *to, unsigned long flags)
{
	return raw(SYS_mount, from, to, NULL, MS_BIND | flags, NULL);
}

static long tmpfs(const char *where, const char *options)
{
	return raw(SYS_mount, "none", where, "tmpfs", 0L, options);
}

static bool exists(const char *name)
{
	struct stat status;

	return lstat(name, &status) == 0;
}

static void binds(void)
{
	WORKS(bind_at("a", "b", 0));
	STEP(exists("b/file"));
	WORKS(mkdir("b/made", 0755));
	STEP(exists("a/made"));
	WORKS(rmdir(absolute("a/made")));
	STEP(!exists("b/made"));
	FAILS(EBUSY, rmdir("b"));
	FAILS(EBUSY, rename("b", "z"));
	FAILS(EBUSY, raw(SYS_rename, "c", "b"));
	WORKS(chdir("b"));
	FAILS(EBUSY, umount("../b"));
	WORKS(chdir("d"));
	FAILS(EBUSY, umount("../../b"));
	WORKS(chdir("../.."));
	WORKS(umount("b"));
	STEP(!exists("b/file"));
	FAILS(EINVAL, umount("b"));
	FAILS(EINVAL, umount2("b", MNT_DETACH));
	FAILS(ENOENT, umount("missing"));
	/* Through symlinks, and by absolute paths. */
	WORKS(symlink(absolute("b"), "tob"));
	WORKS(bind_at(absolute("a"), "tob", 0));
	STEP(exists("b/file"));
	FAILS(EINVAL, umount2("tob", UMOUNT_NOFOLLOW));
	WORKS(umount(absolute("tob")));
	STEP(!exists("b/file"));
	/* Files on files. */
	WORKS(bind_at("a/file", "other", 0));
	SAME("a", file_content("other"));
	FAILS(EBUSY, unlink("other"));
	FAILS(ENOTDIR, bind_at("a", "other", 0));
	FAILS(ENOTDIR, bind_at("other", "a", 0));
	WORKS(umount("other"));
	SAME("other", file_content("other"));
	FAILS(ENOENT, bind_at("missing", "b", 0));
	FAILS(ENOENT, bind_at("a", "missing", 0));
	FAILS(EINVAL, raw(SYS_mount, NULL, "b", NULL, (long)MS_PRIVATE, NULL));
}

static void temporary(void)
{
	struct stat status;
	int before;

	file_make("c/below", "");
	WORKS(before = open("c", O_RDONLY | O_DIRECTORY));
	WORKS(tmpfs("c", NULL));
	STEP(!exists("c/below"));
	/* What was opened before still sees what is below. */
	WORKS(faccessat(before, "below", F_OK, 0));
	WORKS(stat("c", &status));
	EQUAL(S_IFDIR | 01777, status.st_mode);
	file_make("c/one", "1");
	WORKS(tmpfs("c", "size=1m,mode=0700"));
	WORKS(stat("c", &status));
	EQUAL(S_IFDIR | 0700, status.st_mode);
	STEP(!exists("c/one"));
	WORKS(umount("c"));
	SAME("1", file_content("c/one"));
	WORKS(umount("c"));
	STEP(exists("c/below"));
	WORKS(unlink("c/below"));
	FAILS(EINVAL, tmpfs("c", "uid=7"));
	FAILS(EINVAL, tmpfs("c", "size=1m,gid=x"));
	FAILS(EINVAL, tmpfs("c", "mode=rwx"));
	WORKS(tmpfs("c", "mode=17755,uid=0x0,mode=0751,gid=0"));
	WORKS(stat("c", &status));
	EQUAL(S_IFDIR | 0751, status.st_mode);
	EQUAL(0, status.st_uid);
	EQUAL(0, status.st_gid);
	WORKS(umount("c"));
	WORKS(raw(SYS_mount, "none", "c", "ramfs", 0L, "uid=7"));
	WORKS(stat("c", &status));
	EQUAL(S_IFDIR | 0755, status.st_mode);
	WORKS(umount("c"));
	close(before);
}

static void told_type(long magic, const char *name)
{
	struct statfs status;

	WORKS(statfs(name, &status));
	EQUAL(magic, status.f_type);
}

#define READ_ONLY                                                              \
	{                                                                      \
		1, 0, 0, 0                                                     \
	}		/* MOUNT_ATTR_RDONLY, set */
#define TREE_CLONE   1L /* OPEN_TREE_CLONE */
#define FROM_ITSELF  4L /* MOVE_MOUNT_F_EMPTY_PATH */
#define CREATE_SUPER 6L /* FSCONFIG_CMD_CREATE */

/* The interface of descriptors: natively it does the same. */
static void by_descriptors(void)
{
	uint64_t attributes[4] = READ_ONLY;
	int super;
	int tree;

	WORKS(tree = (int)raw((long)CALL_open_tree, AT_FDCWD, "a", TREE_CLONE));
	WORKS(raw((long)CALL_move_mount, tree, "", AT_FDCWD, "b", FROM_ITSELF));
	WORKS(close(tree));
	STEP(exists("b/file"));
	WORKS(raw((long)CALL_mount_setattr, AT_FDCWD, "b", 0L, attributes,
		sizeof(attributes)));
	FAILS(EROFS, open("b/file", O_WRONLY));
	WORKS(umount("b"));
	WORKS(super = (int)raw((long)CALL_fsopen, "tmpfs", 0L));
	WORKS(raw((long)CALL_fsconfig, super, CREATE_SUPER, NULL, NULL, 0L));
	WORKS(tree = (int)raw((long)CALL_fsmount, super, 0L, 0L));
	WORKS(raw((long)CALL_move_mount, tree, "", AT_FDCWD, "b", FROM_ITSELF));
	WORKS(close(tree));
	WORKS(close(super));
	STEP(!exists("b/file"));
	WORKS(umount("b"));
}

/* A guest that may mount has to do with mount(2), as before Linux 5.2. */
static void without_descriptors(void)
{
	uint64_t attributes[4] = READ_ONLY;

	FAILS(ENOSYS, raw((long)CALL_open_tree, AT_FDCWD, "a", TREE_CLONE));
	FAILS(ENOSYS, raw((long)CALL_open_tree_attr, AT_FDCWD, "a", TREE_CLONE,
			      attributes, sizeof(attributes)));
	FAILS(ENOSYS,
		raw((long)CALL_move_mount, AT_FDCWD, "a", AT_FDCWD, "b", 0L));
	FAILS(ENOSYS, raw((long)CALL_mount_setattr, AT_FDCWD, "a", 0L,
			      attributes, sizeof(attributes)));
	FAILS(ENOSYS, raw((long)CALL_fsopen, "tmpfs", 0L));
	FAILS(ENOSYS, raw((long)CALL_fsmount, -1L, 0L, 0L));
	FAILS(ENOSYS, raw((long)CALL_fspick, AT_FDCWD, "a", 0L));
}

static void descriptors(void)
{
	const char *mode = getenv("MODE");

	if (!mode || strcmp(mode, "native") != 0)
		without_descriptors();
	else if (!older_than(5, 12))
		by_descriptors();
}

static void file_system_types(void)
{
	struct statfs below;
	struct statfs none;

	WORKS(statfs("c", &below));
	WORKS(tmpfs("c", NULL));
	WORKS(mkdir("c/d", 0755));
	told_type(TMPFS_MAGIC, "c");
	told_type(TMPFS_MAGIC, absolute("c/d"));
	WORKS(bind_at("c/d", "b", 0));
	told_type(TMPFS_MAGIC, "b");
	WORKS(bind_at("a", "c/d", 0));
	told_type((long)below.f_type, "c/d");
	WORKS(umount("c/d"));
	WORKS(umount("b"));
	WORKS(chdir("c"));
	told_type(TMPFS_MAGIC, ".");
	told_type(TMPFS_MAGIC, "d");
	FAILS(ENOENT, statfs("missing", &none));
	FAILS(EFAULT, raw(SYS_statfs, ".", BAD_POINTER));
	WORKS(chdir(".."));
	WORKS(umount("c"));
	WORKS(raw(SYS_mount, "none", "c", "ramfs", 0L, NULL));
	told_type(RAMFS_MAGIC, "c");
	WORKS(umount("c"));
	told_type((long)below.f_type, "c");
}

/* The first words of each line are right, the last one is not. */
static void options(void)
{
	static const char *const WRONG[] = {"bogus", "bogus=1", "size=zz",
		"size", "size=", "size=1k,size=5x", "size=50%,size=1%%",
		"nr_blocks=7,nr_blocks=5%", "nr_inodes=1m,nr_inodes=-1",
		"mode=+7,mode=8", "huge=never,huge=foo",
		"mpol=bind:0,0,mpol=foo", "inode64,inode64=1", "size=1m,5",
		"rw,lazytime,relatime", "uid=+0,,gid="};
	static char text[64];

	for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++) {
		char *comma;

		FAILS(EINVAL, tmpfs("c", WRONG[i]));
		snprintf(text, sizeof(text), "%s", WRONG[i]);
		comma = strrchr(text, ',');
		if (!comma || strstr(text, "size=1m"))
			continue;
		*comma = '\0';
		WORKS(tmpfs("c", text));
		WORKS(umount("c"));
	}
}

static void types(void)
{
	FAILS(ENODEV, raw(SYS_mount, "none", "c", "nosuchfs", 0L, NULL));
	FAILS(ENODEV, raw(SYS_mount, "none", "c", "", 0L, NULL));
	FAILS(ENODEV, raw(SYS_mount, "none", "c", "ramfs.x", 0L, NULL));
	FAILS(EINVAL, raw(SYS_mount, "none", "c", NULL, 0L, NULL));
	/* There is no new namespace for them to tell of. */
	FAILS(EPERM, raw(SYS_mount, "none", "c", "proc", 0L, NULL));
	FAILS(EPERM, raw(SYS_mount, "none", "c", "sysfs", 0L, NULL));
	FAILS(ENOENT, raw(SYS_mount, "none", "missing", "nosuchfs", 0L, NULL));
}

static void trees(void)
{
	WORKS(tmpfs("a/d", NULL));
	file_make("a/d/inside", "");
	WORKS(bind_at("a", "b", 0));
	STEP(exists("b/d"));
	STEP(!exists("b/d/inside"));
	WORKS(umount("b"));
	WORKS(bind_at("a", "b", MS_REC));
	STEP(exists("b/d/inside"));
	FAILS(EBUSY, umount("b"));
	WORKS(umount2("b", MNT_DETACH));
	STEP(exists("a/d/inside"));
	/* A mount that moves takes along what hangs on it. */
	WORKS(bind_at("a", "b", MS_REC));
	WORKS(raw(SYS_mount, "b", "c", NULL, (long)MS_MOVE, NULL));
	STEP(!exists("b/d"));
	STEP(exists("c/d/inside"));
	FAILS(ELOOP, raw(SYS_mount, "c", "c/d", NULL, (long)MS_MOVE, NULL));
	FAILS(EINVAL, raw(SYS_mount, "a", "b", NULL, (long)MS_MOVE, NULL));
	WORKS(umount2("c", MNT_DETACH));
	WORKS(umount("a/d"));
	STEP(!exists("a/d/inside"));
}

static void read_only(void)
{
	struct timeval times[2] = {{1, 0}, {1, 0}};
	int fd = open("a", O_PATH | O_DIRECTORY | O_CLOEXEC);

	WORKS(fd);
	WORKS(bind_at("a", "b", 0));
	WORKS(bind_at("none", "b", MS_REMOUNT | MS_RDONLY));
	WORKS(close(openat(fd, "beside", O_WRONLY | O_CREAT, 0600)));
	WORKS(unlinkat(fd, "beside", 0));
	WORKS(close(fd));
	SAME("a", file_content("b/file"));
	FAILS(EROFS, open("b/file", O_WRONLY));
	FAILS(EROFS, open("b/file", O_RDONLY | O_TRUNC));
	FAILS(EROFS, open("b/new", O_WRONLY | O_CREAT, 0600));
	FAILS(EEXIST, open("b/file", O_WRONLY | O_CREAT | O_EXCL, 0600));
	WORKS(close(open("b/file", O_RDONLY | O_CREAT, 0600)));
	FAILS(ENOENT, open("b/missing", O_WRONLY));
	FAILS(EROFS, mkdir("b/new", 0755));
	FAILS(EEXIST, mkdir("b/d", 0755));
	FAILS(ENOENT, mkdir("b/missing/new", 0755));
	FAILS(EROFS, rmdir("b/d"));
	FAILS(EROFS, unlink("b/file"));
	FAILS(EROFS, rename("b/file", "b/new"));
	FAILS(EROFS, symlink("x", "b/new"));
	FAILS(EROFS, chmod("b/file", 0600));
	FAILS(EROFS, chown("b/file", 0, 0));
	FAILS(EROFS, truncate("b/file", 0));
	FAILS(EROFS, utimes("b/file", times));
	FAILS(EROFS, access("b/file", W_OK));
	WORKS(access("b/file", R_OK));
	/* By a relative path without a name of a mount in it, too. */
	WORKS(chdir("b"));
	FAILS(EROFS, open("file", O_WRONLY));
	FAILS(EROFS, mkdir("new", 0755));
	FAILS(EROFS, unlink("file"));
	WORKS(chdir(".."));
	/* The files themselves are not. */
	file_make("a/new", "");
	WORKS(unlink("a/new"));
	WORKS(bind_at("none", "b", MS_REMOUNT));
	file_make("b/new", "");
	WORKS(unlink("b/new"));
	WORKS(umount("b"));
}

/* At the second time, if nobody is in it. */
static void expires(void)
{
	WORKS(tmpfs("b", NULL));
	WORKS(mkdir("b/d", 0755));
	FAILS(EINVAL, umount2("b", MNT_EXPIRE | MNT_DETACH));
	if (!older_than(6, 1)) /* it took the first user namespace's root */
		FAILS(EINVAL, umount2("b", MNT_EXPIRE | MNT_FORCE));
	FAILS(ENOENT, umount2("missing", MNT_EXPIRE | MNT_FORCE));
	FAILS(EINVAL, umount2("b/d", MNT_EXPIRE));
	FAILS(EAGAIN, umount2("b", MNT_EXPIRE));
	WORKS(chdir("b/d"));
	FAILS(EBUSY, umount2(absolute("b"), MNT_EXPIRE));
	WORKS(chdir("../.."));
	FAILS(EAGAIN, umount2("b", MNT_EXPIRE));
	WORKS(umount2("b", MNT_EXPIRE));
	STEP(!exists("b/d"));
	FAILS(EINVAL, umount2("b", MNT_EXPIRE));
}

static bool table_tells(const char *table, const char *where)
{
	char line[8192];
	char wanted[PATH_MAX + 2];
	bool found = false;
	FILE *file = fopen(table, "r");

	snprintf(wanted, sizeof(wanted), " %s ", where);
	while (file && fgets(line, sizeof(line), file))
		found |= strstr(line, wanted) != NULL;
	if (file)
		fclose(file);
	return found;
}

static void tables(void)
{
	STEP(!table_tells("/proc/self/mountinfo", absolute("b")));
	WORKS(bind_at("a", "b", 0));
	STEP(table_tells("/proc/self/mountinfo", absolute("b")));
	STEP(table_tells("/proc/self/mounts", absolute("b")));
	STEP(table_tells("/proc/self/mountstats", absolute("b")));
	WORKS(umount("b"));
	STEP(!table_tells("/proc/self/mounts", absolute("b")));
}

/* A mount stays when its source goes. */
static void source_removed(void)
{
	WORKS(mkdir("s", 0755));
	WORKS(bind_at("s", "b", 0));
	WORKS(rmdir("s"));
	STEP(table_tells("/proc/self/mountinfo", absolute("b")));
	FAILS(EBUSY, rename("b", "s"));
	WORKS(umount("b"));
	STEP(!table_tells("/proc/self/mountinfo", absolute("b")));
	WORKS(rmdir("b"));
	WORKS(mkdir("b", 0755));
}

/* Nor does it mind other names of its source, or of what that is in. */
static void source_renamed(void)
{
	WORKS(mkdir("s", 0755));
	WORKS(mkdir("s/t", 0755));
	file_make("s/t/file", "s");
	WORKS(bind_at("s/t", "b", 0));
	WORKS(rename("s/t", "s/u"));
	WORKS(mkdir("s/t", 0755));
	SAME("s", file_content("b/file"));
	WORKS(chdir("s"));
	WORKS(rename("../s", absolute("z")));
	WORKS(chdir(".."));
	SAME("s", file_content("b/file"));
	file_make("b/more", "");
	STEP(exists("z/u/more"));
	WORKS(unlink("z/u/more"));
	if (older_than(3, 15)) /* without RENAME_EXCHANGE */
		WORKS(rmdir("z/t") + rename("z/u", "z/t") + mkdir("z/u", 0755));
	else
		WORKS(raw((long)SYS_renameat2, AT_FDCWD, "z/t", AT_FDCWD, "z/u",
			2));
	SAME("s", file_content("b/file"));
	WORKS(unlink("z/t/file"));
	STEP(!exists("b/file"));
	WORKS(umount("b"));
	WORKS(rmdir("z/t"));
	WORKS(rmdir("z/u"));
	WORKS(rmdir("z"));
}

static void file_unlinked(const char *directory)
{
	struct stat status;
	int fd;

	WORKS(chdir(directory));
	file_make("f", "first");
	WORKS(bind_at("f", absolute("other"), 0));
	WORKS(lstat("f", &status));
	EQUAL(1, status.st_nlink);
	WORKS(unlink("f"));
	STEP(!exists("f"));
	SAME("first", file_content(absolute("other")));
	WORKS(lstat(absolute("other"), &status));
	STEP(S_ISREG(status.st_mode));
	STEP(table_tells("/proc/self/mountinfo", absolute("other")));
	WORKS(fd = open(absolute("other"), O_WRONLY | O_APPEND));
	EQUAL(2, write(fd, "ly", 2));
	WORKS(close(fd));
	SAME("firstly", file_content(absolute("other")));
	WORKS(umount(absolute("other")));
	SAME("other", file_content(absolute("other")));
	WORKS(chdir(absolute("")));
}

static void file_replaced(const char *directory)
{
	WORKS(chdir(directory));
	file_make("f", "first");
	file_make("new", "second");
	WORKS(bind_at("f", absolute("other"), 0));
	WORKS(rename("new", "f"));
	SAME("second", file_content("f"));
	SAME("first", file_content(absolute("other")));
	WORKS(umount(absolute("other")));
	WORKS(bind_at("f", absolute("other"), 0));
	WORKS(rename("f", "g"));
	file_make("f", "third");
	SAME("second", file_content(absolute("other")));
	WORKS(umount(absolute("other")));
	WORKS(unlink("f"));
	WORKS(unlink("g"));
	WORKS(chdir(absolute("")));
}

static void files(void)
{
	WORKS(tmpfs("c", NULL));
	file_unlinked("c");
	file_replaced("c");
	WORKS(umount("c"));
	file_unlinked("a");
	file_replaced("a");
}

/* Children share the namespace, until they want one of their own. */
static void shares(void)
{
	WORKS(bind_at("a", "b", 0));
}

static void separates(void)
{
	WORKS(unshare(CLONE_NEWNS));
	WORKS(umount("b"));
	STEP(!exists("b/file"));
	WORKS(tmpfs("c", NULL));
	file_make("c/mine", "");
}

static void namespaces(void)
{
	child_passes(shares);
	STEP(exists("b/file"));
	child_passes(separates);
	STEP(exists("b/file"));
	STEP(!exists("c/mine"));
	WORKS(umount("b"));
}

static void changes_root(void)
{
	char where[PATH_MAX];

	WORKS(chroot("a"));
	STEP(exists("/file"));
	STEP(exists("/../file"));
	STEP(!exists("/other"));
	STEP(exists("other")); /* the current directory is outside */
	WORKS(chdir("/d"));
	STEP(getcwd(where, sizeof(where)) != NULL);
	SAME("/d", where);
	STEP(exists("../../../file"));
	WORKS(chroot("."));
	STEP(!exists("/file"));
	FAILS(ENOENT, chroot("/d"));
}

static void changes_root_for_both(void)
{
	pid_t pid =
		(pid_t)raw(SYS_clone, SIGCHLD | CLONE_FS, NULL, NULL, NULL, 0L);

	if (pid == 0)
		_exit(chroot("a") < 0);
	WORKS(pid);
	EQUAL(0, status_of(pid));
	STEP(exists("/file"));
	STEP(!exists("/other"));
}

static void pivots(void)
{
	WORKS(unshare(CLONE_NEWNS));
	WORKS(raw(
		SYS_mount, NULL, "/", NULL, (long)(MS_REC | MS_PRIVATE), NULL));
	FAILS(EINVAL, raw(SYS_pivot_root, "a", "a/d"));
	/* That the root is where it was goes before what is no mount. */
	WORKS(tmpfs("c", NULL));
	WORKS(mkdir("c/d", 0755));
	FAILS(EBUSY, raw(SYS_pivot_root, "c/d", "/"));
	FAILS(EINVAL, raw(SYS_pivot_root, "c/d", "c"));
	WORKS(bind_at("a", "a", 0));
	WORKS(chdir("a"));
	FAILS(EBUSY, raw(SYS_pivot_root, ".", "/"));
	WORKS(raw(SYS_pivot_root, ".", "d"));
	WORKS(chdir("/"));
	STEP(exists("/file"));
	STEP(exists("/d/proc"));
	WORKS(umount2("/d", MNT_DETACH));
	STEP(!exists("/d/proc"));
	STEP(!exists("/../proc"));
}

static void pivots_in_place(void)
{
	int old;

	WORKS(unshare(CLONE_NEWNS));
	WORKS(raw(
		SYS_mount, NULL, "/", NULL, (long)(MS_REC | MS_PRIVATE), NULL));
	WORKS(old = open("/", O_RDONLY | O_DIRECTORY));
	WORKS(bind_at("a", "a", 0));
	WORKS(chdir("a"));
	WORKS(raw(SYS_pivot_root, ".", "."));
	WORKS(fchdir(old));
	WORKS(umount2(".", MNT_DETACH));
	WORKS(chdir("/"));
	STEP(exists("/file"));
	STEP(!exists("/proc"));
}

int main(void)
{
	scratch_open();
	WORKS(mkdir("a", 0755));
	WORKS(mkdir("a/d", 0755));
	file_make("a/file", "a");
	file_make("other", "other");
	WORKS(mkdir("b", 0755));
	WORKS(mkdir("c", 0755));
	become_root(CLONE_NEWNS);
	WORKS(raw(
		SYS_mount, NULL, "/", NULL, (long)(MS_REC | MS_PRIVATE), NULL));
	binds();
	temporary();
	descriptors();
	file_system_types();
	options();
	types();
	trees();
	read_only();
	expires();
	tables();
	source_removed();
	source_renamed();
	files();
	namespaces();
	child_passes(changes_root);
	child_passes(changes_root_for_both);
	child_passes(pivots);
	child_passes(pivots_in_place);
	return 0;
}
