/* SPDX-License-Identifier: MIT */
/* What is needed of a file, and of the directory of a name. */
#include "emulate/need.h"

#include "emulate/creation.h"
#include "emulate/lookup.h"
#include "emulate/owner.h"
#include "emulate/rights.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Of a file of our own: what its owner lacks is given, if it is allowed. */
int need_rights(const struct identity *identity, const struct file *file,
	const struct statx *attributes, int wanted)
{
	int has = attributes->stx_mode >> 6 & 7;
	bool is_lacking = (wanted & ~has) != 0;
	struct record shown;
	int status = 0;

	if (S_ISLNK(attributes->stx_mode) || owner_is_terminal(attributes) ||
		(!owner_is_self(attributes) && identity_host_user() != 0))
		return 0; /* the kernel's word counts */
	if (!is_lacking && identity_has_over_all(identity, CAP_DAC_OVERRIDE))
		return 0;
	record_hold();
	owner_read(file, attributes, &shown);
	if (!rights_permit(identity, file, &shown, wanted))
		status = -EACCES;
	else if (is_lacking)
		status = owner_set(file, attributes, &shown);
	record_release();
	return status;
}

void need_bare_name(const struct file *file, struct file *name)
{
	struct text *path = &name->path.text;

	name->follows = false;
	text_copy(path, &file->path.text);
	path_trim(path);
}

bool need_is_no_name(const struct file *file)
{
	const char *last = path_last(&file->path.text);

	return strcmp(last, ".") == 0 || strcmp(last, "..") == 0;
}

bool need_ends_in_slash(const struct file *file)
{
	const struct text *path = &file->path.text;

	return path->length > 0 && path->bytes[path->length - 1] == '/';
}

int need_stat_parent(
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

bool need_fails_anyway(
	const struct call *call, const struct file *file, enum argument kind)
{
	struct file name;
	struct statx attributes;
	bool exists;

	need_bare_name(file, &name);
	if (need_is_no_name(&name))
		return true;
	if (kind == PATH_REMOVE && need_ends_in_slash(file) &&
		!removes_directory(call)) {
		if (call->row->handler == HANDLER_unlink)
			return true;
		text_copy(&name.path.text, &file->path.text);
	}
	exists = file_stat(&name, 0, FILE_MASK, &attributes) == 0;
	return kind == PATH_REMOVE ? !exists
				   : exists || (need_ends_in_slash(file) &&
						       !makes_directory(call));
}

/* The sticky bit of a directory; may_delete(), fs/namei.c. */
static bool is_kept(const struct identity *identity, const struct file *file,
	const struct file *parent, const struct statx *attributes)
{
	struct file name;
	struct statx of_name;
	struct record shown;

	if (identity_has_over_all(identity, CAP_FOWNER))
		return false;
	owner_read(parent, attributes, &shown);
	if (!(shown.mode & S_ISVTX) || shown.user == identity->user.fs)
		return false;
	need_bare_name(file, &name);
	if (file_stat(&name, 0, FILE_MASK, &of_name) < 0)
		return false;
	owner_read(&name, &of_name, &shown);
	return shown.user != identity->user.fs &&
	       !identity_has_over(
		       identity, CAP_FOWNER, shown.user, shown.group);
}

int need_name(const struct identity *identity, const struct file *file,
	enum argument kind)
{
	struct file parent;
	struct statx attributes;
	int status;

	if (need_stat_parent(file, &parent, &attributes) < 0 ||
		attributes.stx_nlink == 0)
		return 0; /* ENOENT */
	status = need_rights(identity, &parent, &attributes, W_OK | X_OK);
	if (status == 0 && (kind == PATH_REMOVE || kind == PATH_REPLACE) &&
		is_kept(identity, file, &parent, &attributes))
		status = -EPERM;
	return status;
}

int need_parent(struct call *call, const struct file *file, enum argument kind)
{
	struct file parent;
	struct statx attributes;
	int status = need_name(task_file_identity(call->task), file, kind);

	if (status < 0)
		return need_fails_anyway(call, file, kind) ? 0 : status;
	if (kind == PATH_CREATE &&
		need_stat_parent(file, &parent, &attributes) == 0)
		creation_expect(call, file, &parent, &attributes);
	return 0;
}

/* Of another TYPE, the kernel has something else to say. */
int need_file(const struct identity *identity, const struct file *file,
	mode_t type, int wanted)
{
	struct statx attributes;

	if (file_stat(file, 0, FILE_MASK, &attributes) < 0 ||
		(attributes.stx_mode & S_IFMT) != type)
		return 0;
	return need_rights(identity, file, &attributes, wanted);
}
