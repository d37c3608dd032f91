/* SPDX-License-Identifier: MIT */
/* Path arguments: from the guest's memory, through the view, and back. */
#include "emulate/paths.h"

#include "emulate/handlers.h"
#include "emulate/move.h"
#include "emulate/names.h"
#include "emulate/permission.h"
#include "emulate/readonly.h"
#include "emulate/search.h"

#include "base/field.h"
#include "base/log.h"
#include "view/mounts.h"
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

bool path_is_directory(const struct host_path *path)
{
	struct stat status;

	return stat(path->text.bytes, &status) == 0 && S_ISDIR(status.st_mode);
}

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
 * Is it a mount, or does one hang on it by another path? The kernel's
 * is_local_mountpoint().
 */
static bool is_busy(const struct call *call, const struct resolution *r)
{
	const struct standpoint *standpoint = call->task->process->standpoint;

	return !r->is_untouched &&
	       (r->binding ||
		       (standpoint && mount_hangs_on(standpoint, &r->host)));
}

/* 0, or what bars the user from changing the directory of a mount's place. */
static int parent_error(const struct call *call, const struct resolution *r)
{
	struct guest_path parent;
	struct host_path host;

	if (!r->has_guest || task_is_capable(call->task, CAP_DAC_OVERRIDE))
		return 0;
	text_copy(&parent.text, &r->guest.text);
	path_remove_last(&parent.text);
	if (view_map(call->task->process->view, &parent, &host) < 0 ||
		access(host.text.bytes, W_OK | X_OK) == 0)
		return 0;
	return -errno;
}

static bool is_root(const struct call *call, const struct resolution *r)
{
	return r->has_guest &&
	       text_is(&r->guest.text,
		       call->task->process->view->base.text.bytes);
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
	while (text->length > 1 && text->bytes[text->length - 1] == '/')
		text_truncate(text, text->length - 1);
	while (text->length > 0 && text->bytes[text->length - 1] != '/')
		text_truncate(text, text->length - 1);
	text_append(text, ".", 1);
	call_set_path(call, new, &host);
}

static void replace_old_name(
	struct call *call, unsigned int new, struct resolution **r)
{
	unsigned int old = (unsigned int)row_index(call->row, PATH_REMOVE);

	if (is_root(call, *r))
		name_nothing(call, new, old, r);
	else
		call_set(call, new,
			call->changes & 1u << old ? call->altered[old]
						  : call->arguments[old]);
	call_set(call, new - 1, (uint64_t)path_dirfd(call, old));
}

/*
 * Such a place cannot be removed. 0: there is something else to say; else in
 * the order of do_rmdir(), do_unlinkat() and do_renameat2(), fs/namei.c.
 */
