/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes of a guest with a shown identity. security.* and
 * trusted.* need privileges: a fake root's are kept as user.containers.*, and
 * come back under their own names. What is kept so is hidden under its own.
 * Access control lists are kept, too: the ids in them are the guest's. What
 * they say about owner, group and others is done to the mode.
 *
 * Attributes that the host itself has (file capabilities of its programs) are
 * shown where the guest has set none.
 */
#include "emulate/acl.h"
#include "emulate/handlers.h"
#include "emulate/identity.h"
#include "emulate/kept_names.h"
#include "emulate/owner.h"
#include "emulate/paths.h"
#include "emulate/permission.h"

#include <endian.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/xattr.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VALUE_MAX 65536

/* What a call is about. */
struct attribute {
	struct file file;
	char name[ATTRIBUTE_NAME_SIZE];
	/* Its name here: */
	char kept[ATTRIBUTE_NAME_SIZE + sizeof(RECORD_PREFIX)];
	uint64_t value; /* where the guest has it, or wants it */
	uint64_t size;
	uint64_t flags;
};

static bool read_value(struct call *call, int name, struct attribute *a)
{
	struct attribute_arguments packed;

	if (call->row->arguments[name + 1] != XATTR_ARGS) {
		a->value = call->arguments[name + 1];
		a->size = call->arguments[name + 2];
		a->flags = name + 3 < ARGUMENTS ? call->arguments[name + 3] : 0;
		return true;
	}
	if (call->arguments[name + 2] < sizeof(packed) ||
		guest_read(call->task, call->arguments[name + 1], &packed,
			sizeof(packed)) < 0)
		return false;
	a->value = packed.value;
	a->size = packed.size;
	a->flags = packed.flags;
	return true;
}

/* May the kernel do it, and could it do so about what is kept? */
static int check(struct call *call, const struct file *file)
{
	bool reads = call->row->handler == HANDLER_getxattr;

	return file->path.text.length == 0
		       ? 0
		       : permission_attribute(call, file, reads ? R_OK : W_OK);
}

/* False: it is none of ours, or the call is finished. */
static bool find_attribute(struct call *call, struct attribute *a)
{
	int name = row_index(call->row, XATTR_NAME);
	int status;

	if (!task_file_identity(call->task) || identity_host_user() == 0 ||
		guest_read_string(call->task, call->arguments[name], a->name,
			sizeof(a->name)) <= 0 ||
		!read_value(call, name, a)) {
		rewrite_enter(call);
		return false;
	}
	if (file_of_call(call, &a->file) == PATH_REFUSED)
		return false;
	status = check(call, &a->file);
	if (!name_is_kept(a->name) && !name_is_ours(a->name)) {
		if (status < 0)
			call_finish(call, status);
		else
			rewrite_enter(call);
		return false;
	}
	strcpy(a->kept, RECORD_PREFIX);
	strcat(a->kept, a->name);
	return a->file.path.text.length > 0;
}

/* Where there is no room for it, it is forgotten. */
static int keep(const struct attribute *a, const char *value, int flags)
{
	int status =
		file_set_attribute(&a->file, a->kept, value, a->size, flags);

	return status == -EOPNOTSUPP || status == -EPERM || status == -EACCES
		       ? 0
		       : status;
}

/* --- what root alone may set --- */

/* xattr_permission(), fs/xattr.c, and cap_inode_setxattr() */
static bool may_set_root_attribute(const struct identity *identity,
	const char *name, const struct record *shown)
{
	if (strcmp(name, XATTR_NAME_CAPS) == 0)
		return identity_has_over(
			identity, CAP_SETFCAP, shown->user, shown->group);
	return identity_has_over_all(identity, CAP_SYS_ADMIN);
}

static int may_change(const struct call *call, const struct attribute *a,
	const struct record *shown)
{
	if (!may_set_root_attribute(call->task->identity, a->name, shown))
		return -EPERM;
	return strchr(a->name, '.')[1] == '\0' ? -EINVAL : 0;
}

