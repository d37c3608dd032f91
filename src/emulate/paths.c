/* SPDX-License-Identifier: MIT */
/* Path arguments: from the guest's memory, through the view, and back. */
#include "emulate/paths.h"

#include "emulate/current.h"
#include "emulate/handlers.h"
#include "emulate/mount_place.h"
#include "emulate/move.h"
#include "emulate/names.h"
#include "emulate/permission.h"
#include "emulate/readonly.h"
#include "emulate/search.h"

#include "base/field.h"
#include "base/log.h"
#include "view/rest.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

int path_real(const struct host_path *path, struct host_path *real)
{
	char bytes[TEXT_MAX];

	return realpath(path->text.bytes, bytes)
		       ? text_set(&real->text, bytes, strlen(bytes))
		       : -errno;
}

/* --- looking up --- */

/* Below the guest's own directory, or the descriptor itself. */
static void name_from(const struct call *call, int dirfd, const char *path,
	size_t size, struct file *file)
{
	viewer_proc_path(&call->task->viewer, dirfd, &file->path);
	if (size > 0 && path_join(&file->path.text, path, size) < 0)
		text_clear(&file->path.text);
}

static int resolve_once(struct call *call, const struct view *view, int dirfd,
	const char *path, size_t size, unsigned int lookup,
	struct resolution **r)
{
	const struct identity *identity = task_file_identity(call->task);
	struct identity real;
	struct searcher searcher;

	*r = call->task->workspace;
	if (identity && is_by_real_ids(call)) {
		real = identity_by_real_ids(identity);
		identity = &real;
	}
	if (search_searcher(identity, &searcher) &&
		view_search(view, &call->task->viewer, dirfd, path, size,
			lookup, *r, &searcher) == -EACCES)
		return -EACCES;
	return view_resolve(
		view, &call->task->viewer, dirfd, path, size, lookup, *r);
}

/* What is barred for the user of proot may be open to the shown identity. */
int path_resolve_in(struct call *call, const struct view *view, int dirfd,
	const char *path, size_t size, unsigned int lookup,
	struct resolution **r)
{
	const struct identity *identity = task_file_identity(call->task);
	int status = resolve_once(call, view, dirfd, path, size, lookup, r);
	struct file file;

	if (!identity)
		return status;
	for (unsigned int i = 0; i < TEXT_MAX && status == 0 && (*r)->is_denied;
		i++) {
		if ((*r)->is_untouched)
			name_from(call, dirfd, path, size, &file);
		if (!search_open_way(identity,
			    (*r)->is_untouched ? &file.path : &(*r)->host))
			break;
		status = resolve_once(call, view, dirfd, path, size, lookup, r);
	}
	return status;
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
			row_name(call->row), path, (*r)->host.text.bytes);
	error = lookup & LOOKUP_FOLLOW ? stat((*r)->host.text.bytes, &status)
				       : lstat((*r)->host.text.bytes, &status);
	return error < 0 ? -errno : 0;
}

/*
 * RENAME_NOREPLACE onto a mount's place: EEXIST, if the kernel finds nothing
 * wrong with the old name. That exists as surely as the place does.
 */
static bool must_not_replace(const struct call *call, enum argument kind)
{
	return kind == PATH_REPLACE &&
	       (argument_of(call, RENAME_FLAGS) & RENAME_NOREPLACE) &&
	       !flags_are_wrong(call);
}

/*
 * Of "/" the kernel only sees that it is no name, and says so before it looks
 * whether the old name exists: as of "." beside that.
 */
static void name_nothing(struct call *call, unsigned int new, unsigned int old,
	struct resolution **r)
{
	char path[TEXT_MAX];
	struct host_path host;
	struct text *text = &host.text;
	long size = guest_read_string(
		call->task, call->arguments[old], path, sizeof(path));

	if (size <= 0)
		return;
	path_resolve(call, path_dirfd(call, old), path, (size_t)size,
		LOOKUP_PARENT, r);
	if ((*r)->is_untouched)
		text_set(text, path, (size_t)size);
	else
		text_copy(text, &(*r)->host.text);
	path_trim(text);
	while (text->length > 0 && text->bytes[text->length - 1] != '/')
		text_truncate(text, text->length - 1);
	text_append(text, ".", 1);
	call_set_path(call, new, &host);
}

static void replace_old_name(
	struct call *call, unsigned int new, struct resolution **r)
{
	unsigned int old = (unsigned int)row_index(call->row, PATH_REMOVE);

	if (mount_place_is_root(call, *r))
		name_nothing(call, new, old, r);
	else
		call_set(call, new,
			call->changes & 1u << old ? call->altered[old]
						  : call->arguments[old]);
	call_set(call, new - 1, (uint64_t)path_dirfd(call, old));
}

