/* SPDX-License-Identifier: MIT */
/* Every call that takes a path, given paths that cannot be looked up. */
// rows: stat lstat newfstatat statx statfs access faccessat faccessat2
// rows: file_getattr file_setattr truncate name_to_handle_at chdir chroot
// rows: mkdir mkdirat mknod mknodat rename renameat renameat2 rmdir unlink
// rows: unlinkat link linkat symlink symlinkat readlink readlinkat chmod
// rows: fchmodat fchmodat2 chown lchown fchownat utime utimes futimesat
// rows: utimensat setxattr getxattr listxattr removexattr lsetxattr lgetxattr
// rows: llistxattr lremovexattr setxattrat getxattrat listxattrat
// rows: removexattrat execve execveat uselib umount2 pivot_root open_tree
// rows: open_tree_attr move_mount fspick mount_setattr swapon swapoff acct
// rows: quotactl inotify_add_watch fanotify_mark mount open openat openat2
// rows: creat
#include "probe.h"

#include <sys/inotify.h>

static char buffer[4096] __attribute__((aligned(64)));
static char *empty[] = {NULL};
static int notify;

struct attribute {
	uint64_t value;
	uint32_t size;
	uint32_t flags;
};
static struct attribute attribute = {(uintptr_t) "v", 1, 0};
static uint64_t how[3];
static uint64_t mount_attributes[4];

#define NOFOLLOW AT_SYMLINK_NOFOLLOW

static const char *far = "file"; /* the other path, which is in order */

#define CALL(name, ...)                                                        \
	static long call_##name(const char *path)                              \
	{                                                                      \
		return raw(__VA_ARGS__);                                       \
	}

