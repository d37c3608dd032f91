/* SPDX-License-Identifier: MIT */
/* Permissions of rename(2) and link(2), which have two names. */
#include "emulate/move.h"

#include "emulate/lookup.h"
#include "emulate/need.h"
#include "emulate/owner.h"
#include "emulate/rights.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* What rename(2) moves or link(2) links, when its new name is asked about. */
static struct file source;

void move_forget(void)
{
	text_clear(&source.path.text);
}

void move_remember(const struct file *file, enum argument kind)
{
	if (kind == PATH_REPLACE || kind == PATH_LINK)
		return;
	source.follows = file->follows;
	text_copy(&source.path.text, &file->path.text);
}

static bool are_same(const struct statx *one, const struct statx *other)
{
	return one->stx_ino == other->stx_ino &&
	       one->stx_dev_minor == other->stx_dev_minor &&
	       one->stx_dev_major == other->stx_dev_major;
}

static bool are_on_one_device(
	const struct statx *one, const struct statx *other)
{
	return one->stx_dev_minor == other->stx_dev_minor &&
	       one->stx_dev_major == other->stx_dev_major;
}

/* --- rename --- */

struct move {
	struct file from;
	struct file to;
	struct statx moved;
	struct statx replaced;
	bool replaces;
	bool changes_parent;
};

/* Where a name is, whichever way leads there. */
static bool find_place(const struct file *name, struct text *place)
{
	char real[PATH_MAX];
	const char *last = path_last(&name->path.text);
	struct text parent;

	text_copy(&parent, &name->path.text);
	path_remove_last(&parent);
	return realpath(parent.bytes, real) &&
	       text_set(place, real, strlen(real)) == 0 &&
	       path_join(place, last, strlen(last)) == 0;
}

/* Is it a directory that the name is in, or the name itself? */
static bool contains(const struct file *file, const struct statx *attributes,
	const struct file *name)
{
	struct text outer;
	struct text inner;

	return S_ISDIR(attributes->stx_mode) && find_place(file, &outer) &&
	       find_place(name, &inner) && path_below(&inner, &outer);
}

/*
 * What do_renameat2() looks at before permissions. False: it ends there, or
 * there are two names of one file, so that nothing is done.
 */
static bool move_find(
	const struct call *call, const struct file *file, struct move *move)
{
	uint64_t flags = argument_of(call, RENAME_FLAGS);
	bool exchanges = (flags & RENAME_EXCHANGE) != 0;
	struct file parent;
	struct statx old;
	struct statx new;
	int status;

	need_bare_name(&source, &move->from);
	need_bare_name(file, &move->to);
	if (flags_are_wrong(call) || need_is_no_name(&move->from) ||
		need_is_no_name(&move->to) ||
		need_stat_parent(&move->from, &parent, &old) < 0 ||
		need_stat_parent(&move->to, &parent, &new) < 0 ||
		new.stx_nlink == 0 || !are_on_one_device(&old, &new) ||
		file_stat(&move->from, 0, FILE_MASK, &move->moved) < 0)
		return false;
	status = file_stat(&move->to, 0, FILE_MASK, &move->replaced);
	move->replaces = status == 0;
	move->changes_parent = !are_same(&old, &new);
	if (move->replaces ? (flags & RENAME_NOREPLACE) != 0
			   : status != -ENOENT || exchanges)
		return false;
	if (need_ends_in_slash(&source) && !S_ISDIR(move->moved.stx_mode))
		return false;
	if (need_ends_in_slash(file) &&
		!S_ISDIR(
			(exchanges ? &move->replaced : &move->moved)->stx_mode))
		return false;
	if (contains(&move->from, &move->moved, &move->to) ||
		(move->replaces &&
			contains(&move->to, &move->replaced, &move->from)))
		return false; /* EINVAL, ENOTEMPTY, or they are the same */
	return !move->replaces || !are_same(&move->moved, &move->replaced);
}

/* In another directory, the ".." of a directory has to be written. */
static int need_dotdot(const struct call *call, const struct move *move)
{
	const struct identity *identity = task_file_identity(call->task);
	bool exchanges = (argument_of(call, RENAME_FLAGS) & RENAME_EXCHANGE);
	int status = 0;

	if (!move->changes_parent)
		return 0;
	if (move->replaces && !exchanges &&
		S_ISDIR(move->moved.stx_mode) !=
			S_ISDIR(move->replaced.stx_mode))
		return 0; /* ENOTDIR, EISDIR */
	if (S_ISDIR(move->moved.stx_mode))
		status = need_rights(identity, &move->from, &move->moved, W_OK);
	if (status == 0 && exchanges && S_ISDIR(move->replaced.stx_mode))
		status =
			need_rights(identity, &move->to, &move->replaced, W_OK);
	return status;
}

/* do_renameat2() and vfs_rename(), in their order. */
int move_need_rename(struct call *call, const struct file *file)
{
	const struct identity *identity = task_file_identity(call->task);
	struct move move;
	int status;

	if (source.path.text.length == 0 || !move_find(call, file, &move))
		return 0;
	status = need_name(identity, &move.from, PATH_REMOVE);
	if (status == 0)
		status = need_name(identity, &move.to, PATH_REPLACE);
	return status == 0 ? need_dotdot(call, &move) : status;
}

/* --- link --- */

/* /proc/sys/fs/protected_hardlinks, proc(5). */
static bool links_are_protected(void)
{
	char value = '0';
	int fd = open("/proc/sys/fs/protected_hardlinks", O_RDONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (read(fd, &value, 1) < 1)
			value = '0';
		close(fd);
	}
	return value != '0';
}

/* may_linkat() and safe_hardlink_source(), fs/namei.c. */
static bool is_protected(
	const struct identity *identity, const struct statx *attributes)
{
	const mode_t set_group = S_ISGID | S_IXGRP;
	struct record shown;

	owner_read(&source, attributes, &shown);
	if (identity_owns(identity, shown.user) || !links_are_protected())
		return false;
	return !S_ISREG(shown.mode) || (shown.mode & S_ISUID) ||
	       (shown.mode & set_group) == set_group ||
	       !rights_permit(identity, &source, &shown, R_OK | W_OK);
}

int move_need_link(struct call *call, const struct file *file)
{
	const struct identity *identity = task_file_identity(call->task);
	struct file parent;
	struct statx attributes;
	struct statx of_parent;
	int status;

	if (identity_is_whole(identity))
		return need_parent(call, file, PATH_LINK);
	if (source.path.text.length == 0 ||
		file_stat(&source, 0, FILE_MASK, &attributes) < 0 ||
		need_stat_parent(file, &parent, &of_parent) < 0 ||
		of_parent.stx_nlink == 0 ||
		!are_on_one_device(&attributes, &of_parent))
		return 0; /* EXDEV, or what is missing */
	status = is_protected(identity, &attributes)
			 ? -EPERM
			 : need_name(identity, file, PATH_LINK);
	return status < 0 && need_fails_anyway(call, file, PATH_LINK) ? 0
								      : status;
}
