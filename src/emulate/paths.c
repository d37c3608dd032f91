/* SPDX-License-Identifier: MIT */
/* Path arguments: from the guest's memory, through the view, and back. */
#include "emulate/paths.h"

#include "emulate/handlers.h"

#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* --- looking up --- */

int path_resolve_in(struct call *call, const struct view *view, int dirfd,
	const char *path, size_t size, unsigned int lookup,
	struct resolution **r)
{
	*r = call->task->workspace;
	return view_resolve(
		view, &call->task->viewer, dirfd, path, size, lookup, *r);
}

int path_resolve(struct call *call, int dirfd, const char *path, size_t size,
	unsigned int lookup, struct resolution **r)
{
	return path_resolve_in(
		call, call->task->process->view, dirfd, path, size, lookup, r);
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
		path_lookup(call, argument), r);
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
