/* SPDX-License-Identifier: MIT */
/* shmem_parse_one() and shmem_fill_super(), mm/shmem.c. */
#include "emulate/tmpfs.h"

#include "emulate/owner.h"
#include "emulate/user_namespace.h"
#include "view/storage.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct options {
	uint32_t mode;
	uint32_t user;
	uint32_t group;
};

/* kstrtouint(), lib/kstrtox.c */
static int number_of(const char *text, int base, uint32_t *number)
{
	char *end;
	unsigned long value = strtoul(text, &end, base);

	if (!isdigit((unsigned char)text[0]) || *end != '\0' ||
		value > UINT32_MAX)
		return -EINVAL;
	*number = (uint32_t)value;
	return 0;
}

/* An id as the mounter's user namespace knows it. */
static int id_of(const struct process *process, enum id_kind kind,
	const char *text, uint32_t *id)
{
	int status = number_of(text, 0, id);

	if (status == 0 && *id == ID_NONE)
		return -EINVAL;
	return status < 0 ? status : user_namespace_take(process, kind, id);
}

/* What there is no directory for, as size=, is taken for granted. */
static int take_option(const struct process *process, const char *option,
	bool is_ramfs, struct options *options)
{
	if (strncmp(option, "mode=", 5) == 0)
		return number_of(option + 5, 8, &options->mode);
	if (!is_ramfs && strncmp(option, "uid=", 4) == 0)
		return id_of(process, ID_USER, option + 4, &options->user);
	if (!is_ramfs && strncmp(option, "gid=", 4) == 0)
		return id_of(process, ID_GROUP, option + 4, &options->group);
	return 0;
}

static int read_options(
	struct call *call, bool is_ramfs, struct options *options)
{
	char text[TEXT_MAX] = "";
	char *rest = text;
	char *option;
	int status = 0;

	if (call->arguments[4] != 0 &&
		guest_read_string(
			call->task, call->arguments[4], text, sizeof(text)) < 0)
		return -EFAULT;
	while (status == 0 && (option = strsep(&rest, ",")))
		status = take_option(
			call->task->process, option, is_ramfs, options);
	return status;
}

/* Without an identity that files are judged by, it is for the kernel to say. */
static void give(const struct task *task, const struct host_path *host,
	const struct options *options)
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
	struct options options = {.mode = is_ramfs ? 0755 : 01777,
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
