/* SPDX-License-Identifier: MIT */
/* Answering stat(2) and its relatives. */
#include "emulate/attributes.h"

#include "emulate/handlers.h"
#include "emulate/identity.h"
#include "emulate/links.h"
#include "emulate/owner.h"
#include "emulate/paths.h"
#include "emulate/user_namespace.h"
#include "view/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

void attributes_show(const struct task *task, const struct file *file,
	struct statx *attributes)
{
	const struct process *process = task->process;

	if (identity_is_shown())
		owner_show(task->identity, file, attributes);
	if (process->features & FEATURE_LINKS)
		links_show(file, attributes);
	if (process->user_namespace) {
		attributes->stx_uid = user_namespace_show(
			process, ID_USER, attributes->stx_uid);
		attributes->stx_gid = user_namespace_show(
			process, ID_GROUP, attributes->stx_gid);
	}
}

/* --- the guest's shapes --- */

static struct timespec time_of(const struct statx_timestamp *stamp)
{
	return (struct timespec){
		.tv_sec = stamp->tv_sec, .tv_nsec = stamp->tv_nsec};
}

/* The kernel's struct stat: musl's has the same layout where we run. */
static void fill_stat(const struct statx *from, struct stat *to)
{
	memset(to, 0, sizeof(*to));
	to->st_dev = makedev(from->stx_dev_major, from->stx_dev_minor);
	to->st_ino = from->stx_ino;
	to->st_nlink = from->stx_nlink;
	to->st_mode = from->stx_mode;
	to->st_uid = from->stx_uid;
	to->st_gid = from->stx_gid;
	to->st_rdev = makedev(from->stx_rdev_major, from->stx_rdev_minor);
	to->st_size = (off_t)from->stx_size;
	to->st_blksize = (blksize_t)from->stx_blksize;
	to->st_blocks = (blkcnt_t)from->stx_blocks;
	to->st_atim = time_of(&from->stx_atime);
	to->st_mtim = time_of(&from->stx_mtime);
	to->st_ctim = time_of(&from->stx_ctime);
}

/* --- handlers --- */

static int answer(struct call *call, int out, struct statx *attributes)
{
	struct stat status;

	if (call->row->arguments[out] == OUT_STATX) {
		if (!(call->arguments[row_index(call->row, STATX_MASK)] &
			    STATX_BTIME))
			attributes->stx_mask &= ~STATX_BTIME;
		return guest_write(call->task, call->arguments[out], attributes,
			sizeof(*attributes));
	}
	fill_stat(attributes, &status);
	return guest_write(
		call->task, call->arguments[out], &status, sizeof(status));
}

/*
 * statx(2) says itself what it wants, and is told what it got: besides, only
 * what we have to know of the file.
 */
static unsigned int mask_of(const struct call *call)
{
	int index = row_index(call->row, STATX_MASK);

	if (index < 0)
		return FILE_MASK;
	return (unsigned int)call->arguments[index] |
	       (FILE_MASK & ~(STATX_ATIME | STATX_MTIME | STATX_CTIME));
}

static unsigned int flags_of(const struct call *call)
{
	return (unsigned int)argument_of(call, PATH_FLAGS) &
	       ~(unsigned int)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH);
}

/*
 * Root sees by /proc/1/root that it is in a chroot; systemctl(1) then succeeds
 * without doing anything. The real user may not look, and init's is "/".
 */
static int stat_root_of_init(
	struct call *call, struct file *file, struct statx *attributes)
{
	const struct proc_entry entry = proc_entry(&file->path);

	if (entry.kind != PROC_ROOT || entry.pid != 1 || !file->follows ||
		!task_may(call->task, CAP_SYS_PTRACE))
		return -EACCES;
	text_set(&file->path.text, "/", 1);
	return file_stat(file, flags_of(call), mask_of(call), attributes);
}

void stat_enter(struct call *call)
{
	unsigned int features = call->task->process->features;
	int out = row_index(call->row, OUT_STAT);
	enum path_outcome outcome;
	struct statx attributes;
	struct file file;
	struct file parent;
	int tries = 0;
	int status;

	if (!(features & ATTRIBUTE_FEATURES)) {
		rewrite_enter(call);
		return;
	}
	if (out < 0)
		out = row_index(call->row, OUT_STATX);
	do {
		outcome = file_of_call(call, &file);
		if (outcome == PATH_REFUSED || file.path.text.length == 0)
			return;
		status = file_stat(
			&file, flags_of(call), mask_of(call), &attributes);
	} while ((features & FEATURE_LINKS) && ++tries < REPEATS_MAX &&
		 links_have_changed(&file, status, &attributes));
	if (status == -EACCES && (features & FEATURE_IDENTITY))
		status = stat_root_of_init(call, &file, &attributes);
	/* By the time it looks, an emulated link may have come. */
	if (status == -ENOENT && (features & FEATURE_LINKS) && !file.follows &&
		file_parent(&file, &parent) == 0 &&
		access(parent.path.text.bytes, F_OK) == 0) {
		call_finish(call, status);
		return;
	}
	if (status < 0 && outcome == PATH_LEFT)
		return; /* the kernel knows what is wrong */
	if (status == 0) {
		attributes_show(call->task, &file, &attributes);
		status = answer(call, out, &attributes);
	}
	call_finish(call, status);
}
