/* SPDX-License-Identifier: MIT */
/* shmem_fill_super(), mm/shmem.c. */
#include "emulate/tmpfs.h"

#include "emulate/owner.h"
#include "emulate/tmpfs_options.h"
#include "view/storage.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static int read_options(
	struct call *call, bool is_ramfs, struct tmpfs_options *options)
{
	char text[TEXT_MAX] = "";

	if (call->arguments[4] != 0 &&
		guest_read_string(
			call->task, call->arguments[4], text, sizeof(text)) < 0)
		return -EFAULT;
	return tmpfs_options_read(call->task->process, text, is_ramfs, options);
}

/* Without an identity that files are judged by, it is for the kernel to say. */
static void give(const struct task *task, const struct host_path *host,
	const struct tmpfs_options *options)
{
	struct record record = {.user = options->user,
		.group = options->group,
		.mode = S_IFDIR | (options->mode & 07777)};
	struct file file = {.follows = true};
	struct statx attributes;

	text_copy(&file.path.text, &host->text);
	if (!task_file_identity(task)) {
		if (chown(host->text.bytes, options->user, options->group) == 0)
			chmod(host->text.bytes, options->mode & 07777);
	} else if (file_stat(&file, 0, FILE_MASK, &attributes) == 0) {
		owner_set(&file, &attributes, &record);
	}
}

int tmpfs_create(struct call *call, bool is_ramfs, struct new_mount *new)
{
	const struct identity *identity = call->task->identity;
	struct tmpfs_options options = {.mode = is_ramfs ? 0755 : 01777,
		.user = identity ? identity->user.fs : geteuid(),
		.group = identity ? identity->group.fs : getegid()};
	int status = read_options(call, is_ramfs, &options);

	if (status == 0)
		status = storage_create(
			options.mode & 07777, &new->storage, &new->host);
	if (status < 0)
		return status;
	new->type = is_ramfs ? "ramfs" : "tmpfs";
	give(call->task, &new->host, &options);
	return 0;
}
