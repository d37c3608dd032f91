/* SPDX-License-Identifier: MIT */
/* From the host's owners and modes to the shown ones, and back. */
#include "emulate/owner.h"

#include "base/log.h"
#include "emulate/call.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/xattr.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

bool owner_is_self(const struct statx *attributes)
{
	return attributes->stx_uid == identity_host_user();
}

static bool host_is_root(void)
{
	return identity_host_user() == 0;
}

/* --- what is no file system's --- */

/* The end of a pipe, and so on: made once, to see where they are. */
const dev_t *owner_kernel_devices(void)
{
	static dev_t devices[OWNER_KERNEL_DEVICES];
	struct stat status;
	int fds[OWNER_KERNEL_DEVICES - 1];

	if (devices[0] != 0 || stat("/proc", &status) < 0)
		return devices;
	devices[0] = status.st_dev;
	if (stat("/dev/pts", &status) == 0)
		devices[1] = status.st_dev;
	if (pipe2(fds, O_CLOEXEC) < 0)
		fds[0] = fds[1] = -1;
	fds[2] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	fds[3] = (int)syscall(SYS_memfd_create, "proot", 1); /* MFD_CLOEXEC */
	fds[4] = epoll_create1(EPOLL_CLOEXEC);
	close(fds[0]);
	for (int i = 1; i < OWNER_KERNEL_DEVICES - 1; i++) {
		if (fstat(fds[i], &status) == 0)
			devices[1 + i] = status.st_dev;
		close(fds[i]);
	}
	return devices;
}

static bool is_on(const struct statx *attributes, dev_t device)
{
	return attributes->stx_dev_minor == minor(device) &&
	       attributes->stx_dev_major == major(device);
}

static bool is_of_process(const struct statx *attributes)
{
	const dev_t *devices = owner_kernel_devices();

	for (int i = 0; i < OWNER_KERNEL_DEVICES; i++)
		if (is_on(attributes, devices[i]))
			return devices[i] != 0;
	return false;
}

/* What a path of a descriptor means: DESCRIPTOR bytes of it are its link. */
static bool find_opened(
	const struct file *file, size_t descriptor, struct text *opened)
{
	const struct text *path = &file->path.text;
	struct host_path link;
	ssize_t size;

	text_set(&link.text, path->bytes, descriptor);
	size = readlink(link.text.bytes, opened->bytes, TEXT_MAX);
	if (size <= 0 || size >= TEXT_MAX)
		return false;
	text_truncate(opened, (size_t)size);
	return text_append(opened, path->bytes + descriptor,
		       path->length - descriptor) == 0;
}

/* Whose is it: what /proc has of a process, or what that has open? */
static int process_of(const struct file *file, const struct statx *attributes)
{
	const char *path = file->path.text.bytes;
	struct text opened;
	int descriptor = 0;
	int fd;
	int pid;

	if (sscanf(path, "/proc/%d", &pid) != 1)
		return 0;
	sscanf(path, "/proc/%*d/fd/%d%n", &fd, &descriptor);
	if (descriptor > 0 && is_on(attributes, owner_kernel_devices()[0]) &&
		(file->follows || path[descriptor] != '\0') &&
		find_opened(file, (size_t)descriptor, &opened) &&
		sscanf(opened.bytes, "/proc/%d", &pid) != 1)
		return 0;
	return pid;
}

/*
 * What /proc has of a process belongs to who that is shown as, and so do its
 * pipes and the like, which nobody has a record of.
 */
static void show_process(const struct file *file,
	const struct statx *attributes, struct record *shown)
{
	int pid = process_of(file, attributes);
	const struct identity *identity = pid > 0 ? task_identity(pid) : NULL;

	if (!identity)
		return;
	shown->user = identity->user.effective;
	shown->group = identity->group.effective;
}

/* Unix98 terminals, admin-guide/devices.txt: the host's, whoever has them. */
bool owner_is_terminal(const struct statx *attributes)
{
	return S_ISCHR(attributes->stx_mode) &&
	       attributes->stx_rdev_major >= 136 &&
	       attributes->stx_rdev_major <= 143;
}

void owner_read(const struct file *file, const struct statx *attributes,
	struct record *shown)
{
	if (!host_is_root() && owner_is_self(attributes) &&
		record_read(file, attributes, shown))
		return;
	*shown = (struct record){
		.user = identity_show_user(attributes->stx_uid),
		.group = identity_show_group(attributes->stx_gid),
		.mode = attributes->stx_mode,
		.device_major = attributes->stx_rdev_major,
		.device_minor = attributes->stx_rdev_minor,
	};
	if (owner_is_self(attributes) && is_of_process(attributes))
		show_process(file, attributes, shown);
}

