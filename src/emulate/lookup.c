/* SPDX-License-Identifier: MIT */
/* From arguments to enum lookup. Dual code. */
#include "emulate/lookup.h"

#include <fcntl.h>
#include <linux/fs.h>

int path_dirfd(const struct call *call, unsigned int argument)
{
	if (argument > 0 && call->row->arguments[argument - 1] == DIRFD)
		return (int)call->arguments[argument - 1];
	return AT_FDCWD;
}

/* --- how to look it up --- */

unsigned int open_lookup(uint64_t flags)
{
	unsigned int lookup = flags & O_CREAT ? LOOKUP_CREATE : 0;

	if (flags & O_PATH) /* of the others, only these count then */
		return flags & O_NOFOLLOW ? 0 : LOOKUP_FOLLOW;
	if ((flags & O_NOFOLLOW) ||
		(flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return lookup;
	return lookup | LOOKUP_FOLLOW;
}

uint64_t open_flags(const struct call *call)
{
	int index = row_index(call->row, OPEN_FLAGS);

	return index < 0 ? O_CREAT | O_WRONLY | O_TRUNC
			 : (uint32_t)call->arguments[index];
}

static bool flags_follow(const struct call *call, bool is_move_target)
{
	for (unsigned int i = 0; i < ARGUMENTS; i++) {
		enum argument kind = call->row->arguments[i];
		struct flag_meaning meaning;

		if (!argument_is_flags(kind))
			continue;
		meaning = flag_meaning(kind == MOVE_FROM_FLAGS && is_move_target
					       ? MOVE_TO_FLAGS
					       : kind);
		if (meaning.follow)
			return (call->arguments[i] & meaning.follow) != 0;
		if (meaning.nofollow)
			return (call->arguments[i] & meaning.nofollow) == 0;
	}
	return true;
}

unsigned int path_lookup(const struct call *call, unsigned int argument)
{
	switch (call->row->arguments[argument]) {
	case PATH_FOLLOW:
	case PATH_WRITE:
	case PATH_ENTER:
	case PATH_EXEC:
		return LOOKUP_FOLLOW;
	case PATH_OPEN:
		return open_lookup(open_flags(call));
	case PATH_AT:
		return flags_follow(call, false) ? LOOKUP_FOLLOW : 0;
	case PATH_MOVE_TO:
		return flags_follow(call, true) ? LOOKUP_FOLLOW : 0;
	case PATH_CREATE:
	case PATH_LINK:
	case PATH_REMOVE:
	case PATH_REPLACE:
		return LOOKUP_PARENT;
	default:
		return 0;
	}
}

bool open_writes(uint64_t flags)
{
	if ((flags & O_PATH) || (flags & O_TMPFILE) == O_TMPFILE ||
		(flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return false;
	return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);
}

bool removes_directory(const struct call *call)
{
	return call->row->handler == HANDLER_rmdir ||
	       (argument_of(call, UNLINK_FLAGS) & AT_REMOVEDIR) != 0;
}

bool flags_are_wrong(const struct call *call)
{
	uint64_t flags = argument_of(call, RENAME_FLAGS);

	return (argument_of(call, UNLINK_FLAGS) & ~(uint64_t)AT_REMOVEDIR) ||
	       (flags & ~(uint64_t)(RENAME_NOREPLACE | RENAME_EXCHANGE |
				    RENAME_WHITEOUT)) ||
	       ((flags & RENAME_EXCHANGE) &&
		       (flags & (RENAME_NOREPLACE | RENAME_WHITEOUT)));
}

bool is_by_real_ids(const struct call *call)
{
	return call->row->handler == HANDLER_access &&
	       !(argument_of(call, PATH_FLAGS) & AT_EACCESS_FLAG);
}

bool rename_is_special(const struct call *call)
{
	return (argument_of(call, RENAME_FLAGS) &
		       ~(uint64_t)RENAME_NOREPLACE) != 0;
}

bool may_move_directory(const struct call *call)
{
	return call->row->handler == HANDLER_rename || removes_directory(call);
}

bool changes_permissions(const struct call *call)
{
	switch (call->row->handler) {
	case HANDLER_chmod:
	case HANDLER_chown:
	case HANDLER_setxattr:
	case HANDLER_removexattr:
		return true;
	default:
		return false;
	}
}
