/* SPDX-License-Identifier: MIT */
/* What files are: the stat family, access, statfs, truncate, handles. */
// rows: stat lstat newfstatat statx statfs access faccessat faccessat2
// rows: truncate name_to_handle_at file_getattr file_setattr
#include "probe.h"

#define SIZE_OF_STATX 256
#define EACCESS	      0x200

/* struct statx up to what is asked for here, statx(2) */
struct extended {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, unused;
	uint64_t ino, size;
	uint8_t rest[SIZE_OF_STATX - 48];
};

static int directory;

static void stat_calls(void)
{
	struct stat got;
	struct stat same;

	WORKS(raw(SYS_stat, "file", &got));
	EQUAL(7, got.st_size);
	STEP(S_ISREG(got.st_mode));
	WORKS(raw(SYS_stat, absolute("file"), &same));
	EQUAL(got.st_ino, same.st_ino);
	WORKS(raw(SYS_stat, "link", &same));
	EQUAL(got.st_ino, same.st_ino);
	WORKS(raw(SYS_stat, absolute("absolute"), &same));
	EQUAL(got.st_ino, same.st_ino);
	FAILS(ENOENT, raw(SYS_stat, "dangling", &got));
	FAILS(EFAULT, raw(SYS_stat, "file", BAD_POINTER));
	WORKS(raw(SYS_stat, "d/", &got));
	FAILS(ENOTDIR, raw(SYS_stat, "link/", &got));
	WORKS(raw(SYS_lstat, "link", &got));
	STEP(S_ISLNK(got.st_mode));
	EQUAL(4, got.st_size);
	WORKS(raw(SYS_lstat, absolute("absolute"), &got));
	STEP(S_ISLNK(got.st_mode));
	EQUAL(strlen(absolute("file")), got.st_size);
	WORKS(raw(SYS_lstat, "dangling", &got));
	WORKS(raw(SYS_lstat, "tod/", &got));
	STEP(S_ISDIR(got.st_mode));
	WORKS(raw(SYS_lstat, "tod/inner", &got));
	WORKS(raw(SYS_stat, "/", &got));
	WORKS(raw(SYS_stat, "/..", &same));
	EQUAL(got.st_ino, same.st_ino);
	WORKS(raw(SYS_lstat, "/../..", &same));
	EQUAL(got.st_ino, same.st_ino);
}

static void newfstatat_calls(void)
{
	struct stat got;
	struct stat same;
	int fd;

	WORKS(raw(SYS_newfstatat, directory, "inner", &got, 0));
	EQUAL(5, got.st_size);
	WORKS(raw(SYS_newfstatat, directory, "../file", &got, 0));
	EQUAL(7, got.st_size);
	WORKS(raw(SYS_newfstatat, directory, absolute("file"), &got, 0));
	EQUAL(7, got.st_size);
	WORKS(raw(SYS_newfstatat, -1, absolute("link"), &got, 0));
	EQUAL(7, got.st_size);
	WORKS(raw(SYS_newfstatat, AT_FDCWD, "link", &got, AT_SYMLINK_NOFOLLOW));
	STEP(S_ISLNK(got.st_mode));
	FAILS(EBADF, raw(SYS_newfstatat, -1, "file", &got, 0));
	FAILS(ENOENT, raw(SYS_newfstatat, directory, "", &got, 0));
	FAILS(EINVAL, raw(SYS_newfstatat, directory, "inner", &got, 1));
	if (older_than(2, 6))
		return;
	WORKS(raw(SYS_newfstatat, directory, "", &got, AT_EMPTY_PATH));
	WORKS(fstat(directory, &same));
	EQUAL(same.st_ino, got.st_ino);
	WORKS(raw(SYS_newfstatat, AT_FDCWD, "", &got, AT_EMPTY_PATH));
	WORKS(stat(".", &same));
	EQUAL(same.st_ino, got.st_ino);
	WORKS(raw(SYS_newfstatat, directory, "inner", &got, AT_EMPTY_PATH));
	EQUAL(5, got.st_size);
	WORKS(fd = open("absolute", O_PATH | O_NOFOLLOW));
	WORKS(raw(SYS_newfstatat, fd, "", &got, AT_EMPTY_PATH));
	STEP(S_ISLNK(got.st_mode));
	close(fd);
	FAILS(EBADF, raw(SYS_newfstatat, fd, "", &got, AT_EMPTY_PATH));
}

