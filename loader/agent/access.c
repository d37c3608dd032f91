/* SPDX-License-Identifier: MIT */
/*
 * access(2). What is looked up to see whether it is a symlink exists, or fails
 * as access(2) would. If that is all there is to know, readlink(2) tells it for
 * less than stat(2). What the user may do with an own file its mode tells, if
 * nothing else decides: neither the file system (emulate/local.h), nor the
 * file's flags, nor how it is mounted. In doubt the kernel is asked, too.
 */
#include "agent/serve.h"

#include "emulate/lookup.h"
#include "view/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>

#define ST_VALID 0x20 /* linux/statfs.h: f_flags are told */

/* The last name of a path argument, without following: 0 or -errno. */
static long look(struct agent_slot *slot, unsigned int argument)
{
	return raw_syscall(__NR_statx, path_dirfd(&slot->call, argument),
		(long)slot->registers.call[1 + argument], AT_SYMLINK_NOFOLLOW,
		STATX_BASIC_STATS | STATX_MNT_ID, (long)&slot->seen.statx, 0);
}

/* Mount flags of what the argument names; false: they cannot be told. */
static bool find_mount(
	struct agent_slot *slot, unsigned int argument, uint64_t *flags)
{
	struct known_mount *mount = &slot->mount;
	struct statfs system;

	if (!(slot->seen.statx.stx_mask & STATX_MNT_ID))
		return false;
	if (mount->id != slot->seen.statx.stx_mnt_id ||
		!known_is_fresh(mount->born, time_of(slot))) {
		mount->id = 0;
		if (path_dirfd(&slot->call, argument) != AT_FDCWD ||
			raw_syscall(__NR_statfs,
				(long)slot->registers.call[1 + argument],
				(long)&system, 0, 0, 0, 0) < 0 ||
			!(system.f_flags & ST_VALID))
			return false;
		mount->flags = (uint64_t)system.f_flags;
		mount->born = time_of(slot);
		mount->id = slot->seen.statx.stx_mnt_id;
	}
	*flags = mount->flags;
	return true;
}

static bool is_users_own(const struct statx *file)
{
	return (S_ISREG(file->stx_mode) || S_ISDIR(file->stx_mode)) &&
	       file->stx_uid == agent_shared()->local.reader &&
	       file->stx_uid != 0 &&
	       local_place(&agent_shared()->local,
		       makedev(file->stx_dev_major, file->stx_dev_minor)) !=
		       NOWHERE;
}

static bool mount_permits(
	struct agent_slot *slot, unsigned int argument, uint64_t mode)
{
	const struct statx *file = &slot->seen.statx;
	uint64_t flags;

	if (!find_mount(slot, argument, &flags))
		return false;
	if ((mode & X_OK) && (flags & ST_NOEXEC))
		return false;
	return !(mode & W_OK) ||
	       (!(flags & ST_RDONLY) &&
		       (file->stx_attributes_mask & STATX_ATTR_IMMUTABLE) &&
		       !(file->stx_attributes & STATX_ATTR_IMMUTABLE));
}

/* Is it sure that the kernel grants it? inode_permission(), fs/namei.c. */
static bool is_granted(
	struct agent_slot *slot, unsigned int argument, uint64_t mode)
{
	const struct statx *file = &slot->seen.statx;

	if (mode == F_OK)
		return true;
	if (!is_users_own(file) || (file->stx_mode >> 6 & mode) != mode)
		return false;
	return mode == R_OK || mount_permits(slot, argument, mode);
}

/*
 * readlink(2)'s EINVAL means something that is no symlink, unless the file
 * system refuses the name so. None refuses letters, digits and "._-".
 */
static bool has_portable_name(const struct agent_slot *slot)
{
	const char *at = strrchr(slot->path, '/');

	for (at = at ? at + 1 : slot->path; *at != '\0'; at++)
		if (!(*at >= '0' && *at <= '9') &&
			!((*at | 32) >= 'a' && (*at | 32) <= 'z') &&
			*at != '.' && *at != '_' && *at != '-')
			return false;
	return true;
}

enum agent_action serve_access(struct agent_slot *slot)
{
	const struct call *call = &slot->call;
	uint64_t mode = argument_of(call, MODE);
	unsigned int path;
	long status;

	slot->path[0] = '\0';
	if (translate_all(slot) == PUNTED)
		return punt_refused(slot);
	if (slot->progress.follows < 0 || slot->path[0] == '\0' ||
		mode > (R_OK | W_OK | X_OK))
		return make_call(slot, AGENT_AFTER, REVIEW_NONE);
	if (argument_of(call, PATH_FLAGS) != 0)
		return serve_following(slot);
	path = (unsigned int)slot->progress.follows;
	if (mode == F_OK && has_portable_name(slot)) {
		status = look_for_link(slot);
		if (status >= 0)
			return follow_and_call(slot);
		return leave_unless_denied(
			slot, status == -EINVAL ? 0 : status);
	}
	status = look(slot, path);
	if (status < 0)
		return leave_unless_denied(slot, status);
	if (S_ISLNK(slot->seen.statx.stx_mode))
		return follow_and_call(slot);
	if (is_granted(slot, path, mode))
		return leave(slot, 0);
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}
