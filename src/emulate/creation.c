/* SPDX-License-Identifier: MIT */
/* Records of new files. */
#include "emulate/creation.h"

#include "emulate/identity.h"
#include "emulate/lookup.h"
#include "emulate/owner.h"
#include "emulate/paths.h"

#include <linux/capability.h>
#include <stdlib.h>
#include <sys/stat.h>

struct creation {
	struct file file;
	uint32_t user;
	uint32_t group;
	mode_t lost; /* of the mode */
};

static bool is_set_id(const struct call *call)
{
	return (argument_of(call, MODE) & (S_ISUID | S_ISGID)) != 0;
}

/* A directory with S_ISGID passes its group on, inode_init_owner(). */
uint32_t creation_group(const struct identity *identity,
	const struct file *parent, const struct statx *attributes)
{
	struct record shown;

	if (!(attributes->stx_mode & S_ISGID))
		return identity->group.fs;
	owner_read(parent, attributes, &shown);
	return shown.group;
}

/* mode_strip_sgid(), fs/inode.c: programs of a group that one is not in. */
static mode_t lost_mode(const struct call *call,
	const struct identity *identity, const struct statx *parent,
	uint32_t group)
{
	mode_t wanted = argument_of(call, MODE) & (S_ISGID | S_IXGRP);

	return (parent->stx_mode & S_ISGID) && wanted == (S_ISGID | S_IXGRP) &&
			       !identity_is_in_group(identity, group) &&
			       !identity_has(identity, CAP_FSETID)
		       ? S_ISGID
		       : 0;
}

void creation_expect(struct call *call, const struct file *file,
	const struct file *parent, const struct statx *attributes)
{
	struct task *task = call->task;
	const struct identity *identity = task_file_identity(task);
	uint32_t group = creation_group(identity, parent, attributes);

	free(task->creation);
	task->creation = NULL;
	if (identity->user.fs == identity_own_user() &&
		group == identity_own_group() && !is_set_id(call))
		return;
	task->creation = malloc(sizeof(*task->creation));
	if (!task->creation)
		return;
	task->creation->user = identity->user.fs;
	task->creation->group = group;
	task->creation->lost = lost_mode(call, identity, attributes, group);
	task->creation->file.follows = false;
	text_copy(&task->creation->file.path.text, &file->path.text);
	call_at_exit(call, creation_exit);
}

void creation_exit(struct call *call)
{
	struct creation *creation = call->task->creation;
	struct statx attributes;
	struct record record;

	call->task->creation = NULL;
	if (!creation)
		return;
	if (call->result >= 0 && row_index(call->row, PATH_OPEN) >= 0) {
		viewer_proc_path(&call->task->viewer, (int)call->result,
			&creation->file.path);
		creation->file.follows = true;
	}
	record_hold();
	if (call->result >= 0 &&
		file_stat(&creation->file, 0, FILE_MASK, &attributes) == 0) {
		record = (struct record){.user = creation->user,
			.group = creation->group,
			.mode = attributes.stx_mode};
		if (!S_ISDIR(record.mode))
			record.mode &= ~creation->lost;
		owner_set(&creation->file, &attributes, &record);
	}
	record_release();
	free(creation);
}
