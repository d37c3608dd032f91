/* SPDX-License-Identifier: MIT */
/*
 * chown(2), chmod(2), mknod(2) and access(2) of a guest with a shown identity:
 * served by the tracer, under the kernel's rules, fs/attr.c. Without an
 * identity, and where the tracer cannot reach the file, the kernel serves them.
 */
#include "base/field.h"
#include "emulate/creation.h"
#include "emulate/handlers.h"
#include "emulate/identity.h"
#include "emulate/owner.h"
#include "emulate/paths.h"
#include "emulate/permission.h"
#include "emulate/rights.h"
#include "emulate/user_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* A file that a call is about, as it is and as it is shown. */
struct subject {
	struct file file;
	struct statx attributes;
	struct record shown;
};

/* False: the kernel shall serve the call, or it is finished. */
static bool find_subject(struct call *call, struct subject *subject)
{
	enum path_outcome outcome = file_of_call(call, &subject->file);
	int status;

	if (outcome == PATH_REFUSED || subject->file.path.text.length == 0)
		return false;
	status = file_stat(&subject->file, 0, FILE_MASK, &subject->attributes);
	if (status < 0 && outcome == PATH_FOUND)
		call_finish(call, status);
	if (status < 0)
		return false;
	owner_read(&subject->file, &subject->attributes, &subject->shown);
	owner_claim(task_file_identity(call->task), &subject->attributes,
		&subject->shown);
	return true;
}

/* Finish the call by making the subject look like this. */
static void set_subject(struct call *call, const struct subject *subject,
	const struct record *wanted)
{
	call_finish(
		call, owner_set(&subject->file, &subject->attributes, wanted));
}

/* --- chown --- */

/* Only root gives away; owners choose among their groups, chown_ok(). */
static bool may_give(const struct identity *identity,
	const struct record *shown, uint32_t user, uint32_t group)
{
	if (identity_has_over(identity, CAP_CHOWN, shown->user, shown->group))
		return true;
	if (user == ID_NONE && group == ID_NONE)
		return true;
	if (shown->user != identity->user.fs ||
		(user != ID_NONE && user != shown->user))
		return false;
	return group == ID_NONE || group == shown->group ||
	       identity_is_in_group(identity, group);
}

static bool flags_are_valid(const struct call *call, unsigned int more)
{
	unsigned int valid = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | more;

	return !((unsigned int)argument_of(call, PATH_FLAGS) & ~valid);
}

/* Its ids are those of the host. */
static void give_in_kernel(
	struct call *call, unsigned int index, uint32_t user, uint32_t group)
{
	if (user != (uint32_t)call->arguments[index])
		call_set(call, index, user);
	if (group != (uint32_t)call->arguments[index + 1])
		call_set(call, index + 1, group);
	rewrite_enter(call);
}

/* What chown_common(), fs/open.c, does when the ids are in order. */
static void give(struct call *call, const struct subject *subject,
	uint32_t user, uint32_t group)
{
	const struct identity *identity = task_file_identity(call->task);
	const struct record *shown = &subject->shown;
	struct record wanted = owner_given(shown, user, group,
		identity_keeps_set_gid(identity, shown->user, shown->group));

	if (!may_give(identity, shown, user, group) ||
		(wanted.mode != shown->mode &&
			!identity_owns(identity, shown->user))) {
		call_finish(call, -EPERM);
		return;
	}
	owner_lose_capabilities(&subject->file, &subject->attributes);
	set_subject(call, subject, &wanted);
}

void chown_enter(struct call *call)
{
	int index = row_index(call->row, USER_ID);
	uint32_t user = (uint32_t)call->arguments[index];
	uint32_t group = (uint32_t)call->arguments[index + 1];
	struct subject subject;

	if (user_namespace_take(call->task->process, ID_USER, &user) < 0 ||
		user_namespace_take(call->task->process, ID_GROUP, &group) <
			0) {
		call_finish(call, -EINVAL);
		return;
	}
	if (!task_file_identity(call->task) || !flags_are_valid(call, 0)) {
		give_in_kernel(call, (unsigned int)index, user, group);
		return;
	}
	if (find_subject(call, &subject))
		give(call, &subject, user, group);
}

