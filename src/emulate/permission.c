/* SPDX-License-Identifier: MIT */
/* Granting and refusing before the kernel looks. */
#include "emulate/permission.h"

#include "emulate/creation.h"
#include "emulate/identity.h"
#include "emulate/lookup.h"
#include "emulate/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Of a file of our own: what its owner lacks is given, if it is allowed. */
static int need(const struct identity *identity, const struct file *file,
	const struct statx *attributes, int wanted)
{
	int has = attributes->stx_mode >> 6 & 7;
	bool is_lacking = (wanted & ~has) != 0;
	struct record shown;

	if (S_ISLNK(attributes->stx_mode) ||
		(!owner_is_self(attributes) && identity_host_user() != 0))
		return 0; /* the kernel's word counts */
	if (!is_lacking && identity_has(identity, CAP_DAC_OVERRIDE))
		return 0;
	owner_read(file, attributes, &shown);
	if (!identity_permits(identity,
		    &(struct permissions){shown.user, shown.group, shown.mode},
		    wanted))
		return -EACCES;
	return is_lacking ? owner_set(file, attributes, &shown) : 0;
}

/* The name itself, never what it leads to, and without a slash at its end. */
static void name_of(const struct file *file, struct file *name)
{
	struct text *path = &name->path.text;

	name->follows = false;
	text_copy(path, &file->path.text);
	while (path->length > 1 && path->bytes[path->length - 1] == '/')
		text_truncate(path, path->length - 1);
}

static bool is_no_name(const struct file *file)
{
	const char *last = path_last(&file->path.text);

	return strcmp(last, ".") == 0 || strcmp(last, "..") == 0;
}

static bool ends_in_slash(const struct file *file)
{
	const struct text *path = &file->path.text;

	return path->length > 0 && path->bytes[path->length - 1] == '/';
}

/* What rename(2) moves or link(2) links, when its new name is asked about. */
static struct file source;

void permission_forget(void)
{
	text_clear(&source.path.text);
}

static void remember(const struct file *file, enum argument kind)
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

/* 0, or the kernel has something else to say. */
static int parent_stat(
	const struct file *file, struct file *parent, struct statx *attributes)
{
	int status = file_parent(file, parent);

	if (status == 0)
		status = file_stat(parent, 0, FILE_MASK, attributes);
	if (status == 0 && !S_ISDIR(attributes->stx_mode))
		status = -ENOTDIR;
	return status;
}

/* mkdir(2) alone takes a slash behind a new name. */
static bool makes_directory(const struct call *call)
{
	return call->row->handler == HANDLER_rewrite &&
	       row_index(call->row, MODE) >= 0;
}

/*
 * Before permissions, the kernel tells that a name is taken, or missing, that
 * "." and ".." are none, and what is wrong with a slash.
 */
static bool fails_anyway(
	const struct call *call, const struct file *file, enum argument kind)
{
	struct file name;
	struct statx attributes;
	bool exists;

	name_of(file, &name);
	if (is_no_name(&name))
		return true;
	if (kind == PATH_REMOVE && ends_in_slash(file) &&
		!removes_directory(call)) {
		if (call->row->handler == HANDLER_unlink)
			return true;
		text_copy(&name.path.text, &file->path.text);
	}
	exists = file_stat(&name, 0, FILE_MASK, &attributes) == 0;
	return kind == PATH_REMOVE ? !exists
				   : exists || (ends_in_slash(file) &&
						       !makes_directory(call));
}

/* The sticky bit of a directory; may_delete(), fs/namei.c. */
static bool is_kept(const struct identity *identity, const struct file *file,
	const struct file *parent, const struct statx *attributes)
{
	struct file name;
	struct statx of_name;
	struct record shown;

	if (identity_has(identity, CAP_FOWNER))
		return false;
	owner_read(parent, attributes, &shown);
	if (!(shown.mode & S_ISVTX) || identity_owns(identity, shown.user))
		return false;
	name_of(file, &name);
	if (file_stat(&name, 0, FILE_MASK, &of_name) < 0)
		return false;
	owner_read(&name, &of_name, &shown);
	return !identity_owns(identity, shown.user);
}

