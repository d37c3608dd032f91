/* SPDX-License-Identifier: MIT */
/* Granting and refusing before the kernel looks. */
#include "emulate/permission.h"

#include "emulate/creation.h"
#include "emulate/lookup.h"
#include "emulate/move.h"
#include "emulate/need.h"
#include "emulate/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

int permission_attribute(struct call *call, const struct file *file, int wanted)
{
	const struct identity *identity = task_file_identity(call->task);
	struct statx attributes;
	struct record shown;

	if (file_stat(file, 0, FILE_MASK, &attributes) < 0 ||
		!(S_ISREG(attributes.stx_mode) || S_ISDIR(attributes.stx_mode)))
		return 0; /* the kernel has something else to say */
	if (S_ISDIR(attributes.stx_mode) && (attributes.stx_mode & S_ISVTX) &&
		(wanted & W_OK)) {
		owner_read(file, &attributes, &shown);
		if (!identity_owns(identity, shown.user))
			return -EPERM;
	}
	return need_rights(identity, file, &attributes, wanted);
}

/* --- open --- */

static bool is_marked_device(const struct statx *attributes)
{
	return owner_may_be_device(
		       attributes->stx_mode, attributes->stx_size) &&
	       owner_is_self(attributes);
}

static int wanted_by_open(uint64_t flags)
{
	int wanted = (flags & O_ACCMODE) == O_RDONLY   ? R_OK
		     : (flags & O_ACCMODE) == O_WRONLY ? W_OK
						       : R_OK | W_OK;

	return flags & O_TRUNC ? wanted | W_OK : wanted;
}

/*
 * Who opens a program for writing writes to it, file_remove_privs(). What
 * others of the host own the kernel sees to.
 */
static void lose_set_id(const struct identity *identity,
	const struct file *file, const struct statx *attributes)
{
	struct record shown;
	mode_t mode;

	if (!S_ISREG(attributes->stx_mode) || !owner_is_self(attributes) ||
		identity_has_over_all(identity, CAP_FSETID))
		return;
	record_hold();
	owner_read(file, attributes, &shown);
	mode = owner_changed_mode(
		shown.mode, identity_is_in_group(identity, shown.group));
	if (S_ISREG(shown.mode) && mode != shown.mode) {
		shown.mode = mode;
		owner_set(file, attributes, &shown);
	}
	record_release();
}

static int need_open(struct call *call, uint64_t flags, const struct file *file,
	struct host_path *instead)
{
	const struct identity *identity = task_file_identity(call->task);
	char end = file->path.text.bytes[file->path.text.length - 1];
	struct statx attributes;
	struct record shown;
	struct stat device;
	int status;