/* The numbers of this machine's headers may stop early. */
#define NEW(name, ...)                                                         \
	static long call_##name(const char *path)                              \
	{                                                                      \
		return raw((long)CALL_##name, __VA_ARGS__);                    \
	}

/* clang-format off */
CALL(open, SYS_open, path, O_RDONLY)
CALL(open_path, SYS_open, path, O_PATH | O_NOFOLLOW)
CALL(openat, SYS_openat, AT_FDCWD, path, O_RDONLY)
NEW(openat2, AT_FDCWD, path, how, sizeof(how))
CALL(stat, SYS_stat, path, buffer)
CALL(lstat, SYS_lstat, path, buffer)
CALL(newfstatat, SYS_newfstatat, AT_FDCWD, path, buffer, 0)
CALL(newfstatat_link, SYS_newfstatat, AT_FDCWD, path, buffer, NOFOLLOW)
CALL(statx, SYS_statx, AT_FDCWD, path, 0, 0x7ff, buffer)
CALL(statfs, SYS_statfs, path, buffer)
CALL(access, SYS_access, path, F_OK)
CALL(faccessat, SYS_faccessat, AT_FDCWD, path, F_OK)
NEW(faccessat2, AT_FDCWD, path, F_OK, AT_EACCESS)
NEW(file_getattr, AT_FDCWD, path, buffer, 24, 0)
NEW(file_setattr, AT_FDCWD, path, buffer, 24, 0)
CALL(truncate, SYS_truncate, path, 0L)
CALL(name_to_handle_at, SYS_name_to_handle_at, AT_FDCWD, path, buffer,
	&how[2], 0)
CALL(chdir, SYS_chdir, path)
CALL(chroot, SYS_chroot, path)
CALL(rename_from, SYS_rename, path, "renamed")
CALL(rename_to, SYS_rename, far, path)
CALL(renameat_from, SYS_renameat, AT_FDCWD, path, AT_FDCWD, "renamed")
CALL(renameat_to, SYS_renameat, AT_FDCWD, far, AT_FDCWD, path)
CALL(renameat2_from, SYS_renameat2, AT_FDCWD, path, AT_FDCWD, "renamed", 0)
CALL(renameat2_to, SYS_renameat2, AT_FDCWD, far, AT_FDCWD, path, 0)
CALL(exchange, SYS_renameat2, AT_FDCWD, far, AT_FDCWD, path, 2)
CALL(rmdir, SYS_rmdir, path)
CALL(unlink, SYS_unlink, path)
CALL(unlinkat, SYS_unlinkat, AT_FDCWD, path, 0)
CALL(unlinkat_directory, SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR)
CALL(link_from, SYS_link, path, "linked")
CALL(linkat_from, SYS_linkat, AT_FDCWD, path, AT_FDCWD, "linked", 0)
CALL(linkat_follow, SYS_linkat, AT_FDCWD, path, AT_FDCWD, "linked",
	AT_SYMLINK_FOLLOW)
CALL(symlink_text, SYS_symlink, path, "sym")
CALL(symlinkat_text, SYS_symlinkat, path, AT_FDCWD, "sym")
CALL(readlink, SYS_readlink, path, buffer, sizeof(buffer))
CALL(readlinkat, SYS_readlinkat, AT_FDCWD, path, buffer, sizeof(buffer))
CALL(chmod, SYS_chmod, path, 0600)
CALL(fchmodat, SYS_fchmodat, AT_FDCWD, path, 0600)
NEW(fchmodat2, AT_FDCWD, path, 0600, 0)
CALL(chown, SYS_chown, path, -1, -1)
CALL(lchown, SYS_lchown, path, -1, -1)
CALL(fchownat, SYS_fchownat, AT_FDCWD, path, -1, -1, 0)
CALL(utime, SYS_utime, path, NULL)
CALL(utimes, SYS_utimes, path, NULL)
CALL(futimesat, SYS_futimesat, AT_FDCWD, path, NULL)
CALL(utimensat, SYS_utimensat, AT_FDCWD, path, NULL, 0)
CALL(utimensat_link, SYS_utimensat, AT_FDCWD, path, NULL, NOFOLLOW)
CALL(setxattr, SYS_setxattr, path, "user.probe", "v", 1, 0)
CALL(getxattr, SYS_getxattr, path, "user.probe", buffer, 10)
CALL(listxattr, SYS_listxattr, path, buffer, 100)
CALL(removexattr, SYS_removexattr, path, "user.probe")
CALL(lsetxattr, SYS_lsetxattr, path, "user.probe", "v", 1, 0)
CALL(lgetxattr, SYS_lgetxattr, path, "user.probe", buffer, 10)
CALL(llistxattr, SYS_llistxattr, path, buffer, 100)
CALL(lremovexattr, SYS_lremovexattr, path, "user.probe")
NEW(setxattrat, AT_FDCWD, path, 0, "user.probe", &attribute, 16)
NEW(getxattrat, AT_FDCWD, path, 0, "user.probe", &attribute, 16)
NEW(listxattrat, AT_FDCWD, path, 0, buffer, 100)
NEW(removexattrat, AT_FDCWD, path, 0, "user.probe")
CALL(execve, SYS_execve, path, empty, empty)
CALL(execveat, SYS_execveat, AT_FDCWD, path, empty, empty, 0)
CALL(inotify_add_watch, SYS_inotify_add_watch, notify, path, IN_CREATE)
NEW(open_tree, AT_FDCWD, path, 0)
CALL(mount_target, SYS_mount, "none", path, "tmpfs", 0, NULL)
CALL(umount2, SYS_umount2, path, 0)
CALL(creat, SYS_creat, path, 0600)
CALL(create, SYS_open, path, O_CREAT | O_RDWR, 0600)
CALL(create_new, SYS_open, path, O_CREAT | O_EXCL | O_RDWR, 0600)
CALL(mkdir, SYS_mkdir, path, 0755)
CALL(mkdirat, SYS_mkdirat, AT_FDCWD, path, 0755)
CALL(mknod, SYS_mknod, path, S_IFREG | 0644, 0)
CALL(mknodat, SYS_mknodat, AT_FDCWD, path, S_IFREG | 0644, 0)
CALL(link_to, SYS_link, far, path)
CALL(linkat_to, SYS_linkat, AT_FDCWD, far, AT_FDCWD, path, 0)
CALL(symlink, SYS_symlink, "text", path)
CALL(symlinkat, SYS_symlinkat, "text", AT_FDCWD, path)
CALL(pivot_root, SYS_pivot_root, path, path)
NEW(open_tree_attr, AT_FDCWD, path, 0, mount_attributes, 32)
NEW(move_mount, AT_FDCWD, path, AT_FDCWD, path, 0)
NEW(fspick, AT_FDCWD, path, 0)
NEW(mount_setattr, AT_FDCWD, path, 0, mount_attributes, 32)
CALL(swapon, SYS_swapon, path, 0)
CALL(swapoff, SYS_swapoff, path)
CALL(acct, SYS_acct, path)
CALL(quotactl, SYS_quotactl, 0x80000700, path, 0, buffer)
CALL(fanotify_mark, SYS_fanotify_mark, -1, 1, 2L, AT_FDCWD, path)
CALL(uselib, SYS_uselib, path)

enum kind {
	LOOKS_UP,  /* what does not exist is an error */
	CREATES,   /* what does not exist is made, and exists twice never */
	CREATES_FOLLOWING, /* the same, through links */
	REMOVES,   /* names that end in . or .. are refused */
	TEXT,      /* a symlink's text */
	REFUSED,   /* always with this errno: no privilege, or no such call */
};

static const struct one {
	const char *name;
	long (*call)(const char *path);
	enum kind kind;
	int special; /* the errno of REFUSED; of a null path */
	int major, minor; /* the kernel that brought it, if new */
} calls[] = {
#define ROW(name, ...) {#name, call_##name, __VA_ARGS__}
	ROW(open, LOOKS_UP, 0, 0, 0),
	ROW(open_path, LOOKS_UP, 0, 0, 0),
	ROW(openat, LOOKS_UP, 0, 0, 0),
	ROW(openat2, LOOKS_UP, 0, 5, 6),
	ROW(stat, LOOKS_UP, 0, 0, 0),
	ROW(lstat, LOOKS_UP, 0, 0, 0),
	ROW(newfstatat, LOOKS_UP, 0, 0, 0),
	ROW(newfstatat_link, LOOKS_UP, 0, 0, 0),
	ROW(statx, LOOKS_UP, 0, 4, 11),
	ROW(statfs, LOOKS_UP, 0, 0, 0),
	ROW(access, LOOKS_UP, 0, 0, 0),
	ROW(faccessat, LOOKS_UP, 0, 0, 0),
	ROW(faccessat2, LOOKS_UP, 0, 5, 8),
	ROW(file_getattr, LOOKS_UP, 0, 6, 17),
	ROW(file_setattr, LOOKS_UP, 0, 6, 17),
	ROW(truncate, LOOKS_UP, 0, 0, 0),
	ROW(name_to_handle_at, LOOKS_UP, 0, 2, 6),
	ROW(chdir, LOOKS_UP, 0, 0, 0),
	ROW(chroot, LOOKS_UP, 0, 0, 0),
	ROW(rename_from, REMOVES, 0, 0, 0),
	ROW(rename_to, CREATES_FOLLOWING, 0, 0, 0),
	ROW(renameat_from, REMOVES, 0, 0, 0),
	ROW(renameat_to, CREATES_FOLLOWING, 0, 0, 0),
	ROW(renameat2_from, REMOVES, 0, 3, 15),
	ROW(renameat2_to, CREATES_FOLLOWING, 0, 3, 15),
	ROW(exchange, LOOKS_UP, 0, 3, 15),
	ROW(rmdir, REMOVES, 0, 0, 0),
	ROW(unlink, REMOVES, 0, 0, 0),
	ROW(unlinkat, REMOVES, 0, 0, 0),
	ROW(unlinkat_directory, REMOVES, 0, 0, 0),
	ROW(link_from, LOOKS_UP, 0, 0, 0),
	ROW(linkat_from, LOOKS_UP, 0, 0, 0),
	ROW(linkat_follow, LOOKS_UP, 0, 0, 0),
	ROW(symlink_text, TEXT, 0, 0, 0),
	ROW(symlinkat_text, TEXT, 0, 0, 0),
	ROW(readlink, LOOKS_UP, 0, 0, 0),
	ROW(readlinkat, LOOKS_UP, 0, 0, 0),
	ROW(chmod, LOOKS_UP, 0, 0, 0),
	ROW(fchmodat, LOOKS_UP, 0, 0, 0),
	ROW(fchmodat2, LOOKS_UP, 0, 6, 6),
	ROW(chown, LOOKS_UP, 0, 0, 0),
	ROW(lchown, LOOKS_UP, 0, 0, 0),
	ROW(fchownat, LOOKS_UP, 0, 0, 0),
	ROW(utime, LOOKS_UP, 0, 0, 0),
	ROW(utimes, LOOKS_UP, 0, 0, 0),
	ROW(futimesat, LOOKS_UP, 0, 0, 0),
	ROW(utimensat, LOOKS_UP, 0, 0, 0),
	ROW(utimensat_link, LOOKS_UP, 0, 0, 0),
	ROW(setxattr, LOOKS_UP, 0, 0, 0),
	ROW(getxattr, LOOKS_UP, 0, 0, 0),
	ROW(listxattr, LOOKS_UP, 0, 0, 0),
	ROW(removexattr, LOOKS_UP, 0, 0, 0),
	ROW(lsetxattr, LOOKS_UP, 0, 0, 0),
	ROW(lgetxattr, LOOKS_UP, 0, 0, 0),
	ROW(llistxattr, LOOKS_UP, 0, 0, 0),
	ROW(lremovexattr, LOOKS_UP, 0, 0, 0),
	ROW(setxattrat, LOOKS_UP, 0, 6, 13),
	ROW(getxattrat, LOOKS_UP, 0, 6, 13),
	ROW(listxattrat, LOOKS_UP, 0, 6, 13),
	ROW(removexattrat, LOOKS_UP, 0, 6, 13),
	ROW(execve, LOOKS_UP, 0, 0, 0),
	ROW(execveat, LOOKS_UP, 0, 3, 19),
	ROW(inotify_add_watch, LOOKS_UP, 0, 0, 0),
	ROW(open_tree, LOOKS_UP, 0, 5, 2),
	ROW(mount_target, LOOKS_UP, 0, 0, 0),
	ROW(umount2, LOOKS_UP, 0, 0, 0),
	ROW(creat, CREATES_FOLLOWING, 0, 0, 0),
	ROW(create, CREATES_FOLLOWING, 0, 0, 0),
	ROW(create_new, CREATES, 0, 0, 0),
	ROW(mkdir, CREATES, 0, 0, 0),
	ROW(mkdirat, CREATES, 0, 0, 0),
	ROW(mknod, CREATES, 0, 0, 0),
	ROW(mknodat, CREATES, 0, 0, 0),
	ROW(link_to, CREATES, 0, 0, 0),
	ROW(linkat_to, CREATES, 0, 0, 0),
	ROW(symlink, CREATES, 0, 0, 0),
	ROW(symlinkat, CREATES, 0, 0, 0),
	ROW(pivot_root, REFUSED, EPERM, 0, 0),
	ROW(open_tree_attr, LOOKS_UP, 0, 6, 15),
	ROW(move_mount, REFUSED, EPERM, 5, 2),
	ROW(fspick, REFUSED, EPERM, 5, 2),
	ROW(mount_setattr, REFUSED, EPERM, 5, 12),
	ROW(swapon, REFUSED, EPERM, 0, 0),
	ROW(swapoff, REFUSED, EPERM, 0, 0),
	ROW(acct, REFUSED, EPERM, 0, 0),
	ROW(quotactl, LOOKS_UP, ENODEV, 0, 0),
	ROW(fanotify_mark, REFUSED, EBADF, 2, 37),
	ROW(uselib, REFUSED, ENOSYS, 0, 0),
};
/* clang-format on */

#define COUNT (sizeof(calls) / sizeof(calls[0]))

static char name255[256];
static char name256[257];
static char path4095[4096];
static char path4096[8192];

static int complaints;

/* What is refused may be so before its path is looked up, or after that. */
static void expect(
	const struct one *one, const char *what, const char *path, int wanted)
{
	const int looked_up = wanted;
	long result;
	int got;

	if (one->major && older_than(one->major, one->minor))
		wanted = ENOSYS;
	else if (one->kind == REFUSED)
		wanted = one->special;
	else if (!path && one->special)
		wanted = one->special;
	errno = 0;
	result = one->call(path);
	got = result == -1 ? errno : 0;
	if (got == wanted || (one->kind == REFUSED && got == looked_up))
		return;
	fprintf(stderr, "%s with %s: wanted %s, got %s\n", one->name, what,
		strerror(wanted), strerror(got));
	complaints++;
}

static void paths_make(void)
{
	memset(name255, 'n', 255);
	memset(name256, 'n', 256);
	memset(path4096, '/', sizeof(path4096) - 1);
	for (size_t i = 0; i < sizeof(path4095) - 1; i++)
		path4095[i] = i % 2 ? '/' : '.';
	memcpy(path4095 + sizeof(path4095) - 8, "missing", 7);
	file_make("file", "x");
	WORKS(symlink("loop", "loop"));
	WORKS(symlink("file/x", "tofile"));
	WORKS(symlink(name256, "tolong"));
	WORKS(mkdir("closed", 0));
}

static void everywhere(const struct one *one)
{
	bool is_text = one->kind == TEXT;
	char *edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	/* A path that runs into unmapped memory. */
	munmap(edge + 4096, 4096);
	memset(edge, '.', 4096);
	expect(one, "no path", NULL, EFAULT);
	expect(one, "a bad pointer", BAD_POINTER, EFAULT);
	expect(one, "a pointer to the kernel", (char *)-4096, EFAULT);
	expect(one, "a path without an end", edge + 4000, EFAULT);
	expect(one, "an empty path", "", ENOENT);
	expect(one, "4096 bytes", path4096, ENAMETOOLONG);
	munmap(edge, 4096);
	if (is_text)
		return;
	expect(one, "a name of 256 bytes", name256, ENAMETOOLONG);
	expect(one, "a missing directory", "missing/x", ENOENT);
	expect(one, "a missing directory, absolute", absolute("missing/x"),
		ENOENT);
	expect(one, "a file as directory", "file/x", ENOTDIR);
	expect(one, "a file as directory, absolute", absolute("file/x"),
		ENOTDIR);
	expect(one, "a file with ..", "file/../x", ENOTDIR);
	expect(one, "a loop", "loop/x", ELOOP);
	expect(one, "a link below a file", "tofile/x", ENOTDIR);
	expect(one, "a link to 256 bytes", "tolong/x", ENAMETOOLONG);
	expect(one, "a closed directory", "closed/x", EACCES);
	expect(one, "a closed directory with ..", "closed/../x", EACCES);
}

/* 4095 bytes and 255 bytes are in order: only what they name is missing. */
static void longest(const struct one *one)
{
	if (one->kind != LOOKS_UP && one->kind != REMOVES)
		return;
	expect(one, "a name of 255 bytes", name255, ENOENT);
	expect(one, "a path of 4095 bytes", path4095, ENOENT);
	expect(one, "a missing name", "missing", ENOENT);
	expect(one, "a missing name, absolute", absolute("missing"), ENOENT);
	expect(one, "a missing name with a slash", "missing/", ENOENT);
}

static void existing(const struct one *one)
{
	if (one->kind != CREATES)
		return;
	expect(one, "what exists", "file", EEXIST);
	expect(one, "what exists, absolute", absolute("file"), EEXIST);
	expect(one, "a loop at its end", "loop", EEXIST);
	expect(one, "a link to nothing", "tofile", EEXIST);
	expect(one, ".", ".", EEXIST);
	expect(one, "/", "/", EEXIST);
	expect(one, "/..", "/..", EEXIST);
}

int main(void)
{
	notify = inotify_init();
	paths_make();
	for (size_t i = 0; i < COUNT; i++) {
		/* Where the kernel lacks it, proot may have it. */
		if (calls[i].call == call_execveat && older_than(3, 19))
			continue;
		everywhere(&calls[i]);
		longest(&calls[i]);
		existing(&calls[i]);
	}
	rmdir("closed");
	return complaints > 0;
}
