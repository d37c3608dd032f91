/* SPDX-License-Identifier: MIT */
/*
 * Changing modes and owners as a fake root: what the kernel can do, and what an
 * attribute can remember (emulate/owner.c says when it does). Devices, and what
 * has its records beside the root directory, are the tracer's.
 *
 * All of it is done while the lock of records is held. A signal in the midst of
 * it has the call begin anew, so what is done twice has to be the same.
 */
#include "agent/serve.h"

#include "emulate/lookup.h"
#include "emulate/owner_rules.h"
#include "view/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/xattr.h>

bool find_changed(struct agent_slot *slot, struct subject *subject,
	enum agent_action *end)
{
	enum recorded recorded = RECORD_UNKNOWN;

	if (!find_object(slot, end))
		return false;
	if (agent_shared()->host_user != 0 && flags_are_usual(slot) &&
		is_own(slot))
		recorded = find_shown(slot, &subject->shown);
	subject->has_record = recorded == RECORD_FOUND;
	if (recorded == RECORD_UNKNOWN)
		*end = punt(slot, PUNT_record);
	return recorded != RECORD_UNKNOWN;
}

static long set_host_mode(struct agent_slot *slot, mode_t mode)
{
	const struct object *object = &slot->object;
	const char *path;
	long status;

	if (object->path[0] != '\0')
		return raw_syscall(__NR_fchmodat, object->dirfd,
			(long)object->path, mode, 0, 0, 0);
	if (object->dirfd == AT_FDCWD)
		return raw_syscall(__NR_chmod, (long)".", mode, 0, 0, 0, 0);
	status = raw_syscall(__NR_fchmod, object->dirfd, mode, 0, 0, 0, 0);
	path = status == -EBADF ? path_of_descriptor(slot) : NULL;
	return path ? raw_syscall(__NR_chmod, (long)path, mode, 0, 0, 0, 0)
		    : status;
}

/* Would it be shown so without a record? */
static bool is_plain(const struct agent_slot *slot, const struct record *wanted)
{
	const struct agent_shared *shared = agent_shared();
	uint32_t group = slot->seen.stat.st_gid;

	return wanted->user == shared->user &&
	       wanted->group ==
		       (group == shared->host_group ? shared->group : group) &&
	       owner_implied_mode(wanted) == (wanted->mode & 07777);
}

static long remember(struct agent_slot *slot, const struct subject *subject,
	const struct record *wanted)
{
	mode_t mode = owner_implied_mode(wanted);
	long status = 0;

	if (mode != (slot->seen.stat.st_mode & 07777))
		status = set_host_mode(slot, mode);
	if (status < 0)
		return status;
	if (!is_plain(slot, wanted))
		return write_record(slot, wanted);
	return subject->has_record ? remove_record(slot) : 0;
}

/*
 * Without a record the host's mode is the one that is shown: if it changed
 * before there is one, what begins anew would keep the wrong mode. chmod(2)
 * keeps none.
 */
static bool may_begin_anew(const struct agent_slot *slot,
	const struct subject *subject, const struct record *wanted)
{
	return subject->has_record ||
	       slot->call.row->handler == HANDLER_chmod ||
	       owner_implied_mode(wanted) == (slot->seen.stat.st_mode & 07777);
}

/* owner_set(), emulate/owner.c */
enum agent_action change(struct agent_slot *slot, const struct subject *subject,
	const struct record *wanted)
{
	bool needs_none = is_plain(slot, wanted) && !subject->has_record;
	long status;

	if (S_ISLNK(wanted->mode))
		return punt(slot, PUNT_record);
	if (!needs_none &&
		((!S_ISREG(wanted->mode) && !S_ISDIR(wanted->mode)) ||
			!may_begin_anew(slot, subject, wanted)))
		return punt(slot, PUNT_record);
	if (needs_none) /* also the same once more: it has a time */
		status = set_host_mode(slot, wanted->mode & 07777);
	else
		status = remember(slot, subject, wanted);
	if (S_ISDIR(wanted->mode))
		forget_directories(); /* others may be barred there now */
	return status < 0 && status != -EROFS ? punt(slot, PUNT_record)
					      : leave(slot, status);
}

/* --- chmod --- */

static enum agent_action change_mode(struct agent_slot *slot)
{
	mode_t mode = argument_of(&slot->call, MODE) & 07777;
	struct subject subject;
	struct record wanted;
	enum agent_action end;

	if (!find_changed(slot, &subject, &end))
		return end;
	wanted = subject.shown;
	wanted.mode = (wanted.mode & S_IFMT) | mode;
	return change(slot, &subject, &wanted);
}

enum agent_action serve_shown_chmod(struct agent_slot *slot)
{
	return hold_records(slot, change_mode);
}

/* --- chown --- */

/* The kernel has no owner to change then, but times and perhaps a mode. */
static enum agent_action change_nothing(struct agent_slot *slot)
{
	unsigned int ids = (unsigned int)row_index(slot->call.row, USER_ID);

	call_set_argument(slot, ids, ID_NONE);
	call_set_argument(slot, ids + 1, ID_NONE);
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}

/* The tracer takes it away. */
static bool may_have_capability(struct agent_slot *slot)
{
	return S_ISREG(mode_of(slot)) &&
	       (has_attribute(slot, RECORD_PREFIX XATTR_NAME_CAPS) ||
		       has_attribute(slot, XATTR_NAME_CAPS));
}

static enum agent_action change_owner(struct agent_slot *slot)
{
	unsigned int ids = (unsigned int)row_index(slot->call.row, USER_ID);
	uint32_t user = (uint32_t)slot->call.arguments[ids];
	uint32_t group = (uint32_t)slot->call.arguments[ids + 1];
	struct subject subject;
	struct record wanted;
	enum agent_action end;

	if (!find_changed(slot, &subject, &end))
		return end;
	if (may_have_capability(slot))
		return punt(slot, PUNT_record);
	wanted = owner_given(&subject.shown, user, group, true);
	if (wanted.user == subject.shown.user &&
		wanted.group == subject.shown.group &&
		wanted.mode == subject.shown.mode)
		return change_nothing(slot);
	return change(slot, &subject, &wanted);
}

enum agent_action serve_shown_chown(struct agent_slot *slot)
{
	return hold_records(slot, change_owner);
}