/* --- what is left as it is --- */

static bool means_descriptor(const struct call *call)
{
	for (unsigned int i = 0; i < ARGUMENTS; i++)
		if (call->arguments[i] &
			flag_meaning(call->row->arguments[i]).empty)
			return true;
	return false;
}

/* A path that is untouched, or empty. */
static void name_left(const struct call *call, unsigned int argument,
	const char *path, size_t size, struct file *file)
{
	text_clear(&file->path.text);
	if (size == 0 && !means_descriptor(call))
		return;
	file->follows |= size == 0;
	name_from(call, path_dirfd(call, argument), path, size, file);
}

/* --- looking up for an identity --- */

static enum path_outcome refuse(struct call *call, int status)
{
	call_finish(call, status);
	return PATH_REFUSED;
}

/* Whether the identity may do what the call is about; else it is finished. */
static enum path_outcome check(struct call *call, unsigned int argument,
	const struct file *file, struct resolution *r)
{
	enum argument kind = call->row->arguments[argument];
	uint64_t flags = kind == PATH_OPEN ? open_flags(call) : 0;
	int status = 0;

	if (file->path.text.length > 0)
		status = permission_check(call, kind, flags, file, &r->host);
	if (status < 0)
		return refuse(call, status);
	if (status > 0) {
		r->is_untouched = false;
		r->has_guest = false;
	}
	return r->is_untouched ? PATH_LEFT : PATH_FOUND;
}

static void tell(struct call *call, const char *path, struct resolution *r)
{
	if (log_enabled(LOG_CALLS))
		log_debug(LOG_CALLS, "%d %s: \"%s\" -> %s", call->task->tid,
			row_name(call->row), path,
			r->is_untouched ? "as it is" : r->host.text.bytes);
}

int path_check(struct call *call, enum argument kind, uint64_t flags, int dirfd,
	const char *path, size_t size, struct resolution *r)
{
	struct file file;

	if (!task_file_identity(call->task))
		return 0;
	file.follows = kind == PATH_OPEN || kind == SOCKADDR;
	if (r->is_untouched)
		name_from(call, dirfd, path, size, &file);
	else
		text_copy(&file.path.text, &r->host.text);
	if (file.path.text.length == 0)
		return 0;
	return permission_check(call, kind, flags, &file, &r->host);
}

/* --- what changes between our look-up and the kernel's --- */

/*
 * A body may go: its name was replaced, or became the file itself again. The
 * name tells where the file is now.
 */
static void body_may_go(struct call *call)
{
	call->starts_again =
		call->result == -ENOENT && call->repeats < REPEATS_MAX;
}

/* A file may get a body, so that its name is a symlink, which nobody expects.
 */
static void link_may_come(struct call *call)
{
	bool is_surprise = call->row->handler == HANDLER_readlink
				   ? call->result > 0
				   : call->result == -ELOOP;

	call->starts_again = is_surprise && call->repeats < REPEATS_MAX;
}

/* No symlink was there; does the call mind one? */
static void expect_no_link(
	struct call *call, enum argument kind, const struct resolution *r)
{
	if (call->task->process->view->emulates_links && !r->is_link &&
		!r->is_body &&
		((kind == PATH_OPEN && !(open_flags(call) & O_DIRECTORY)) ||
			call->row->handler == HANDLER_readlink))
		call_at_exit(call, link_may_come);
}

static void note_name(struct call *call, const struct resolution *r)
{
	struct host_path name;

	if (r->has_guest &&
		view_map(call->task->process->view, &r->guest, &name) == 0)
		names_note(&r->host, &name);
}

/* What the guest's own mounts forbid: 0, or -errno. */
static int mount_check(
	struct call *call, enum argument kind, const struct resolution *r)
{
	bool goes = kind == PATH_REMOVE || kind == PATH_REPLACE;
	int status = goes && mount_place_is(call, r)
			     ? mount_place_error(call, r)
			     : 0;

	if (status < 0)
		return status;
	if (readonly_matters(call, kind, open_flags(call)))
		return readonly_check(call, kind, open_flags(call), r);
	return 0;
}

/* Will the kernel say so itself, when it is its turn? */
static bool is_barred(const struct resolution *r)
{
	return access(r->host.text.bytes, F_OK) < 0 && errno == EACCES;
}

#ifndef SYS_fstatat
#ifdef SYS_newfstatat
#define SYS_fstatat SYS_newfstatat
#else
#define SYS_fstatat SYS_fstatat64
#endif
#endif

/* getname_maybe_null(), linux/fs.h: since Linux 6.11 no path is an empty one.
 */
