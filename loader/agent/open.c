/* SPDX-License-Identifier: MIT */
/*
 * open(2) and truncate(2): what may be a program that runs, or stand for a
 * device, the tracer has to see; the rest one openat2(2) opens, which refuses
 * symlinks. A file that shall be made and written from its start is often new,
 * and then it is neither: if the last one was, that is tried first.
 */
#include "agent/serve.h"

#include "emulate/lookup.h"
#include "emulate/owner_rules.h"
#include "view/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

/* fs/open.c, build_open_how(): what openat(2) ignores, openat2(2) minds. */
#define OPEN_FLAGS_KNOWN                                                       \
	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND |        \
		O_NONBLOCK | O_DSYNC | O_SYNC | FASYNC | O_DIRECT |            \
		KERNEL_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME |      \
		O_CLOEXEC | O_PATH | O_TMPFILE)
#define O_PATH_FLAGS	 (O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define KERNEL_LARGEFILE 0100000

static void build_how(struct open_how *how, uint64_t flags, uint64_t mode)
{
	uint64_t known = (flags & OPEN_FLAGS_KNOWN) | KERNEL_LARGEFILE;

	if (flags & O_PATH)
		known = flags & O_PATH_FLAGS;
	how->flags = known;
	how->mode = known & (O_CREAT | (O_TMPFILE & ~O_DIRECTORY))
			    ? mode & 07777
			    : 0;
	how->resolve = RESOLVE_NO_SYMLINKS;
}

/* As /dev/null, to which much is written. */
static bool is_in_dev(const char *host)
{
	return strncmp(host, "/dev/", 5) == 0 && !strchr(host + 5, '/');
}

static bool may_be_new(const struct agent_slot *slot, unsigned int path)
{
	return (slot->how.flags & (O_CREAT | O_EXCL | O_TRUNC)) ==
		       (O_CREAT | O_TRUNC) &&
	       !is_other() &&
	       !is_in_dev((const char *)slot->registers.call[1 + path]);
}

/*
 * Is it a device that a fake root has made? To look at a descriptor costs less
 * than to look at a path, and to read what stands for a device does no harm.
 */
static bool looks_later(uint64_t flags)
{
	return agent_shared()->shows_root && !is_other() &&
	       !open_writes(flags) &&
	       !(flags & (O_PATH | O_DIRECTORY | O_CREAT));
}

static enum agent_action call_open(struct agent_slot *slot, unsigned int path)
{
	uint64_t host = slot->registers.call[1 + path];

	call_set_number(slot, __NR_openat2);
	call_set_argument(slot, 0, (uint64_t)path_dirfd(&slot->call, path));
	call_set_argument(slot, 1, host);
	call_set_argument(slot, 2, (uint64_t)&slot->how);
	call_set_argument(slot, 3, sizeof(slot->how));
	return make_call(slot,
		looks_later(slot->how.flags) ? AGENT_UNSURE : AGENT_AFTER,
		REVIEW_OPEN);
}

static bool may_be_device(const struct agent_slot *slot)
{
	return owner_may_be_device(
		slot->seen.stat.st_mode, (uint64_t)slot->seen.stat.st_size);
}

/* Nobody may write to what others execute; the tracer knows who does. */
static bool may_be_busy(const struct agent_slot *slot)
{
	return (slot->seen.stat.st_mode & 0111) != 0;
}

