/* SPDX-License-Identifier: MIT */
/*
 * The stat family for a fake root.
 *
 * Files of the user who runs proot are shown as the fake root's, unless a
 * record says more (emulate/record.h). On regular files and directories a
 * record is an extended attribute: where there is none, owners are shown here.
 * Everything else is the tracer's, who knows the other records.
 */
#include "agent/serve.h"

#include "emulate/lookup.h"
#include "emulate/record.h"
#include "view/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

static bool is_statx(const struct agent_slot *slot)
{
	return slot->call.number == __NR_statx;
}

/* What is asked about: a path of DIRFD or, empty, the descriptor itself. */
struct object {
	int dirfd;
	const char *path;
	int flags;
};

static long ask(struct agent_slot *slot, const struct object *object)
{
	if (is_statx(slot))
		return raw_syscall(__NR_statx, object->dirfd,
			(long)object->path, object->flags,
			(long)(slot->call.arguments[3] | STATX_BASIC_STATS),
			(long)&slot->seen, 0);
	return raw_syscall(__NR_newfstatat, object->dirfd, (long)object->path,
		(long)&slot->seen, object->flags, 0, 0);
}

static uint32_t mode_of(const struct agent_slot *slot)
{
	return is_statx(slot) ? slot->seen.statx.stx_mode
			      : slot->seen.stat.st_mode;
}

static uint32_t *user_of(struct agent_slot *slot)
{
	return is_statx(slot) ? &slot->seen.statx.stx_uid
			      : &slot->seen.stat.st_uid;
}

static uint32_t *group_of(struct agent_slot *slot)
{
	return is_statx(slot) ? &slot->seen.statx.stx_gid
			      : &slot->seen.stat.st_gid;
}

static bool is_on_proc(const struct agent_slot *slot)
{
	const struct statx *statx = &slot->seen.statx;
	uint64_t device = is_statx(slot) ? makedev(statx->stx_dev_major,
						   statx->stx_dev_minor)
					 : slot->seen.stat.st_dev;

	return device == agent_shared()->proc;
}

/* Is there no record of it? When in doubt, there may be one. */
static bool has_no_record(
	const struct agent_slot *slot, const struct object *object)
{
	char value[8];
	long number = __NR_lgetxattr;
	long name = (long)object->path;

	if (!S_ISDIR(mode_of(slot)) && !S_ISREG(mode_of(slot)))
		return false;
	if (object->path[0] == '\0') {
		number = __NR_fgetxattr; /* EBADF, if O_PATH opened it */
		name = object->dirfd;
	} else if (object->dirfd != AT_FDCWD && object->path[0] != '/') {
		return false;
	}
	return raw_syscall(number, name, (long)RECORD_ATTRIBUTE, (long)value,
		       sizeof(value), 0, 0) == -ENODATA;
}

static enum agent_action show(
	struct agent_slot *slot, const struct object *object)
{
	const struct agent_shared *shared = agent_shared();
	int out = row_index(
		slot->call.row, is_statx(slot) ? OUT_STATX : OUT_STAT);

	if (*user_of(slot) == shared->host_user) {
		if (is_on_proc(slot) || !has_no_record(slot, object))
			return punt(slot, PUNT_record);
		*user_of(slot) = shared->user;
	}
	if (*group_of(slot) == shared->host_group)
		*group_of(slot) = shared->group;
	memcpy((void *)slot->call.arguments[out], &slot->seen,
		is_statx(slot) ? sizeof(struct statx) : sizeof(struct stat));
	return leave(slot, 0);
}

/* lstat first: the last name may be a symlink, and count. */
static enum agent_action stat_path(struct agent_slot *slot, unsigned int path)
{
	struct object object = {.dirfd = path_dirfd(&slot->call, path),
		.flags = (int)argument_of(&slot->call, PATH_FLAGS)};
	long status;

	slot->path[0] = '\0';
	if (translate(slot, path) == PUNTED)
		return punt_refused(slot);
	if (slot->path[0] == '\0' && !(object.flags & AT_EMPTY_PATH))
		return punt(slot, PUNT_path);
	if (slot->path[0] != '\0')
		object.flags |= AT_SYMLINK_NOFOLLOW;
	object.path = slot->path[0] == '\0'
			      ? slot->path
			      : (const char *)slot->registers.call[1 + path];
	status = ask(slot, &object);
	if (status == 0 && slot->follows >= 0 && S_ISLNK(mode_of(slot))) {
		if (translate_again(slot) == PUNTED)
			return punt_refused(slot);
		object.path = (const char *)slot->registers.call[1 + path];
		status = ask(slot, &object);
	}
	if (status == -EACCES)
		return punt(slot, PUNT_denied);
	return status < 0 ? leave(slot, status) : show(slot, &object);
}

enum agent_action serve_shown_stat(struct agent_slot *slot)
{
	struct object object = {.dirfd = (int)slot->call.arguments[0],
		.path = "",
		.flags = AT_EMPTY_PATH};

	for (unsigned int i = 0; i < ARGUMENTS; i++)
		if (argument_is_path(slot->call.row->arguments[i]))
			return stat_path(slot, i);
	return ask(slot, &object) < 0 ? punt(slot, PUNT_path)
				      : show(slot, &object);
}
