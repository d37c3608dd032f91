/* SPDX-License-Identifier: MIT */
/* What would change a file: mnt_want_write(), fs/namespace.c, and its callers.
 */
#include "emulate/readonly.h"

#include "emulate/paths.h"
#include "view/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static bool opens_to_change(uint64_t flags)
{
	return !(flags & O_PATH) && ((flags & O_ACCMODE) != O_RDONLY ||
					    (flags & (O_CREAT | O_TRUNC)) != 0);
}

static bool asks_to_write(const struct call *call)
{
	return call->row->handler == HANDLER_access &&
	       (argument_of(call, MODE) & W_OK) != 0;
}

bool readonly_matters(
	const struct call *call, enum argument kind, uint64_t open_flags)
{
	if (!call->task->process->view->has_read_only)
		return false;
	switch (kind) {
	case PATH_CREATE:
	case PATH_LINK:
	case PATH_REMOVE:
	case PATH_REPLACE:
	case PATH_WRITE:
		return true;
	case PATH_OPEN:
		return opens_to_change(open_flags);
	default:
		return changes_permissions(call) ||
		       row_index(call->row, CHANGE) >= 0 || asks_to_write(call);
	}
}

static void parent_of(const struct host_path *host, struct host_path *parent)
{
	text_copy(&parent->text, &host->text);
	while (parent->text.length > 1 &&
		parent->text.bytes[parent->text.length - 1] == '/')
		text_truncate(&parent->text, parent->text.length - 1);
	path_remove_last(&parent->text);
}

/* The directory of a name that need not exist itself. */
static bool has_parent(const struct host_path *host)
{
	struct host_path parent;

	parent_of(host, &parent);
	return access(parent.text.bytes, X_OK) == 0;
}

/* A mount of the host below a binding is not as read-only as the binding. */
static bool is_elsewhere(const struct binding *binding,
	const struct host_path *host, bool exists)
{
	struct host_path parent;
	struct stat whole;
	struct stat part;

	parent_of(host, &parent);
	return stat(binding->host->text.bytes, &whole) == 0 &&
	       (exists ? lstat(host->text.bytes, &part)
		       : stat(parent.text.bytes, &part)) == 0 &&
	       whole.st_dev != part.st_dev;
}

/* Devices, FIFOs and sockets may be written to. */
static bool is_special(const struct stat *status)
{
	return !S_ISREG(status->st_mode) && !S_ISDIR(status->st_mode) &&
	       !S_ISLNK(status->st_mode);
}

static int check_open(
	uint64_t flags, const struct resolution *r, const struct stat *status)
{
	if (!status)
		return (flags & O_CREAT) && has_parent(&r->host) ? -EROFS : 0;
	if ((flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL))
		return 0; /* EEXIST */
	if ((flags & O_TMPFILE) == O_TMPFILE)
		return -EROFS;
	if (is_special(status) || S_ISDIR(status->st_mode))
		return 0;
	return (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) ? -EROFS
								    : 0;
}

static int check_access(const struct resolution *r, const struct stat *status)
{
	if (!status || is_special(status) ||
		access(r->host.text.bytes, W_OK) < 0)
		return 0;
	return -EROFS;
}

/*
 * A descriptor may be of any mount that shows the file: which one it was opened
 * through is not known. One of /proc may be older than the root directory, as
 * that by which bwrap(1) writes its maps of ids.
 */
static bool may_be_of_another(
	const struct view *view, const struct resolution *r)
{
	if (!r->by_descriptor)
		return false;
	if (proc_entry(&r->host).kind != PROC_NONE)
		return true;
	for (unsigned int i = 0; i < view->count; i++)
		if (!view->bindings[i]->is_read_only &&
			path_below(
				&r->host.text, &view->bindings[i]->host->text))
			return true;
	return false;
}

int readonly_check(const struct call *call, enum argument kind,
	uint64_t open_flags, const struct resolution *r)
{
	const struct binding *binding;
	struct stat status;
	bool exists;

	if (r->is_untouched || !r->has_guest)
		return 0;
	binding = view_find_binding(call->task->process->view, &r->guest);
	if (!binding || !binding->is_read_only ||
		may_be_of_another(call->task->process->view, r))
		return 0;
	exists = lstat(r->host.text.bytes, &status) == 0;
	if (is_elsewhere(binding, &r->host, exists))
		return 0;
	switch (kind) {
	case PATH_CREATE:
	case PATH_LINK:
		return exists || !has_parent(&r->host) ? 0 : -EROFS;
	case PATH_REMOVE:
	case PATH_REPLACE:
		return has_parent(&r->host) ? -EROFS : 0;
	case PATH_OPEN:
		return check_open(open_flags, r, exists ? &status : NULL);
	default:
		if (asks_to_write(call))
			return check_access(r, exists ? &status : NULL);
		return exists ? -EROFS : 0;
	}
}