/* validheader(), security/commoncap.c */
static bool is_capability(const char *value, uint64_t size)
{
	struct vfs_ns_cap_data data = {0};

	if (size > sizeof(data))
		return false;
	memcpy(&data, value, size);
	switch (le32toh(data.magic_etc) & ~VFS_CAP_FLAGS_EFFECTIVE) {
	case VFS_CAP_REVISION_2:
		return size == XATTR_CAPS_SZ_2;
	case VFS_CAP_REVISION_3:
		return size == XATTR_CAPS_SZ_3;
	default:
		return false;
	}
}

static int set_plain(const struct call *call, const struct attribute *a,
	const struct record *shown, const char *value)
{
	int status;

	if (strcmp(a->name, XATTR_NAME_CAPS) == 0 && a->size > 0 &&
		!is_capability(value, a->size))
		return -EINVAL;
	status = may_change(call, a, shown);
	return status < 0 ? status : keep(a, value, (int)a->flags);
}

static int remove_plain(const struct call *call, const struct attribute *a,
	const struct statx *attributes, const struct record *shown)
{
	int status = may_change(call, a, shown);

	if (status == 0)
		status = file_remove_attribute(&a->file, a->kept);
	if (status == -EPERM && !S_ISREG(attributes->stx_mode) &&
		!S_ISDIR(attributes->stx_mode))
		status = -ENODATA; /* nothing is kept there */
	return status;
}

/* --- access control lists --- */

/* What a list says of owner, group and others is the file's mode. */
static int set_mode(const struct call *call, const struct attribute *a,
	const struct statx *attributes, const struct record *shown, mode_t mode)
{
	struct record wanted = *shown;

	wanted.mode = (wanted.mode & ~(mode_t)0777) | mode;
	if (!identity_keeps_set_gid(
		    call->task->identity, shown->user, shown->group))
		wanted.mode &= ~(mode_t)S_ISGID;
	return owner_set(&a->file, attributes, &wanted);
}

/*
 * The host may have given one, too. That there is none is no error, but a file
 * system that cannot be written is.
 */
static int drop_list(const struct attribute *a, const struct statx *attributes)
{
	int status = file_remove_attribute(&a->file, a->kept);

	if (status < 0)
		status = file_remove_attribute(&a->file, a->name);
	if (status == -EPERM && attributes->stx_uid != identity_host_user())
		return 0;
	return status;
}

/*
 * What it says of groups goes into the mode, where it would be every group's:
 * a list that there is no room for must not be forgotten then.
 */
static int keep_access_list(const struct call *call, const struct attribute *a,
	const struct statx *attributes, const struct record *shown,
	const char *list)
{
	bool is_minimal;
	mode_t mode;
	int status = acl_to_mode(list, a->size, &mode, &is_minimal);

	if (status < 0)
		return status;
	if (!is_minimal)
		status =
			file_set_attribute(&a->file, a->kept, list, a->size, 0);
	if (status == -EPERM || status == -EACCES)
		status = -EOPNOTSUPP;
	if (status == 0)
		status = set_mode(call, a, attributes, shown, mode);
	if (status == 0 && is_minimal)
		file_remove_attribute(&a->file, a->kept);
	else if (status == 0)
		record_note_lists();
	return status;
}

static int keep_default_list(const struct attribute *a, const char *list)
{
	bool is_minimal;
	mode_t mode;
	int status = acl_to_mode(list, a->size, &mode, &is_minimal);

	if (status == 0)
		status = keep(a, list, 0);
	if (status == 0)
		record_note_lists();
	return status;
}

/* set_posix_acl(), fs/posix_acl.c; of no entries: it is removed. */
static int set_list(const struct call *call, const struct attribute *a,
	const struct statx *attributes, const struct record *shown,
	const char *list)
{
	int count = a->size > 0 ? acl_count(list, a->size) : 0;

	if (count < 0)
		return count;
	if (S_ISLNK(shown->mode))
		return -EOPNOTSUPP;
	if (strcmp(a->name, ACL_DEFAULT) == 0 && !S_ISDIR(shown->mode))
		return count > 0 ? -EACCES : drop_list(a, attributes);
	if (!identity_owns(call->task->identity, shown->user))
		return -EPERM;
	if (count == 0)
		return drop_list(a, attributes);
	return strcmp(a->name, ACL_ACCESS) == 0
		       ? keep_access_list(call, a, attributes, shown, list)
		       : keep_default_list(a, list);
}

/* --- either --- */

