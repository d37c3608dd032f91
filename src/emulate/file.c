/* SPDX-License-Identifier: MIT */
/* Asking the kernel about a file. */
#include "emulate/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* --- stat --- */

static struct statx_timestamp timestamp(const struct timespec *time)
{
	return (struct statx_timestamp){
		.tv_sec = time->tv_sec, .tv_nsec = (uint32_t)time->tv_nsec};
}

/* Before Linux 4.11: no time of birth. */
static int stat_by_old_call(const char *path, int flags, struct statx *out)
{
	struct stat status;

	flags &= ~AT_STATX_SYNC_TYPE; /* the other call has none of these */
	if (fstatat(AT_FDCWD, path, &status, flags) < 0)
		return -errno;
	*out = (struct statx){
		.stx_mask = STATX_BASIC_STATS,
		.stx_blksize = (uint32_t)status.st_blksize,
		.stx_nlink = (uint32_t)status.st_nlink,
		.stx_uid = status.st_uid,
		.stx_gid = status.st_gid,
		.stx_mode = (uint16_t)status.st_mode,
		.stx_ino = status.st_ino,
		.stx_size = (uint64_t)status.st_size,
		.stx_blocks = (uint64_t)status.st_blocks,
		.stx_atime = timestamp(&status.st_atim),
		.stx_mtime = timestamp(&status.st_mtim),
		.stx_ctime = timestamp(&status.st_ctim),
		.stx_rdev_major = major(status.st_rdev),
		.stx_rdev_minor = minor(status.st_rdev),
		.stx_dev_major = major(status.st_dev),
		.stx_dev_minor = minor(status.st_dev),
	};
	return 0;
}

int file_stat(const struct file *file, unsigned int flags, unsigned int mask,
	struct statx *attributes)
{
	static bool is_missing;

	if (!file->follows)
		flags |= AT_SYMLINK_NOFOLLOW;
	if (!is_missing) {
		if (syscall(SYS_statx, AT_FDCWD, file->path.text.bytes, flags,
			    mask, attributes) == 0)
			return 0;
		/* EPERM: a sandbox around us that does not know it. */
		if (errno != ENOSYS && errno != EPERM)
			return -errno;
		is_missing = true;
	}
	return stat_by_old_call(file->path.text.bytes, (int)flags, attributes);
}

int file_parent(const struct file *file, struct file *parent)
{
	struct text *path = &parent->path.text;

	text_copy(path, &file->path.text);
	path_trim(path);
	if (path->length < 2)
		return -ENOENT;
	path_remove_last(path);
	parent->follows = true;
	return 0;
}

/* --- extended attributes --- */

long file_get_attribute(
	const struct file *file, const char *name, void *value, size_t size)
{
	const char *path = file->path.text.bytes;
	long got = file->follows ? getxattr(path, name, value, size)
				 : lgetxattr(path, name, value, size);

	return got < 0 ? -errno : got;
}

int file_set_attribute(const struct file *file, const char *name,
	const void *value, size_t size, int flags)
{
	const char *path = file->path.text.bytes;
	int status = file->follows ? setxattr(path, name, value, size, flags)
				   : lsetxattr(path, name, value, size, flags);

	return status < 0 ? -errno : 0;
}

int file_remove_attribute(const struct file *file, const char *name)
{
	const char *path = file->path.text.bytes;
	int status = file->follows ? removexattr(path, name)
				   : lremovexattr(path, name);

	return status < 0 ? -errno : 0;
}

long file_list_attributes(const struct file *file, char *list, size_t size)
{
	const char *path = file->path.text.bytes;
	long got = file->follows ? listxattr(path, list, size)
				 : llistxattr(path, list, size);

	return got < 0 ? -errno : got;
}

bool file_is_directory(const struct host_path *path)
{
	struct stat status;

	return stat(path->text.bytes, &status) == 0 && S_ISDIR(status.st_mode);
}