static long statx_of(
	int dirfd, const char *path, int flags, struct extended *got)
{
	return raw(SYS_statx, dirfd, path, flags, 0x7ff, got);
}

static void statx_calls(void)
{
	struct extended got;
	struct stat same;

	if (older_than(4, 11)) {
		FAILS(ENOSYS, statx_of(AT_FDCWD, "file", 0, &got));
		return;
	}
	WORKS(stat("file", &same));
	WORKS(statx_of(AT_FDCWD, "file", 0, &got));
	EQUAL(7, got.size);
	EQUAL(same.st_ino, got.ino);
	EQUAL(same.st_mode, got.mode);
	WORKS(statx_of(directory, "../absolute", 0, &got));
	EQUAL(same.st_ino, got.ino);
	WORKS(statx_of(directory, absolute("absolute"), 0, &got));
	EQUAL(same.st_ino, got.ino);
	WORKS(statx_of(AT_FDCWD, "absolute", AT_SYMLINK_NOFOLLOW, &got));
	STEP(S_ISLNK(got.mode));
	FAILS(ENOENT, statx_of(directory, "", 0, &got));
	WORKS(fstat(directory, &same));
	WORKS(statx_of(directory, "", AT_EMPTY_PATH, &got));
	EQUAL(same.st_ino, got.ino);
	FAILS(EINVAL, statx_of(AT_FDCWD, "file", 0x6000, &got));
	FAILS(EFAULT, statx_of(AT_FDCWD, "file", 0, BAD_POINTER));
	FAILS(EBADF, statx_of(-1, "file", 0, &got));
	/* Since Linux 6.11 no path is an empty path. */
	if (!older_than(6, 11)) {
		WORKS(statx_of(directory, NULL, AT_EMPTY_PATH, &got));
		EQUAL(same.st_ino, got.ino);
		WORKS(raw(
			SYS_newfstatat, directory, NULL, &same, AT_EMPTY_PATH));
		EQUAL(same.st_ino, got.ino);
	}
}

static void statfs_calls(void)
{
	/* struct statfs, as the kernel has it on 64 bits */
	struct {
		long type, bsize;
		unsigned long rest[30];
	} got, same;

	WORKS(raw(SYS_statfs, "file", &got));
	WORKS(raw(SYS_fstatfs, directory, &same));
	EQUAL(same.type, got.type);
	WORKS(raw(SYS_statfs, "/proc", &got));
	EQUAL(0x9fa0, got.type);
	WORKS(raw(SYS_statfs, absolute("absolute"), &got));
	EQUAL(same.type, got.type);
	FAILS(ENOENT, raw(SYS_statfs, "dangling", &got));
	FAILS(EFAULT, raw(SYS_statfs, "file", BAD_POINTER));
}

static void access_calls(void)
{
	WORKS(raw(SYS_access, "file", R_OK | W_OK));
	WORKS(raw(SYS_access, absolute("absolute"), R_OK));
	FAILS(EACCES, raw(SYS_access, "file", X_OK));
	FAILS(ENOENT, raw(SYS_access, "dangling", F_OK));
	FAILS(EINVAL, raw(SYS_access, "file", 64));
	WORKS(raw(SYS_faccessat, directory, "inner", R_OK));
	WORKS(raw(SYS_faccessat, directory, "../link", R_OK));
	WORKS(raw(SYS_faccessat, directory, absolute("link"), R_OK));
	FAILS(EBADF, raw(SYS_faccessat, -1, "link", R_OK));
	/* It has three arguments: what lies in the fourth does not count. */
	FAILS(ENOENT, raw(SYS_faccessat, AT_FDCWD, "dangling", F_OK,
			      AT_SYMLINK_NOFOLLOW));
	FAILS(ENOENT, raw(SYS_faccessat, directory, "", F_OK, AT_EMPTY_PATH));
	if (older_than(5, 8)) {
		FAILS(ENOSYS,
			raw((long)CALL_faccessat2, AT_FDCWD, "file", 0, 0));
		return;
	}
	WORKS(raw((long)CALL_faccessat2, directory, "../link", R_OK, EACCESS));
	WORKS(raw((long)CALL_faccessat2, AT_FDCWD, "dangling", F_OK,
		AT_SYMLINK_NOFOLLOW));
	FAILS(ENOENT,
		raw((long)CALL_faccessat2, AT_FDCWD, "dangling", F_OK, 0));
	WORKS(raw((long)CALL_faccessat2, directory, "", R_OK, AT_EMPTY_PATH));
	FAILS(EINVAL, raw((long)CALL_faccessat2, directory, "inner", R_OK, 1));
}