/* A name in its directory is made or goes away. */
static int need_name(const struct identity *identity, const struct file *file,
	enum argument kind)
{
	struct file parent;
	struct statx attributes;
	int status;

	if (parent_stat(file, &parent, &attributes) < 0)
		return 0;
	status = need(identity, &parent, &attributes, W_OK | X_OK);
	if (status == 0 && (kind == PATH_REMOVE || kind == PATH_REPLACE) &&
		is_kept(identity, file, &parent, &attributes))
		status = -EPERM;
	return status;
}

static int need_parent(
	struct call *call, const struct file *file, enum argument kind)
{
	struct file parent;
	struct statx attributes;
	int status = need_name(task_file_identity(call->task), file, kind);

	if (status < 0)
		return fails_anyway(call, file, kind) ? 0 : status;
	if (kind == PATH_CREATE && parent_stat(file, &parent, &attributes) == 0)
		creation_expect(call, file, &parent, &attributes);
	return 0;
}

/* Of another TYPE, the kernel has something else to say. */
static int need_file(const struct identity *identity, const struct file *file,
	mode_t type, int wanted)
{
	struct statx attributes;

	if (file_stat(file, 0, FILE_MASK, &attributes) < 0 ||
		(attributes.stx_mode & S_IFMT) != type)
		return 0;
	return need(identity, file, &attributes, wanted);
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

	name_of(&source, &move->from);
	name_of(file, &move->to);
	if (flags_are_wrong(call) || is_no_name(&move->from) ||
		is_no_name(&move->to) ||
		parent_stat(&move->from, &parent, &old) < 0 ||
		parent_stat(&move->to, &parent, &new) < 0 ||
		!are_on_one_device(&old, &new) ||
		file_stat(&move->from, 0, FILE_MASK, &move->moved) < 0)
		return false;
	status = file_stat(&move->to, 0, FILE_MASK, &move->replaced);
	move->replaces = status == 0;
	move->changes_parent = !are_same(&old, &new);
	if (move->replaces ? (flags & RENAME_NOREPLACE) != 0
			   : status != -ENOENT || exchanges)
		return false;
	if (ends_in_slash(&source) && !S_ISDIR(move->moved.stx_mode))
		return false;
	if (ends_in_slash(file) &&
		!S_ISDIR(
			(exchanges ? &move->replaced : &move->moved)->stx_mode))
		return false;
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
		status = need(identity, &move->from, &move->moved, W_OK);
	if (status == 0 && exchanges && S_ISDIR(move->replaced.stx_mode))
		status = need(identity, &move->to, &move->replaced, W_OK);
	return status;
}

/* do_renameat2() and vfs_rename(), in their order. */
static int need_move(struct call *call, const struct file *file)
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
	       !identity_permits(identity,
		       &(struct permissions){
			       shown.user, shown.group, shown.mode},
		       R_OK | W_OK);
}

static int need_link(struct call *call, const struct file *file)
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
		parent_stat(file, &parent, &of_parent) < 0 ||
		!are_on_one_device(&attributes, &of_parent))
		return 0; /* EXDEV, or what is missing */
	status = is_protected(identity, &attributes)
			 ? -EPERM
			 : need_name(identity, file, PATH_LINK);
	return status < 0 && fails_anyway(call, file, PATH_LINK) ? 0 : status;
}

int permission_attribute(struct call *call, const struct file *file, int wanted)
{
	const struct identity *identity = task_file_identity(call->task);
	int status = need_file(identity, file, S_IFREG, wanted);

	return status < 0 ? status : need_file(identity, file, S_IFDIR, wanted);
}

/* --- open --- */