static int busy_error(const struct call *call, const struct resolution *r)
{
	bool is_rmdir = removes_directory(call);
	bool is_unlink = !may_move_directory(call);
	bool is_directory = path_is_directory(&r->host);
	const char *end = r->host.text.bytes + r->host.text.length;
	int status;

	if (flags_are_wrong(call))
		return 0;
	if (is_root(call, r))
		return is_unlink ? -EISDIR : -EBUSY;
	status = parent_error(call, r);
	if (status < 0)
		return status;
	if (is_unlink && is_directory)
		return -EISDIR;
	if (!is_directory && (is_rmdir || end[-1] == '/'))
		return -ENOTDIR;
	return -EBUSY;
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

/* Whether the identity may do what the call is about; else it is finished. */
static enum path_outcome check(struct call *call, unsigned int argument,
	const struct file *file, struct resolution *r)
{
	enum argument kind = call->row->arguments[argument];
	uint64_t flags = kind == PATH_OPEN ? open_flags(call) : 0;
	int status = 0;

	if (file->path.text.length > 0)
		status = permission_check(call, kind, flags, file, &r->host);
	if (status < 0) {
		call_finish(call, status);
		return PATH_REFUSED;
	}
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

bool path_is_other_name(const struct view *view, const struct guest_path *guest)
{
	struct host_path host;
	struct guest_path told;

	return view_map(view, guest, &host) < 0 ||
	       view_detranslate_top(view, &host, &told) < 0 ||
	       !text_is(&told.text, guest->text.bytes);
}

/* By which guest path is the current directory known? */
static bool name_current(const struct task *task, struct guest_path *guest)
{
	struct host_path host;

	return viewer_host_path(&task->viewer, AT_FDCWD, &host) == 0 &&
	       viewer_directory(
		       task->process->view, &task->viewer, &host, guest) == 0;
}

/* Where names lead to that are neither symlinks nor "..". */
static bool go_plainly(struct guest_path *guest, const char *path)
{
	while (*path != '\0') {
		struct component c = component_at(path);

		if (c.size > 0 && !component_is_dot(&c) &&
			path_join(&guest->text, c.name, c.size) < 0)
			return false;
		path = c.next;
	}
	return true;
}

/*
 * chdir(2): of several names for one host directory, the one by which the guest
 * came is its. If the call fails, the directory shows that it is not there.
 */
static void remember_directory(
	struct call *call, const char *path, const struct resolution *r)
{
	struct process *process = call->task->process;
	struct guest_path guest;
	bool had_other_name;

	if (!r->is_untouched && r->has_guest)
		text_copy(&guest.text, &r->guest.text);
	else if (!r->is_untouched || !name_current(call->task, &guest) ||
		 !go_plainly(&guest, path))
		return;
	free(process->directory);
	process->directory = strdup(guest.text.bytes);
	had_other_name = process->has_other_name;
	process->has_other_name = path_is_other_name(process->view, &guest);
	if (process->has_other_name || had_other_name)
		task_name_directory(call->task);
}

/* What the guest's own mounts forbid: 0, or -errno. */
static int mount_check(
	struct call *call, enum argument kind, const struct resolution *r)
{
	bool goes = kind == PATH_REMOVE || kind == PATH_REPLACE;
	int status = goes && is_busy(call, r) ? busy_error(call, r) : 0;

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

/* FILE may be null, as long as no identity is shown. */
static enum path_outcome look_up(struct call *call, unsigned int argument,
	unsigned int more, struct resolution **r, struct file *file)
{
	enum argument kind = call->row->arguments[argument];
	unsigned int lookup = path_lookup(call, argument) | more;
	char path[TEXT_MAX];
	long size;
	int status;

	if (file) {
		text_clear(&file->path.text);
		file->follows = (lookup & LOOKUP_FOLLOW) != 0;
	}
	if (file && kind != PATH_REPLACE && kind != PATH_LINK)
		move_forget();
	if (call->arguments[argument] == 0) {
		if (file && null_is_empty(call))
			name_left(call, argument, "", 0, file);
		return PATH_LEFT;
	}
	/* Unreadable, too long, empty: the kernel knows what to say. */
	size = guest_read_string(
		call->task, call->arguments[argument], path, sizeof(path));
	if (file && size >= 0)
		name_left(call, argument, path, (size_t)size, file);
	if (file && size == 0) /* linkat(2) may link a descriptor */
		move_remember(file, kind);
	if (size <= 0)
		return PATH_LEFT;
	if (readonly_matters(call, kind, open_flags(call)))
		lookup |= LOOKUP_NAMED;
	status = path_resolve(call, path_dirfd(call, argument), path,
		(size_t)size, lookup, r);
	if (status == -EAGAIN)
		return PATH_REFUSED; /* it will be asked again */
	if (status == -EACCES && !is_barred(*r) && !flags_are_wrong(call)) {
		call_finish(call, status);
		return PATH_REFUSED;
	}
	if (status == 0 && !(lookup & (LOOKUP_FOLLOW | LOOKUP_PARENT)))
		expect_no_link(call, kind, *r);
	if ((*r)->is_body)
		note_name(call, *r);
	if (must_not_replace(call, kind) && is_busy(call, *r)) {
		replace_old_name(call, argument, r);
		return PATH_LEFT;
	}
	status = mount_check(call, kind, *r);
	if (status < 0) {
		call_finish(call, status);
		return PATH_REFUSED;
	}
	if (kind == PATH_ENTER)
		remember_directory(call, path, *r);
	tell(call, path, *r);
	if (file && !(*r)->is_untouched)
		text_copy(&file->path.text, &(*r)->host.text);
	if (task_file_identity(call->task))
		return check(call, argument, file, *r);
	return (*r)->is_untouched ? PATH_LEFT : PATH_FOUND;
}

enum path_outcome path_look_up(
	struct call *call, unsigned int argument, struct resolution **r)
{
	struct file file;

	return look_up(call, argument, 0, r,
		task_file_identity(call->task) ? &file : NULL);
}

enum path_outcome path_look_up_named(
	struct call *call, unsigned int argument, struct resolution **r)
{
	struct file file;

	return look_up(call, argument, LOOKUP_NAMED, r,
		task_file_identity(call->task) ? &file : NULL);
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
