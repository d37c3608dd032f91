/* SPDX-License-Identifier: MIT */
/*
 * The calls of a fake root.
 *
 * Files of the user who runs proot are shown as the fake root's, unless a
 * record says more (emulate/record.h). Where there is none, the kernel's answer
 * is shown with another owner. What changes owners and modes is in changed.c.
 * What the kernel refuses is the tracer's, and so are records that are no
 * attributes.
 *
 * The guest is all that the command line has made it, so that its new files are
 * as they are shown; of who is not, other.c has the calls.
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

const char *path_of_descriptor(struct agent_slot *slot)
{
	struct host_path *path = &slot->resolution.host;

	if (row_index(slot->call.row, FD) >= 0 &&
		slot->call.row->handler != HANDLER_stat)
		return NULL;
	viewer_proc_path(&slot->task.viewer, slot->object.dirfd, path);
	return path->text.bytes;
}

long look_at_object(struct agent_slot *slot)
{
	const struct object *object = &slot->object;

	if (is_statx(slot))
		return raw_syscall(__NR_statx, object->dirfd,
			(long)object->path, object->flags,
			(long)(slot->call.arguments[3] | STATX_BASIC_STATS),
			(long)&slot->seen, 0);
	if (object->path[0] == '\0' && object->dirfd >= 0 &&
		object->flags == AT_EMPTY_PATH)
		return raw_syscall(__NR_fstat, object->dirfd, (long)&slot->seen,
			0, 0, 0, 0);
	return raw_syscall(__NR_newfstatat, object->dirfd, (long)object->path,
		(long)&slot->seen, object->flags, 0, 0);
}

uint32_t mode_of(const struct agent_slot *slot)
{
	return is_statx(slot) ? slot->seen.statx.stx_mode
			      : slot->seen.stat.st_mode;
}

static void set_mode(struct agent_slot *slot, mode_t mode)
{
	if (is_statx(slot))
		slot->seen.statx.stx_mode = (uint16_t)mode;
	else
		slot->seen.stat.st_mode = mode;
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

uint64_t device_of(const struct agent_slot *slot)
{
	const struct statx *statx = &slot->seen.statx;

	return is_statx(slot)
		       ? makedev(statx->stx_dev_major, statx->stx_dev_minor)
		       : slot->seen.stat.st_dev;
}

uint64_t inode_of(const struct agent_slot *slot)
{
	return is_statx(slot) ? slot->seen.statx.stx_ino
			      : slot->seen.stat.st_ino;
}

struct timespec changed_of(const struct agent_slot *slot)
{
	const struct statx_timestamp *changed = &slot->seen.statx.stx_ctime;

	return is_statx(slot)
		       ? (struct timespec){changed->tv_sec, changed->tv_nsec}
		       : slot->seen.stat.st_ctim;
}

/* owner.c: does it belong to who the process is, that has it? */
static bool is_of_process(const struct agent_slot *slot)
{
	const struct agent_shared *shared = agent_shared();
	/* For a fake root, what is on all but /proc is its own. */
	int count = is_other() ? OWNER_KERNEL_DEVICES : 1;

	for (int i = 0; i < count; i++)
		if (device_of(slot) == shared->kernel[i])
			return true;
	return false;
}

bool is_own(const struct agent_slot *slot)
{
	return (is_statx(slot) ? slot->seen.statx.stx_uid
			       : slot->seen.stat.st_uid) ==
	       agent_shared()->host_user;
}

/* owner_show(), emulate/owner.c */
enum recorded find_shown(struct agent_slot *slot, struct record *shown)
{
	const struct agent_shared *shared = agent_shared();
	uint32_t user = *user_of(slot);
	uint32_t group = *group_of(slot);
	enum recorded recorded = RECORD_NONE;

	if (is_own(slot) && is_of_process(slot))
		return RECORD_UNKNOWN;
	if (is_own(slot) && shared->host_user != 0)
		recorded = find_record(slot, shown);
	if (recorded == RECORD_NONE)
		*shown = (struct record){
			.user = user == shared->host_user ? shared->user : user,
			.group = group == shared->host_group ? shared->group
							     : group,
			.mode = mode_of(slot),
		};
	return recorded;
}