static bool is_marked_device(const struct statx *attributes)
{
	return S_ISREG(attributes->stx_mode) && attributes->stx_size == 0 &&
	       (attributes->stx_mode & DEVICE_MARK) &&
	       owner_is_self(attributes);
}

static int wanted_by_open(uint64_t flags)
{
	int wanted = (flags & O_ACCMODE) == O_RDONLY   ? R_OK
		     : (flags & O_ACCMODE) == O_WRONLY ? W_OK
						       : R_OK | W_OK;

	return flags & O_TRUNC ? wanted | W_OK : wanted;
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
	if (status == -ENOENT && (flags & O_CREAT))
		return end == '/' ? 0 /* EISDIR */
				  : need_parent(call, file, PATH_CREATE);
	if (status < 0 || (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return 0;
	if ((flags & O_DIRECTORY) && !S_ISDIR(attributes.stx_mode))
		return 0; /* ENOTDIR */
	if ((flags & O_TMPFILE) == O_TMPFILE) {
		creation_expect(call, file, file, &attributes);
		return need(identity, file, &attributes, W_OK | X_OK);
	}
	if (S_ISDIR(attributes.stx_mode) &&
		((flags & O_CREAT) || wanted_by_open(flags) != R_OK))
		return 0; /* EISDIR */
	status = need(identity, file, &attributes, wanted_by_open(flags));
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
	return need(task_file_identity(call->task), file, &attributes, R_OK);
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

	if (identity_has(identity, CAP_FOWNER) || times == TIMES_NONE ||
		file_stat(file, 0, FILE_MASK, &attributes) < 0)
		return 0;
	owner_read(file, &attributes, &shown);
	if (identity_owns(identity, shown.user))
		return 0;
	return times == TIMES_NOW ? need(identity, file, &attributes, W_OK)
				  : -EPERM;
}

int permission_check(struct call *call, enum argument kind, uint64_t flags,
	const struct file *file, struct host_path *instead)
{
	if (call->row->handler == HANDLER_rename ||
		call->row->handler == HANDLER_link)
		remember(file, kind);
	switch (kind) {
	case PATH_REMOVE:
		if (call->row->handler == HANDLER_rename)
			return 0; /* see PATH_REPLACE */
				  /* fall through */
	case PATH_CREATE:
		return need_parent(call, file, kind);
	case PATH_REPLACE:
		return need_move(call, file);
	case PATH_LINK:
		return need_link(call, file);
	case PATH_OPEN:
		return need_open(call, flags, file, instead);
	case PATH_WRITE:
		if ((long)call->arguments[1] < 0)
			return 0; /* truncate(2): EINVAL */
		return need_file(
			task_file_identity(call->task), file, S_IFREG, W_OK);
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

/* --- the way, and programs --- */

bool permission_open_way(
	const struct identity *identity, const struct host_path *path)
{
	struct file file;
	struct statx attributes;
	bool has_opened = false;

	file.follows = true;
	for (size_t i = 1; i < path->text.length; i++) {
		if (path->text.bytes[i] != '/')
			continue;
		text_set(&file.path.text, path->text.bytes, i);
		if (file_stat(&file, 0, FILE_MASK, &attributes) < 0)
			break;
		if (!S_ISDIR(attributes.stx_mode) ||
			!owner_is_self(&attributes) ||
			(attributes.stx_mode & S_IXUSR))
			continue;
		if (need(identity, &file, &attributes, X_OK) < 0)
			break;
		has_opened = true;
	}
	return has_opened;
}

bool permission_execute(
	const struct identity *identity, const struct host_path *path)
{
	struct file file;
	struct statx attributes;

	file.follows = true;
	text_copy(&file.path.text, &path->text);
	return file_stat(&file, 0, FILE_MASK, &attributes) < 0 ||
	       !S_ISREG(attributes.stx_mode) ||
	       need(identity, &file, &attributes, X_OK) == 0;
}