/* Does it matter what is there? A directory is neither, for whoever it is. */
static bool has_to_look(uint64_t flags)
{
	if ((flags & O_PATH) ||
		(flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return false;
	return open_writes(flags) ||
	       (agent_shared()->shows_root && !looks_later(flags) &&
		       (is_other() || !(flags & O_DIRECTORY)));
}

/* What is there is in slot->seen. */
static enum agent_action open_present(
	struct agent_slot *slot, unsigned int path, uint64_t flags)
{
	if (is_other() && !other_may_open(slot, path, flags))
		return punt(slot, PUNT_other);
	if (!S_ISREG(slot->seen.stat.st_mode))
		return call_open(slot, path);
	if (agent_shared()->shows_root && may_be_device(slot))
		return punt(slot, PUNT_record);
	if (open_writes(flags) && may_be_busy(slot))
		return punt(slot, PUNT_busy);
	return call_open(slot, path);
}

/* Its path is translated. Some the tracer has to see. */
static enum agent_action open_translated(
	struct agent_slot *slot, unsigned int path)
{
	uint64_t flags = slot->how.flags;
	bool is_there;

	if (agent_shared()->shows_root && (flags & O_CREAT) &&
		(is_other() || may_need_record(slot, path)))
		return punt(slot, PUNT_record);
	if (!has_to_look(flags))
		return call_open(slot, path);
	is_there = look_at(slot, path) == 0;
	if (may_be_new(slot, path))
		slot->was_there = is_there;
	return is_there ? open_present(slot, path, flags)
			: call_open(slot, path);
}

enum agent_action serve_open(struct agent_slot *slot)
{
	const uint64_t *arguments = slot->call.arguments;
	unsigned int path = (unsigned int)row_index(slot->call.row, PATH_OPEN);
	uint64_t flags = (unsigned int)arguments[path + 1];

	slot->path[0] = '\0';
	if (agent_shared()->shows_root && (flags & O_TMPFILE & ~O_DIRECTORY))
		return punt(slot, PUNT_record);
	if (translate(slot, path) == PUNTED)
		return punt_refused(slot);
	if (slot->path[0] == '\0')
		return punt(slot, PUNT_path);
	build_how(&slot->how, flags, arguments[path + 2]);
	slot->progress.tries_new = !slot->was_there && may_be_new(slot, path);
	if (slot->progress.tries_new)
		slot->how.flags |= O_EXCL;
	return open_translated(slot, path);
}

/* --- openat2 --- */

static bool is_openat2(const struct agent_slot *slot)
{
	return slot->call.row->handler == HANDLER_openat2;
}

/*
 * Does what the guest says of the walk hold for the kernel's own? From a
 * directory down without a symlink, it does.
 */
static bool walk_is_ours(const struct agent_slot *slot)
{
	return (slot->how.resolve & ~(uint64_t)(RESOLVE_NO_MAGICLINKS |
						RESOLVE_CACHED)) == 0 ||
	       (slot->progress.placed == 0 && goes_down(slot));
}

enum agent_action serve_openat2(struct agent_slot *slot)
{
	const uint64_t *arguments = slot->call.arguments;
	unsigned int path = (unsigned int)row_index(slot->call.row, PATH_OPEN);
	bool shows_root = agent_shared()->shows_root;

	slot->path[0] = '\0';
	if (arguments[path + 2] != sizeof(slot->how))
		return punt(slot, PUNT_path);
	memcpy(&slot->how, (const void *)arguments[path + 1],
		sizeof(slot->how));
	if (is_other() ||
		(shows_root && ((slot->how.flags & O_TMPFILE & ~O_DIRECTORY) ||
				       (slot->how.mode & (S_ISUID | S_ISGID)))))
		return punt(slot, PUNT_record);
	if (translate(slot, path) == PUNTED)
		return punt_refused(slot);
	if (slot->path[0] == '\0' || !walk_is_ours(slot))
		return punt(slot, PUNT_path);
	slot->how.resolve |= RESOLVE_NO_SYMLINKS;
	return open_translated(slot, path);
}

/* --- results --- */

/* It was not new: it is to be opened as the guest says. */
static enum agent_action open_anew(struct agent_slot *slot)
{
	slot->registers.stage = AGENT_BEFORE;
	slot->was_there = true;
	slot->progress = NO_PROGRESS;
	begin_call(slot);
	return serve_open(slot);
}

enum agent_action serve_truncate(struct agent_slot *slot)
{
	if (translate_all(slot) == PUNTED)
		return punt_refused(slot);
	if (slot->progress.follows >= 0 && look_for_link(slot) >= 0 &&
		translate_again(slot) == PUNTED)
		return punt_refused(slot);
	if (slot->progress.follows >= 0 &&
		look_at(slot, (unsigned int)slot->progress.follows) == 0 &&
		may_be_busy(slot))
		return punt(slot, PUNT_busy);
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}

/*
 * What stands for a device is an empty file: how much there is to read costs
 * less to ask for than fstat(2). What is no file answers something, or nothing.
 */
static bool stands_for_device(struct agent_slot *slot, long fd)
{
	int unread;

	return raw_syscall(__NR_ioctl, fd, FIONREAD, (long)&unread, 0, 0, 0) ==
		       0 &&
	       unread == 0 &&
	       raw_syscall(__NR_fstat, fd, (long)&slot->seen.stat, 0, 0, 0,
		       0) == 0 &&
	       may_be_device(slot);
}

/* That is the tracer's to open. */
static enum agent_action keep_open(struct agent_slot *slot, long fd)
{
	if (!stands_for_device(slot, fd)) {
		slot->registers.stage = AGENT_AFTER;
		return leave(slot, fd);
	}
	slot->registers.stage = AGENT_CLOSES;
	raw_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
	return punt(slot, PUNT_record);
}

/*
 * There is a symlink in the way: look the path up by all rules. What that has
 * led to has none, and if it is one by now, it is not followed to the host's.
 */
static enum agent_action open_followed(
	struct agent_slot *slot, unsigned int path)
{
	slot->registers.stage = AGENT_BEFORE;
	slot->progress.is_retried = true;
	slot->progress.follows = (int)path;
	begin_call(slot);
	if (translate_again(slot) == PUNTED)
		return punt_refused(slot);
	if (slot->progress.placed == 0)
		slot->how.resolve = 0;
	return open_translated(slot, path);
}

/* How did it go? */
enum agent_action review_open(struct agent_slot *slot)
{
	unsigned int path = (unsigned int)row_index(slot->call.row, PATH_OPEN);
	long result = (long)slot->registers.result;

	if (result == -EACCES && agent_shared()->shows_root)
		return punt(slot, PUNT_denied);
	if (result >= 0 && slot->registers.stage == AGENT_UNSURE)
		return keep_open(slot, result);
	if (result == -EEXIST && slot->progress.tries_new)
		return open_anew(slot);
	if (result != -ELOOP)
		return leave(slot, result);
	if (!slot->progress.is_retried && !is_openat2(slot))
		return open_followed(slot, path);
	if (slot->how.flags & O_NOFOLLOW)
		return leave(slot, result);
	return punt(slot, PUNT_lookup);
}