static void truncate_calls(void)
{
	struct stat got;

	file_make("long", "0123456789");
	WORKS(symlink(absolute("long"), "tolong"));
	WORKS(raw(SYS_truncate, "long", 8L));
	WORKS(stat("long", &got));
	EQUAL(8, got.st_size);
	WORKS(raw(SYS_truncate, absolute("tolong"), 3L));
	WORKS(stat("long", &got));
	EQUAL(3, got.st_size);
	FAILS(EISDIR, raw(SYS_truncate, "d", 0L));
	FAILS(EINVAL, raw(SYS_truncate, "long", -1L));
	FAILS(ENOENT, raw(SYS_truncate, "dangling", 0L));
	STEP(!listed(open(".", O_RDONLY), "nothing"));
}

struct handle {
	uint32_t size;
	int32_t type;
	unsigned char bytes[128];
};

static long handle_of(int dirfd, const char *path, int flags, struct handle *to)
{
	int mount;

	memset(to, 0, sizeof(*to));
	to->size = sizeof(to->bytes);
	return raw(SYS_name_to_handle_at, dirfd, path, to, &mount, flags);
}

static void handles(void)
{
	struct handle file;
	struct handle other;

	if (handle_of(AT_FDCWD, "file", 0, &file) < 0) {
		STEP(errno == EOPNOTSUPP || errno == ENOSYS);
		return;
	}
	WORKS(handle_of(directory, "../file", 0, &other));
	STEP(memcmp(&file, &other, sizeof(file)) == 0);
	WORKS(handle_of(
		directory, absolute("absolute"), AT_SYMLINK_FOLLOW, &other));
	STEP(memcmp(&file, &other, sizeof(file)) == 0);
	WORKS(handle_of(AT_FDCWD, absolute("absolute"), 0, &other));
	STEP(memcmp(&file, &other, sizeof(file)) != 0);
	WORKS(handle_of(AT_FDCWD, "dangling", 0, &other));
	FAILS(ENOENT,
		handle_of(AT_FDCWD, "dangling", AT_SYMLINK_FOLLOW, &other));
	WORKS(handle_of(AT_FDCWD, "d", 0, &file));
	WORKS(handle_of(directory, "", AT_EMPTY_PATH, &other));
	STEP(memcmp(&file, &other, sizeof(file)) == 0);
	FAILS(EINVAL, handle_of(AT_FDCWD, "file", AT_SYMLINK_NOFOLLOW, &file));
}

/* struct file_attr, 24 bytes */
static void attributes(void)
{
	unsigned char got[24];
	unsigned char same[24];
	long result = raw(
		(long)CALL_file_getattr, AT_FDCWD, "file", got, sizeof(got), 0);

	if (older_than(6, 17)) {
		FAILS(ENOSYS, result);
		return;
	}
	if (result < 0 && (errno == EOPNOTSUPP || errno == ENOTTY))
		return;
	WORKS(result);
	WORKS(raw((long)CALL_file_getattr, directory, "../absolute", same,
		sizeof(same), 0));
	STEP(memcmp(got, same, sizeof(got)) == 0);
	FAILS(ENOENT, raw((long)CALL_file_getattr, AT_FDCWD, "dangling", same,
			      sizeof(same), 0));
	WORKS(raw((long)CALL_file_getattr, directory, "", same, sizeof(same),
		AT_EMPTY_PATH));
	FAILS(ENOENT, raw((long)CALL_file_setattr, AT_FDCWD, "dangling", got,
			      sizeof(got), 0));
	WORKS(raw((long)CALL_file_setattr, directory, absolute("absolute"), got,
		sizeof(got), 0));
}

int main(void)
{
	scratch_open();
	file_make("file", "content");
	WORKS(mkdir("d", 0755));
	file_make("d/inner", "inner");
	WORKS(symlink("file", "link"));
	WORKS(symlink("d", "tod"));
	WORKS(symlink(absolute("file"), "absolute"));
	WORKS(symlink(absolute("nothing"), "dangling"));
	WORKS(directory = open("d", O_RDONLY | O_DIRECTORY));
	stat_calls();
	newfstatat_calls();
	statx_calls();
	statfs_calls();
	access_calls();
	truncate_calls();
	handles();
	attributes();
	return 0;
}