bool read_shown(struct agent_slot *slot, struct record *shown)
{
	return find_shown(slot, shown) != RECORD_UNKNOWN;
}

/* --- what a call is about --- */

/* stat(2) takes more of them than other calls do. */
bool flags_are_usual(const struct agent_slot *slot)
{
	return (slot->object.flags & ~(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)) ==
	       0;
}

/* /proc/self/fd is about the descriptors of a process's first thread. */
static bool is_first_thread(void)
{
	return raw_syscall(__NR_gettid, 0, 0, 0, 0, 0, 0) ==
	       raw_syscall(__NR_getpid, 0, 0, 0, 0, 0, 0);
}

/* False: the call ends with *END. */
static bool name_object(
	struct agent_slot *slot, unsigned int path, enum agent_action *end)
{
	struct object *object = &slot->object;
	bool is_named = true;

	object->dirfd = path_dirfd(&slot->call, path);
	object->flags = (int)argument_of(&slot->call, PATH_FLAGS);
	slot->path[0] = '\0';
	if (translate(slot, path) == PUNTED) {
		*end = punt_refused(slot);
		return false;
	}
	if (slot->progress.named >= 0) {
		is_named = flags_are_usual(slot) && is_first_thread();
		object->dirfd = slot->progress.named;
		object->flags |= AT_EMPTY_PATH;
	} else if (slot->path[0] != '\0') {
		object->flags |= AT_SYMLINK_NOFOLLOW;
		object->path = (const char *)slot->registers.call[1 + path];
	} else {
		is_named = (object->flags & AT_EMPTY_PATH) != 0;
	}
	if (!is_named)
		*end = punt(slot, PUNT_path);
	return is_named;
}

/* lstat first: the last name may be a symlink, and count. */
bool find_object(struct agent_slot *slot, enum agent_action *end)
{
	struct object *object = &slot->object;
	int path = row_first_path(slot->call.row);
	long status;

	*object = (struct object){.dirfd = (int)slot->call.arguments[0],
		.path = "",
		.flags = AT_EMPTY_PATH};
	if (path >= 0 && !name_object(slot, (unsigned int)path, end))
		return false;
	if (path < 0 && object->dirfd < 0) {
		*end = punt(slot, PUNT_path); /* AT_FDCWD is none here */
		return false;
	}
	status = look_at_object(slot);
	if (status == 0 && slot->progress.follows >= 0 &&
		S_ISLNK(mode_of(slot))) {
		if (translate_again(slot) == PUNTED) {
			*end = punt_refused(slot);
			return false;
		}
		object->path = (const char *)slot->registers.call[1 + path];
		status = look_at_object(slot);
	}
	if (status == -EBADF && slot->progress.named >= 0)
		status = -ENOENT;
	if (status < 0)
		*end = status == -EACCES ? punt(slot, PUNT_denied)
					 : leave(slot, status);
	return status == 0;
}

/* --- the stat family --- */

enum agent_action serve_shown_stat(struct agent_slot *slot)
{
	int out = row_index(
		slot->call.row, is_statx(slot) ? OUT_STATX : OUT_STAT);
	enum agent_action end;
	struct record shown;

	if (!find_object(slot, &end))
		return end;
	if (!read_shown(slot, &shown))
		return punt(slot, PUNT_record);
	*user_of(slot) = shown.user;
	*group_of(slot) = shown.group;
	set_mode(slot, shown.mode);
	memcpy((void *)slot->call.arguments[out], &slot->seen,
		is_statx(slot) ? sizeof(struct statx) : sizeof(struct stat));
	return leave(slot, 0);
}

/* --- new files --- */

bool name_parent(const struct agent_slot *slot, unsigned int argument,
	struct text *parent)
{
	const char *path = (const char *)slot->registers.call[1 + argument];
	size_t size = text_length(path, TEXT_MAX);

