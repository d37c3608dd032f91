/* SPDX-License-Identifier: MIT */
/*
 * Changing modes and owners as a fake root: done here if the kernel can do what
 * is asked for, and nothing has to be remembered; emulate/owner.c says when.
 */
#include "agent/serve.h"

#include "emulate/lookup.h"

#include <errno.h>
#include <fcntl.h>

#define ID_NONE ((uint32_t)-1)

/* stat(2) takes more of them than other calls do. */
static bool flags_are_usual(const struct agent_slot *slot)
{
	return (slot->object.flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) ==
	       0;
}

bool mode_is_plain(mode_t mode)
{
	mode_t own = S_IRUSR | S_IWUSR;

	if (mode & (S_ISUID | S_ISGID))
		return false;
	if (S_ISDIR(mode) || (mode & (S_IXUSR | S_IXGRP | S_IXOTH)))
		own |= S_IXUSR;
	return (mode & own) == own;
}

bool find_plain(struct agent_slot *slot, enum agent_action *end)
{
	if (!find_object(slot, end))
		return false;
	if (agent_shared()->host_user != 0 && flags_are_usual(slot) &&
		slot->seen.stat.st_gid == agent_shared()->host_group &&
		is_plain(slot))
		return true;
	*end = punt(slot, PUNT_record);
	return false;
}

/*
 * The tracer may be writing a record, with the mode as it was. Either we find
 * it now, or the tracer finds our mode: owner_set() looks once more, too. Done
 * twice it is the same, so it is not over before we have looked.
 */
enum agent_action change_mode(struct agent_slot *slot)
{
	return make_call(slot, AGENT_BEFORE, REVIEW_CHANGED);
}

enum agent_action review_changed(struct agent_slot *slot)
{
	long result = (long)slot->registers.result;

	if (result == -EACCES)
		return punt(slot, PUNT_denied);
	if (S_ISDIR(mode_of(slot)))
		forget_directories(); /* others may be barred there now */
	if (result == 0 && !has_no_record(slot))
		return punt(slot, PUNT_record);
	return leave(slot, result);
}

enum agent_action serve_shown_chmod(struct agent_slot *slot)
{
	mode_t mode =
		slot->call.arguments[row_index(slot->call.row, MODE)] & 07777;
	enum agent_action end;

	if (!find_plain(slot, &end))
		return end;
	mode |= slot->seen.stat.st_mode & S_IFMT;
	if (S_ISLNK(mode) || !mode_is_plain(mode))
		return punt(slot, PUNT_record);
	return change_mode(slot);
}

/*
 * To who owns it already, as far as anybody sees. The kernel then has no owner
 * to change, but times, and file systems that cannot be written.
 */
enum agent_action serve_shown_chown(struct agent_slot *slot)
{
	unsigned int ids = (unsigned int)row_index(slot->call.row, USER_ID);
	uint32_t user = (uint32_t)slot->call.arguments[ids];
	uint32_t group = (uint32_t)slot->call.arguments[ids + 1];
	enum agent_action end;

	if ((user != ID_NONE && user != agent_shared()->user) ||
		(group != ID_NONE && group != agent_shared()->group))
		return punt(slot, PUNT_record);
	if (!find_plain(slot, &end))
		return end;
	if (!S_ISDIR(slot->seen.stat.st_mode) &&
		(slot->seen.stat.st_mode & (S_ISUID | S_ISGID)))
		return punt(slot, PUNT_record);
	call_set_argument(slot, ids, ID_NONE);
	call_set_argument(slot, ids + 1, ID_NONE);
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}