	if ((flags & O_PATH) ||
		(flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		return 0; /* EINVAL since Linux 6.4 */
	status = file_stat(file, 0, FILE_MASK, &attributes);
	if (status == -ENOENT && (flags & O_CREAT) && end == '/')
		return 0; /* EISDIR */
	if (status == -ENOENT && (flags & O_CREAT)) {
		status = need_parent(call, file, PATH_CREATE);
		if (status == 0 && !(flags & O_EXCL))
			creation_claim(call);
		return status;
	}
	if (status < 0 || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return 0;
	if ((flags & O_DIRECTORY) && !S_ISDIR(attributes.stx_mode))
		return 0; /* ENOTDIR */
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		creation_expect(call, file, file, &attributes);
		return need_rights(identity, file, &attributes, W_OK | X_OK);
	}
	if (S_ISDIR(attributes.stx_mode) &&
		((flags & O_CREAT) || wanted_by_open(flags) != R_OK))
		return 0; /* EISDIR */
	status =
		need_rights(identity, file, &attributes, wanted_by_open(flags));
	if (status == 0 && (wanted_by_open(flags) & W_OK))
		lose_set_id(identity, file, &attributes);
	if (status < 0 ||
		!((flags & O_NOATIME) || is_marked_device(&attributes)))
		return status;
	owner_read(file, &attributes, &shown);
	if ((flags & O_NOATIME) && !identity_owns(identity, shown.user))
		return -EPERM;
	if (!S_ISCHR(shown.mode) && !S_ISBLK(shown.mode))
		return 0;
	return owner_find_device(&shown, &device, instead) ? 1 : -ENXIO;
}

/* truncate(2), vfs_truncate(): what is no regular file is no matter of rights.
 */
static int need_truncate(const struct call *call, const struct file *file)
{
	const struct identity *identity = task_file_identity(call->task);
	struct statx attributes;
	struct record shown;
	int status;

	if ((long)call->arguments[1] < 0 ||
		file_stat(file, 0, FILE_MASK, &attributes) < 0 ||
		!S_ISREG(attributes.stx_mode))
		return 0; /* EINVAL, ENOENT, … */
	if (is_marked_device(&attributes)) {
		owner_read(file, &attributes, &shown);
		if (!S_ISREG(shown.mode))
			return -EINVAL;
	}
	status = need_rights(identity, file, &attributes, W_OK);
	if (status == 0)
		lose_set_id(identity, file, &attributes);
	return status;
}

/* --- attributes --- */

enum times {
	TIMES_NONE, /* nothing to do, or nothing that the kernel would do */
	TIMES_NOW,
	TIMES_GIVEN,
};

static enum times times_of(const struct call *call)
{
	uint64_t address = argument_of(call, CHANGE);
	struct timespec times[2];

	if (address == 0)
		return TIMES_NOW;
	if (row_index(call->row, PATH_FLAGS) < 0)
		return TIMES_GIVEN;
	if (guest_read(call->task, address, times, sizeof(times)) < 0)
		return TIMES_NONE;
	if (times[0].tv_nsec == UTIME_NOW && times[1].tv_nsec == UTIME_NOW)
		return TIMES_NOW;
	return times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT
		       ? TIMES_NONE
		       : TIMES_GIVEN;
}

/* path_permission(MAY_READ): whoever watches a file could have read it. */
static int need_watch(const struct call *call, const struct file *file)
{
	struct statx attributes;

	if (file_stat(file, 0, FILE_MASK, &attributes) < 0)
		return 0;
	return need_rights(
		task_file_identity(call->task), file, &attributes, R_OK);
}

static bool watches(const struct call *call)
{
	return row_index(call->row, INOTIFY_FLAGS) >= 0 ||
	       row_index(call->row, FANOTIFY_FLAGS) >= 0;
}

/* Who writes may say that it is now, and the owner anything; utime(2). */
static int need_times(const struct call *call, const struct file *file)
{
	const struct identity *identity = task_file_identity(call->task);
	enum times times = times_of(call);
	struct statx attributes;
	struct record shown;

	if (identity_has_over_all(identity, CAP_FOWNER) ||
		times == TIMES_NONE ||
		file_stat(file, 0, FILE_MASK, &attributes) < 0)
		return 0;
	owner_read(file, &attributes, &shown);
	owner_claim(identity, &attributes, &shown);
	if (identity_owns(identity, shown.user))
		return 0;
	return times == TIMES_NOW
		       ? need_rights(identity, file, &attributes, W_OK)
		       : -EPERM;
}

int permission_check(struct call *call, enum argument kind, uint64_t flags,
	const struct file *file, struct host_path *instead)
{
	if (call->row->handler == HANDLER_rename ||
		call->row->handler == HANDLER_link)
		move_remember(file, kind);
	switch (kind) {
	case PATH_REMOVE:
		if (call->row->handler == HANDLER_rename)
			return 0; /* see PATH_REPLACE */
				  /* fall through */
	case PATH_CREATE:
		return need_parent(call, file, kind);
	case PATH_REPLACE:
		return move_need_rename(call, file);
	case PATH_LINK:
		return move_need_link(call, file);
	case PATH_OPEN:
		return need_open(call, flags, file, instead);
	case PATH_WRITE:
		return need_truncate(call, file);
	case SOCKADDR: /* unix_find_bsd(): who connects, writes */
		return need_file(
			task_file_identity(call->task), file, S_IFSOCK, W_OK);
	case PATH_ENTER:
		return need_file(
			task_file_identity(call->task), file, S_IFDIR, X_OK);
	default:
		if (row_index(call->row, CHANGE) >= 0)
			return need_times(call, file);
		if (watches(call))
			return need_watch(call, file);
		if (call->row->handler == HANDLER_chroot)
			return need_file(task_file_identity(call->task), file,
				S_IFDIR, X_OK);
		return 0;
	}
}

/* --- programs --- */

bool permission_execute(
	const struct identity *identity, const struct host_path *path)
{
	struct file file;
	struct statx attributes;

	file.follows = true;
	text_copy(&file.path.text, &path->text);
	return file_stat(&file, 0, FILE_MASK, &attributes) < 0 ||
	       !S_ISREG(attributes.stx_mode) ||
	       need_rights(identity, &file, &attributes, X_OK) == 0;
}