	while (size > 0 && path[size - 1] == '/')
		size--;
	while (size > 0 && path[size - 1] != '/')
		size--;
	return text_set(parent, path, size) == 0;
}

/* The directory of a path that has been translated, in slot->seen. */
static long look_at_parent(struct agent_slot *slot, unsigned int argument)
{
	struct text *parent = &slot->resolution.host.text;

	if (!name_parent(slot, argument, parent))
		return -ENAMETOOLONG;
	return raw_syscall(__NR_newfstatat, path_dirfd(&slot->call, argument),
		(long)parent->bytes, (long)&slot->seen.stat,
		parent->length == 0 ? AT_EMPTY_PATH : 0, 0, 0);
}

/* emulate/creation.c: a directory may pass its group on, or a list. */
static bool passes_on(struct agent_slot *slot, unsigned int path)
{
	return look_at_parent(slot, path) == 0 &&
	       ((slot->seen.stat.st_mode & S_ISGID) != 0 ||
		       has_default_list(
			       slot, path, slot->resolution.host.text.bytes));
}

static bool is_known_plain(const struct agent_slot *slot)
{
	const struct known_directory *directory = slot->progress.directory;
	const struct plain_directory *plain = &slot->plain;

	return directory && directory == plain->directory &&
	       directory->born == plain->born &&
	       plain->changes == record_changes_so_far();
}

bool may_need_record(struct agent_slot *slot, unsigned int path)
{
	uint64_t changes = record_changes_so_far();

	if (argument_of(&slot->call, MODE) & (S_ISUID | S_ISGID))
		return true;
	if (is_known_plain(slot))
		return false;
	if (passes_on(slot, path))
		return true;
	if (slot->progress.directory)
		slot->plain = (struct plain_directory){slot->progress.directory,
			slot->progress.directory->born, changes};
	return false;
}

static enum agent_action serve_creation(
	struct agent_slot *slot, unsigned int path)
{
	if (translate(slot, path) == PUNTED)
		return punt_refused(slot);
	if (may_need_record(slot, path))
		return punt(slot, PUNT_record);
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}

/* owners.c: what needs a privilege that the kernel does not know of. */
static bool makes_device(const struct agent_slot *slot)
{
	uint64_t mode = argument_of(&slot->call, MODE);

	return S_ISBLK(mode) || S_ISCHR(mode);
}

/* --- who it is --- */

enum agent_action serve_ids(
	struct agent_slot *slot, uint32_t user, uint32_t group)
{
	bool wants_user = row_index(slot->call.row, OUT_USER_ID) >= 0;

	for (unsigned int i = 0; i < 3; i++)
		*(uint32_t *)slot->call.arguments[i] =
			wants_user ? user : group;
	return leave(slot, 0);
}

enum agent_action serve_shown(struct agent_slot *slot)
{
	const struct agent_shared *shared = agent_shared();
	const struct row *row = slot->call.row;
	int created = row_index(row, PATH_CREATE);

	switch (row->handler) {
	case HANDLER_stat:
		return serve_shown_stat(slot);
	case HANDLER_chmod:
		return serve_shown_chmod(slot);
	case HANDLER_chown:
		return serve_shown_chown(slot);
	case HANDLER_getxattr:
		return serve_shown_getxattr(slot);
	case HANDLER_setxattr:
	case HANDLER_removexattr:
		return serve_shown_setxattr(slot);
	case HANDLER_listxattr:
		return serve_shown_listxattr(slot);
	case HANDLER_getuid:
	case HANDLER_geteuid:
		return leave(slot, shared->user);
	case HANDLER_getgid:
	case HANDLER_getegid:
		return leave(slot, shared->group);
	case HANDLER_getresid:
		return serve_ids(slot, shared->user, shared->group);
	case HANDLER_mknod:
		if (makes_device(slot))
			return punt(slot, PUNT_record);
		/* fall through */
	default:
		return created < 0
			       ? AGENT_GO_ON
			       : serve_creation(slot, (unsigned int)created);
	}
}