static bool null_is_empty(const struct call *call)
{
	static bool is_asked, is_empty;
	char status[512];

	if (!is_asked)
		is_empty = syscall(SYS_fstatat, AT_FDCWD, NULL, status,
				   AT_EMPTY_PATH) == 0;
	is_asked = true;
	return is_empty && call->row->handler == HANDLER_stat;
}

/*
 * The guest's path, and the file that it means as long as it is not resolved.
 * Not positive: the kernel knows what to say of it, since it is unreadable, too
 * long, empty or not there at all.
 */
static long read_path(struct call *call, unsigned int argument,
	char path[TEXT_MAX], struct file *file)
{
	long size;

	if (call->arguments[argument] == 0) {
		if (null_is_empty(call))
			name_left(call, argument, "", 0, file);
		return 0;
	}
	size = guest_read_string(
		call->task, call->arguments[argument], path, TEXT_MAX);
	if (size >= 0)
		name_left(call, argument, path, (size_t)size, file);
	if (size == 0) /* linkat(2) may link a descriptor */
		move_remember(file, call->row->arguments[argument]);
	return size;
}

/* It is resolved: may the call have it? */
static enum path_outcome judge(struct call *call, unsigned int argument,
	const char *path, struct resolution **r, struct file *file)
{
	enum argument kind = call->row->arguments[argument];
	int status;

	if (must_not_replace(call, kind) && mount_place_is(call, *r)) {
		replace_old_name(call, argument, r);
		return PATH_LEFT;
	}
	status = mount_check(call, kind, *r);
	if (status < 0)
		return refuse(call, status);
	if (kind == PATH_ENTER)
		current_remember(call, path, *r);
	tell(call, path, *r);
	if (!(*r)->is_untouched)
		text_copy(&file->path.text, &(*r)->host.text);
	if (task_file_identity(call->task))
		return check(call, argument, file, *r);
	return (*r)->is_untouched ? PATH_LEFT : PATH_FOUND;
}

static enum path_outcome look_up(struct call *call, unsigned int argument,
	unsigned int more, struct resolution **r, struct file *file)
{
	enum argument kind = call->row->arguments[argument];
	unsigned int lookup = path_lookup(call, argument) | more;
	char path[TEXT_MAX];
	long size;
	int status;

	text_clear(&file->path.text);
	file->follows = (lookup & LOOKUP_FOLLOW) != 0;
	if (kind != PATH_REPLACE && kind != PATH_LINK)
		move_forget();
	size = read_path(call, argument, path, file);
	if (size <= 0)
		return PATH_LEFT;
	if (readonly_matters(call, kind, open_flags(call)))
		lookup |= LOOKUP_NAMED;
	status = path_resolve(call, path_dirfd(call, argument), path,
		(size_t)size, lookup, r);
	if (status == -EAGAIN)
		return PATH_REFUSED; /* it will be asked again */
	if (status == -EACCES && !is_barred(*r) && !flags_are_wrong(call))
		return refuse(call, status);
	if (status == 0 && !(lookup & (LOOKUP_FOLLOW | LOOKUP_PARENT)))
		expect_no_link(call, kind, *r);
	if ((*r)->is_body)
		note_name(call, *r);
	return judge(call, argument, path, r, file);
}

enum path_outcome path_look_up(
	struct call *call, unsigned int argument, struct resolution **r)
{
	struct file file;

	return look_up(call, argument, 0, r, &file);
}

enum path_outcome path_look_up_named(
	struct call *call, unsigned int argument, struct resolution **r)
{
	struct file file;

	return look_up(call, argument, LOOKUP_NAMED, r, &file);
}

/* To the kernel, what O_PATH has opened is for fstat(2) alone: EBADF. */
static bool takes_descriptor(const struct call *call, int fd)
{
	struct field field;
	const char *flags;

	if (call->row->handler == HANDLER_stat)
		return true;
	errno = 0;
	flags = fdinfo_field(call->task->tid, fd, "flags", &field);
	return flags ? (strtoul(flags, NULL, 8) & O_PATH) == 0
		     : errno != ENOENT;
}

enum path_outcome file_of_call(struct call *call, struct file *file)
{
	int index = row_first_path(call->row);
	int fd = (int)call->arguments[0];
	struct resolution *r;

	if (index >= 0)
		return look_up(call, (unsigned int)index, 0, &r, file);
	text_clear(&file->path.text);
	file->follows = true;
	if (fd >= 0 && takes_descriptor(call, fd))
		viewer_proc_path(&call->task->viewer, fd, &file->path);
	return PATH_LEFT;
}

void path_set(struct call *call, unsigned int argument, struct resolution *r)
{
	int status = call_set_path(call, argument, &r->host);

	if (status < 0 && status != -EAGAIN)
		call_finish(call, status);
	else if (r->is_body && !call->needs_exit)
		call_at_exit(call, body_may_go);
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