/* Without a VALUE: remove it. */
static int change_attribute(
	const struct call *call, const struct attribute *a, const char *value)
{
	struct statx attributes;
	struct record shown;
	int status = file_stat(&a->file, 0, FILE_MASK, &attributes);

	if (status < 0)
		return status;
	owner_read(&a->file, &attributes, &shown);
	if (name_is_list(a->name))
		return set_list(call, a, &attributes, &shown, value);
	return value ? set_plain(call, a, &shown, value)
		     : remove_plain(call, a, &attributes, &shown);
}

/* Is the file there, at least? */
static int nothing_there(const struct attribute *a)
{
	struct statx attributes;
	int status = file_stat(&a->file, 0, FILE_MASK, &attributes);

	return status < 0 ? status : -ENODATA;
}

static bool flags_are_unknown(const struct attribute *a)
{
	return (uint32_t)a->flags & ~(uint32_t)(XATTR_CREATE | XATTR_REPLACE);
}

void setxattr_enter(struct call *call)
{
	struct attribute a;
	char *value;
	int status = -ENOMEM;

	if (!find_attribute(call, &a))
		return;
	if (name_is_ours(a.name)) {
		/* tar brings it along; chown tells all */
		status = nothing_there(&a);
		call_finish(call, status == -ENODATA ? 0 : status);
		return;
	}
	if (flags_are_unknown(&a) || a.size > VALUE_MAX) {
		call_finish(call, a.size > VALUE_MAX ? -E2BIG : -EINVAL);
		return;
	}
	value = malloc(a.size + 1);
	if (value)
		status = guest_read(call->task, a.value, value, a.size);
	if (status == 0)
		status = change_attribute(call, &a, value);
	free(value);
	call_finish(call, status);
}

/* A list that is kept knows nothing of what chmod(2) has done since. */
static long get_kept(const struct attribute *a, char *value, size_t room)
{
	long size = file_get_attribute(&a->file, a->kept, value, room);
	struct statx attributes;
	struct record shown;

	if (size <= 0 || strcmp(a->name, ACL_ACCESS) != 0 ||
		file_stat(&a->file, 0, FILE_MASK, &attributes) < 0)
		return size;
	owner_read(&a->file, &attributes, &shown);
	acl_follow_mode(value, (size_t)size, shown.mode);
	return size;
}

void getxattr_enter(struct call *call)
{
	static char value[VALUE_MAX];
	struct attribute a;
	long size;

	if (!find_attribute(call, &a))
		return;
	if (name_is_ours(a.name) ||
		(name_is_trusted(a.name) &&
			!identity_has_over_all(
				call->task->identity, CAP_SYS_ADMIN))) {
		call_finish(call, nothing_there(&a));
		return;
	}
	size = get_kept(&a, value, sizeof(value));
	if (size < 0)
		size = file_get_attribute(
			&a.file, a.name, value, sizeof(value));
	if (size > 0 && a.size > 0) {
		if ((uint64_t)size > a.size)
			size = -ERANGE;
		else if (guest_write(call->task, a.value, value, (size_t)size) <
			 0)
			size = -EFAULT;
	}
	call_finish(call, size);
}

void removexattr_enter(struct call *call)
{
	struct attribute a;

	if (!find_attribute(call, &a))
		return;
	a.size = 0;
	if (name_is_ours(a.name))
		call_finish(call, nothing_there(&a));
	else
		call_finish(call, change_attribute(call, &a, NULL));
}

void listxattr_enter(struct call *call)
{
	static char list[VALUE_MAX + 1];
	int out = row_index(call->row, XATTR_LIST);
	uint64_t room = call->arguments[out + 1];
	struct file file;
	long size;

	if (!task_file_identity(call->task)) {
		rewrite_enter(call);
		return;
	}
	if (file_of_call(call, &file) == PATH_REFUSED ||
		file.path.text.length == 0)
		return;
	size = file_list_attributes(&file, list, VALUE_MAX);
	if (size > 0)
		size = (long)names_show(list, (size_t)size,
			identity_has_over_all(
				call->task->identity, CAP_SYS_ADMIN));
	if (size > 0 && room > 0) {
		if ((uint64_t)size > room)
			size = -ERANGE;
		else if (guest_write(call->task, call->arguments[out], list,
				 (size_t)size) < 0)
			size = -EFAULT;
	}
	call_finish(call, size);
}
