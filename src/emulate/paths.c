/* SPDX-License-Identifier: MIT */
/* Path arguments: from the guest's memory, through the view, and back. */
#include "emulate/paths.h"

#include "emulate/handlers.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* One call is entered at a time, so one workspace serves them all. */
static struct resolution workspace;

int row_index(const struct row *row, enum argument kind)
{
	for (int i = 0; i < ARGUMENTS; i++)
		if (row->arguments[i] == kind)
			return i;
	return -1;
}

int path_dirfd(const struct call *call, unsigned int argument)
{
	if (argument > 0 && call->row->arguments[argument - 1] == DIRFD)
		return (int)call->arguments[argument - 1];
	return AT_FDCWD;
}

bool path_is_directory(const struct host_path *path)
{
	struct stat status;

	return stat(path->text.bytes, &status) == 0 && S_ISDIR(status.st_mode);
}

/* --- how to look it up --- */

unsigned int open_lookup(uint64_t flags)
{
	unsigned int lookup = flags & O_CREAT ? LOOKUP_CREATE : 0;

	if ((flags & O_NOFOLLOW) ||
		(flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return lookup;
	return lookup | LOOKUP_FOLLOW;
}

static unsigned int open_lookup_of(const struct call *call)
{
	int index = row_index(call->row, OPEN_FLAGS);

	return open_lookup(index < 0 ? 0 : call->arguments[index]);
}

static bool flags_follow(const struct call *call, bool is_move_target)
{
	for (unsigned int i = 0; i < ARGUMENTS; i++) {
		enum argument kind = call->row->arguments[i];
		struct flag_meaning meaning = flag_meaning(kind);

		if (kind == MOVE_FROM_FLAGS && is_move_target)
			meaning = flag_meaning(MOVE_TO_FLAGS);
		if (meaning.follow)
			return (call->arguments[i] & meaning.follow) != 0;
		if (meaning.nofollow)
			return (call->arguments[i] & meaning.nofollow) == 0;
	}
	return true;
}

static unsigned int lookup_of(const struct call *call, enum argument kind)
{
	switch (kind) {
	case PATH_FOLLOW:
	case PATH_EXEC:
		return LOOKUP_FOLLOW;
	case PATH_OPEN:
		return open_lookup_of(call);
	case PATH_AT:
		return flags_follow(call, false) ? LOOKUP_FOLLOW : 0;
	case PATH_MOVE_TO:
		return flags_follow(call, true) ? LOOKUP_FOLLOW : 0;
	case PATH_CREATE:
	case PATH_REMOVE:
		return LOOKUP_PARENT;
	default:
		return 0;
	}
}

/* --- looking up --- */

int path_resolve_in(struct call *call, const struct view *view, int dirfd,
	const char *path, size_t size, unsigned int lookup,
	struct resolution **r)
{
	*r = &workspace;
	return view_resolve(view, &call->task->viewer, dirfd, path, size,
		lookup, &workspace);
}

int path_resolve(struct call *call, int dirfd, const char *path, size_t size,
	unsigned int lookup, struct resolution **r)
{
	return path_resolve_in(
		call, call->task->process->view, dirfd, path, size, lookup, r);
}

int path_find(struct call *call, unsigned int argument, unsigned int lookup,
	struct resolution **r)
{
	char path[TEXT_MAX];
	long size = guest_read_string(
		call->task, call->arguments[argument], path, sizeof(path));
	struct stat status;
	int error;

	if (size <= 0)
		return size == 0 ? -ENOENT : (int)size;
	error = path_resolve(call, path_dirfd(call, argument), path,
		(size_t)size, lookup | LOOKUP_NAMED, r);
	if (error < 0)
		return error;
	if ((*r)->is_untouched)
		return -EBADF; /* what it starts from is no descriptor */
	if (log_enabled(LOG_CALLS))
		log_debug(LOG_CALLS, "%d %s: \"%s\" -> %s", call->task->tid,
			call->row->name, path, (*r)->host.text.bytes);
	error = lookup & LOOKUP_FOLLOW ? stat((*r)->host.text.bytes, &status)
				       : lstat((*r)->host.text.bytes, &status);
	return error < 0 ? -errno : 0;
}

/* A binding's place cannot be removed; may_delete() comes first, fs/namei.c. */
static int busy_error(const struct call *call, const struct resolution *r)
{
	bool is_rmdir = strcmp(call->row->name, "rmdir") == 0;
	bool is_unlink = strcmp(call->row->name, "unlink") == 0;
	const char *end = r->host.text.bytes + r->host.text.length;

	if (strcmp(call->row->name, "unlinkat") == 0) {
		is_rmdir = (call->arguments[2] & AT_REMOVEDIR) != 0;
		is_unlink = !is_rmdir;
	}
	if (is_unlink && r->binding->is_directory)
		return -EISDIR;
	if (!r->binding->is_directory && (is_rmdir || end[-1] == '/'))
		return -ENOTDIR;
	return -EBUSY;
}

enum path_outcome path_look_up(
	struct call *call, unsigned int argument, struct resolution **r)
{
	enum argument kind = call->row->arguments[argument];
	char path[TEXT_MAX];
	long size;

	if (call->arguments[argument] == 0)
		return PATH_LEFT;
	/* Unreadable, too long, empty: the kernel knows what to say. */
	size = guest_read_string(
		call->task, call->arguments[argument], path, sizeof(path));
	if (size <= 0)
		return PATH_LEFT;
	path_resolve(call, path_dirfd(call, argument), path, (size_t)size,
		lookup_of(call, kind), r);
	if (kind == PATH_REMOVE && !(*r)->is_untouched && (*r)->binding) {
		call_finish(call, busy_error(call, *r));
		return PATH_REFUSED;
	}
	if (log_enabled(LOG_CALLS))
		log_debug(LOG_CALLS, "%d %s: \"%s\" -> %s", call->task->tid,
			call->row->name, path,
			(*r)->is_untouched ? "as it is"
					   : (*r)->host.text.bytes);
	return (*r)->is_untouched ? PATH_LEFT : PATH_FOUND;
}

void path_set(struct call *call, unsigned int argument, struct resolution *r)
{
	int status = call_set_path(call, argument, &r->host);

	if (status < 0 && status != -EAGAIN)
		call_finish(call, status);
}

void path_rewrite(struct call *call, unsigned int argument)
{
	struct resolution *r;

	if (path_look_up(call, argument, &r) == PATH_FOUND)
		path_set(call, argument, r);
}

void rewrite_enter(struct call *call)
{
	for (unsigned int i = 0; i < ARGUMENTS && !call->is_done; i++)
		if (argument_is_path(call->row->arguments[i]))
			path_rewrite(call, i);
}
