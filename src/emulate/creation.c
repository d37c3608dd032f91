/* SPDX-License-Identifier: MIT */
/* Records of new files. */
#include "emulate/creation.h"

#include "emulate/acl.h"
#include "emulate/identity.h"
#include "emulate/lookup.h"
#include "emulate/owner.h"
#include "emulate/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LIST_KEPT RECORD_PREFIX ACL_DEFAULT

struct creation {
	struct file file;
	uint32_t user;
	uint32_t group;
	mode_t lost; /* of the mode */
	bool is_claimed;
	mode_t mode; /* that was asked for, and counts if there is a list */
	size_t list_size; /* 0: there is none */
	char list[];	  /* the directory's default one */
};

#define NO_MODE 0x80000000u /* no bit of a mode */

/* What a call asks for, unless what it makes has none. */
static mode_t made_mode(const struct call *call)
{
	int how_index = row_index(call->row, OPEN_HOW);
	struct open_how how;

	if (row_index(call->row, MODE) >= 0)
		return argument_of(call, MODE) & 07777;
	if (how_index >= 0 && guest_read(call->task, call->arguments[how_index],
				      &how, sizeof(how)) == 0)
		return how.mode & 07777;
	/* It minds the umask itself: what it has made tells. */
	return call->row->handler == HANDLER_bind ? 0 : NO_MODE;
}

static bool is_set_id(mode_t mode)
{
	return (mode & (S_ISUID | S_ISGID)) != 0;
}

/* How long it is; 0: there is none, or what is made takes none. */
static size_t read_list(
	const struct file *parent, mode_t mode, char list[ACL_MAX])
{
	long size;

	if (mode == NO_MODE || !record_has_lists())
		return 0;
	size = file_get_attribute(parent, LIST_KEPT, list, ACL_MAX);
	return size > 0 ? (size_t)size : 0;
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
static mode_t lost_mode(mode_t mode, const struct identity *identity,
	const struct statx *parent, uint32_t group)
{
	mode_t wanted = mode & (S_ISGID | S_IXGRP);

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
	mode_t mode = made_mode(call);
	char list[ACL_MAX];
	size_t list_size = read_list(parent, mode, list);

	free(task->creation);
	task->creation = NULL;
	if (identity->user.fs == identity_own_user() &&
		group == identity_own_group() && !is_set_id(mode) &&
		list_size == 0)
		return;
	task->creation = malloc(sizeof(*task->creation) + list_size);
	if (!task->creation)
		return;
	task->creation->user = identity->user.fs;
	task->creation->group = group;
	task->creation->is_claimed = false;
	task->creation->lost = lost_mode(mode, identity, attributes, group);
	task->creation->mode = mode;
	task->creation->list_size = list_size;
	memcpy(task->creation->list, list, list_size);
	task->creation->file.follows = false;
	text_copy(&task->creation->file.path.text, &file->path.text);
	call_at_exit(call, creation_exit);
}

void creation_claim(struct call *call)
{
	int index = row_index(call->row, OPEN_FLAGS);
	struct creation *creation = call->task->creation;

	if (!creation || index < 0)
		return;
	creation->is_claimed = true;
	call_set(call, (unsigned int)index, call->arguments[index] | O_EXCL);
}

/* posix_acl_create(), fs/posix_acl.c: the umask does not count. */
static void set_with_list(struct creation *creation,
	const struct statx *attributes, struct record *record)
{
	mode_t mode = creation->mode & 0777;
	char list[ACL_MAX];
	bool says_more;

	memcpy(list, creation->list, creation->list_size);
	says_more = acl_narrow(list, creation->list_size, &mode);
	record->mode = (record->mode & ~(mode_t)0777) | mode;
	owner_set(&creation->file, attributes, record);
	if (says_more)
		file_set_attribute(&creation->file, RECORD_PREFIX ACL_ACCESS,
			list, creation->list_size, 0);
	if (S_ISDIR(record->mode))
		file_set_attribute(&creation->file, LIST_KEPT, creation->list,
			creation->list_size, 0);
	record_note_lists();
}

void creation_exit(struct call *call)
{
	struct creation *creation = call->task->creation;
	struct statx attributes;
	struct record record;
	struct record other;

	call->task->creation = NULL;
	if (!creation)
		return;
	if (call->result == -EEXIST && creation->is_claimed)
		call->starts_again = call->repeats < REPEATS_MAX;
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
		/* Who was faster has changed its mode. */
		if (record_read(&creation->file, &attributes, &other))
			record.mode = other.mode;
		if (call->row->handler == HANDLER_bind)
			creation->mode = attributes.stx_mode;
		if (creation->list_size > 0)
			set_with_list(creation, &attributes, &record);
		else
			owner_set(&creation->file, &attributes, &record);
	}
	record_release();
	free(creation);
}