bool owner_find_device(const struct record *shown, struct stat *device,
	struct host_path *found)
{
	static const char *const names[] = {"/dev/null", "/dev/zero",
		"/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
		"/dev/console", "/dev/ptmx"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (stat(names[i], device) == 0 &&
			(device->st_mode & S_IFMT) == (shown->mode & S_IFMT) &&
			major(device->st_rdev) == shown->device_major &&
			minor(device->st_rdev) == shown->device_minor) {
			text_set(&found->text, names[i], strlen(names[i]));
			return true;
		}
	return false;
}

/* The file that one gets by opening it: cp(1) asks whether it is the same. */
static void show_device(const struct record *shown, struct statx *attributes)
{
	struct host_path path;
	struct stat device;

	if (!owner_find_device(shown, &device, &path))
		return;
	attributes->stx_dev_major = major(device.st_dev);
	attributes->stx_dev_minor = minor(device.st_dev);
	attributes->stx_ino = device.st_ino;
}

void owner_claim(const struct identity *who, const struct statx *attributes,
	struct record *shown)
{
	if (who && owner_is_self(attributes) && owner_is_terminal(attributes))
		shown->user = who->user.fs;
}

void owner_show(const struct identity *who, const struct file *file,
	struct statx *attributes)
{
	struct record shown;

	owner_read(file, attributes, &shown);
	owner_claim(who, attributes, &shown);
	if (S_ISREG(attributes->stx_mode) && !S_ISREG(shown.mode))
		show_device(&shown, attributes);
	attributes->stx_uid = shown.user;
	attributes->stx_gid = shown.group;
	attributes->stx_mode = (uint16_t)shown.mode;
	attributes->stx_rdev_major = shown.device_major;
	attributes->stx_rdev_minor = shown.device_minor;
}

/* struct vfs_cap_data, linux/capability.h: little-endian, version 2 or 3. */
void owner_read_capabilities(const struct file *file, struct set_id *set_id)
{
	struct vfs_ns_cap_data data = {0};
	long size = -ENODATA;

	if (!host_is_root())
		size = file_get_attribute(file, RECORD_PREFIX XATTR_NAME_CAPS,
			&data, sizeof(data));
	if (size < 0)
		size = file_get_attribute(
			file, XATTR_NAME_CAPS, &data, sizeof(data));
	if (size < (long)XATTR_CAPS_SZ_2)
		return;
	set_id->has_capabilities = true;
	set_id->root = size < (long)XATTR_CAPS_SZ_3 ? 0 : le32toh(data.rootid);
	set_id->is_effective =
		(le32toh(data.magic_etc) & VFS_CAP_FLAGS_EFFECTIVE) != 0;
	for (unsigned int i = 0; i < 2; i++) {
		set_id->permitted |= (uint64_t)le32toh(data.data[i].permitted)
				     << 32 * i;
		set_id->inheritable |=
			(uint64_t)le32toh(data.data[i].inheritable) << 32 * i;
	}
	set_id->permitted &= ALL_CAPABILITIES;
	set_id->inheritable &= ALL_CAPABILITIES;
}

/* --- changing --- */

void owner_lose_capabilities(
	const struct file *file, const struct statx *attributes)
{
	int flags = file->follows ? 0 : AT_SYMLINK_NOFOLLOW;

	if (host_is_root() || !owner_is_self(attributes) ||
		!S_ISREG(attributes->stx_mode))
		return;
	if (file_get_attribute(file, RECORD_PREFIX XATTR_NAME_CAPS, NULL, 0) >=
		0)
		file_remove_attribute(file, RECORD_PREFIX XATTR_NAME_CAPS);
	/* The host's own is the kernel's to take. */
	if (file_get_attribute(file, XATTR_NAME_CAPS, NULL, 0) > 0 &&
		fchownat(AT_FDCWD, file->path.text.bytes, ID_NONE, ID_NONE,
			flags) < 0)
		log_debug(LOG_CALLS, "%s: %s", file->path.text.bytes,
			strerror(errno));
}

static int change_mode(const struct file *file, mode_t mode)
{
	return chmod(file->path.text.bytes, mode) < 0 ? -errno : 0;
}

/* The host's own root needs nobody to remember anything. */
static int set_as_root(const struct file *file, const struct record *wanted)
{
	int flags = file->follows ? 0 : AT_SYMLINK_NOFOLLOW;

	if (fchownat(AT_FDCWD, file->path.text.bytes, wanted->user,
		    wanted->group, flags) < 0)
		return errno == EROFS ? -EROFS : 0;
	if (!S_ISLNK(wanted->mode))
		change_mode(file, wanted->mode & 07777);
	return 0;
}

int owner_set(const struct file *file, const struct statx *attributes,
	const struct record *wanted)
{
	mode_t mode = owner_implied_mode(wanted);
	bool is_own = wanted->user == identity_show_user(attributes->stx_uid) &&
		      wanted->group == identity_show_group(attributes->stx_gid);
	int status = 0;

	if (host_is_root())
		return set_as_root(file, wanted);
	if (!owner_is_self(attributes))
		return 0;
	if (owner_is_terminal(attributes))
		return change_mode(file, wanted->mode & 07777);
	if (!S_ISLNK(wanted->mode) && mode != (attributes->stx_mode & 07777))
		status = change_mode(file, mode);
	if (status == -EROFS)
		return status;
	if (is_own && (S_ISLNK(wanted->mode) || mode == (wanted->mode & 07777)))
		status = record_remove(file, attributes);
	else
		status = record_write(file, attributes, wanted);
	/* Without a store it is forgotten; that is full, or must not change. */
	return status == -EROFS || status == -ENOSPC || status == -EDQUOT
		       ? status
		       : 0;
}