/* --- chmod --- */

void chmod_enter(struct call *call)
{
	const struct identity *identity = task_file_identity(call->task);
	mode_t mode = argument_of(call, MODE) & 07777;
	struct subject subject;
	struct record wanted;

	if (!identity || !flags_are_valid(call, 0)) {
		rewrite_enter(call);
		return;
	}
	if (!find_subject(call, &subject))
		return;
	if (S_ISLNK(subject.shown.mode)) {
		call_finish(call, -EOPNOTSUPP);
		return;
	}
	if (!identity_owns(identity, subject.shown.user)) {
		call_finish(call, -EPERM);
		return;
	}
	if (!identity_keeps_set_gid(
		    identity, subject.shown.user, subject.shown.group))
		mode &= ~(mode_t)S_ISGID;
	wanted = subject.shown;
	wanted.mode = (wanted.mode & S_IFMT) | mode;
	set_subject(call, &subject, &wanted);
}

/* --- mknod --- */

/* Told since Linux 4.7. */
static mode_t umask_of(const struct task *task)
{
	struct field field;
	const char *mask = status_field(task->tid, "Umask", &field);

	return mask ? (mode_t)strtoul(mask, NULL, 8) : 022;
}

/* An empty file with a record stands for the device. */
static int make_device(struct call *call, const struct file *file, mode_t mode,
	uint32_t device)
{
	const struct identity *identity = task_file_identity(call->task);
	struct record record = {.user = identity->user.fs,
		.group = identity->group.fs,
		.mode = mode & ~umask_of(call->task),
		.device_major = major(device),
		.device_minor = minor(device)};
	struct file parent;
	struct statx attributes;
	int status;

	if (file_parent(file, &parent) == 0 &&
		file_stat(&parent, 0, FILE_MASK, &attributes) == 0)
		record.group = creation_group(identity, &parent, &attributes);
	if (mknod(file->path.text.bytes, S_IFREG | 0600, 0) < 0)
		return -errno;
	status = file_stat(file, 0, FILE_MASK, &attributes);
	if (status == 0)
		status = owner_set(file, &attributes, &record);
	return status;
}

void mknod_enter(struct call *call)
{
	unsigned int index = (unsigned int)row_index(call->row, MODE);
	mode_t mode = (mode_t)call->arguments[index];
	uint32_t device = (uint32_t)call->arguments[index + 1];
	bool is_device = S_ISBLK(mode) || (S_ISCHR(mode) && device != 0);
	struct file file;

	if (!is_device || identity_host_user() == 0 ||
		!identity_has_over_all(
			task_file_identity(call->task), CAP_MKNOD)) {
		rewrite_enter(call);
		return;
	}
	if (file_of_call(call, &file) == PATH_REFUSED ||
		file.path.text.length == 0)
		return;
	call_finish(call, make_device(call, &file, mode, device));
}

/* --- access --- */

static int check_access(
	const struct call *call, const struct subject *subject, int wanted)
{
	const char *path = subject->file.path.text.bytes;
	const struct identity *own = task_file_identity(call->task);
	const struct identity identity =
		is_by_real_ids(call) ? identity_by_real_ids(own) : *own;

	/* What belongs to others, and what is mounted read-only. */
	if (!owner_is_self(&subject->attributes) ||
		owner_is_terminal(&subject->attributes))
		return access(path, wanted) < 0 ? -errno : 0;
	if ((wanted & W_OK) && access(path, W_OK) < 0 && errno == EROFS)
		return -EROFS;
	return rights_permit(&identity, &subject->file, &subject->shown, wanted)
		       ? 0
		       : -EACCES;
}

void access_enter(struct call *call)
{
	int wanted = (int)argument_of(call, MODE);
	struct subject subject;

	if (!task_file_identity(call->task) ||
		(wanted & ~(R_OK | W_OK | X_OK)) ||
		!flags_are_valid(call, AT_EACCESS_FLAG)) {
		rewrite_enter(call);
		return;
	}
	if (find_subject(call, &subject))
		call_finish(call, check_access(call, &subject, wanted));
}
