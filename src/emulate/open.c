/* SPDX-License-Identifier: MIT */
/* open(2), openat(2), creat(2) and openat2(2). */
#include "emulate/handlers.h"
#include "emulate/paths.h"
#include "emulate/pending.h"
#include "emulate/proc.h"
#include "emulate/readonly.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Give the guest our own version of a file in /proc. The path to it is a magic
 * link, which the guest did not ask for: FLAGS, as open(2)'s, must not mind.
 */
static void open_served(struct call *call, unsigned int argument,
	const struct host_path *served)
{
	int flags = row_index(call->row, OPEN_FLAGS);
	int status = call_set_path(call, argument, served);

	if (status == 0 && flags >= 0)
		call_set(call, (unsigned int)flags,
			call->arguments[flags] & ~(uint64_t)O_NOFOLLOW);
	if (status < 0 && status != -EAGAIN)
		call_finish(call, status);
}

/* If a body goes meanwhile, no other file may be made in its place. */
static void expect_body(struct call *call)
{
	int flags = row_index(call->row, OPEN_FLAGS);

	if (flags >= 0 && !(call->arguments[flags] & O_EXCL))
		call_set(call, (unsigned int)flags,
			call->arguments[flags] & ~(uint64_t)O_CREAT);
}

static bool writes(const struct call *call)
{
	return open_writes(open_flags(call));
}

static void open_found(
	struct call *call, unsigned int argument, struct resolution *r)
{
	struct host_path served;

	if (r->has_guest && proc_serve(call, r, writes(call), &served)) {
		open_served(call, argument, &served);
		return;
	}
	if (r->is_body)
		expect_body(call);
	path_set(call, argument, r);
}

static unsigned int path_index(const struct call *call)
{
	int index = row_index(call->row, PATH_OPEN);

	return index < 0 ? 0 : (unsigned int)index;
}

/* What could be written to, if nobody ran it: EACCES comes before ETXTBSY. */
static bool could_be_busy(const struct host_path *path, struct file_id *file)
{
	struct stat status;

	if (stat(path->text.bytes, &status) < 0 || !S_ISREG(status.st_mode) ||
		access(path->text.bytes, W_OK) < 0)
		return false;
	*file = (struct file_id){status.st_dev, status.st_ino};
	return true;
}

/* A program that runs. -EAGAIN: one that is just starting. */
static int busy_error(struct call *call, const struct host_path *path)
{
	struct file_id file;

	if (!could_be_busy(path, &file))
		return 0;
	if (busy_is(&file))
		return -ETXTBSY;
	if (!pending_exec_runs(&file))
		return 0;
	call_wait(call);
	return -EAGAIN;
}

/* The same for a path that the kernel gets as the guest wrote it. */
static int left_busy_error(struct call *call, unsigned int argument)
{
	struct host_path host;
	char path[TEXT_MAX];
	long size = guest_read_string(
		call->task, call->arguments[argument], path, sizeof(path));

	if (size <= 0 || path[0] == '/')
		return 0;
	viewer_proc_path(
		&call->task->viewer, path_dirfd(call, argument), &host);
	if (path_join(&host.text, path, (size_t)size) < 0)
		return 0;
	return busy_error(call, &host);
}

void open_enter(struct call *call)
{
	struct resolution *r;
	unsigned int index = path_index(call);
	enum path_outcome outcome = path_look_up(call, index, &r);
	int status = 0;

	if (outcome == PATH_REFUSED)
		return;
	if (writes(call))
		status = outcome == PATH_LEFT ? left_busy_error(call, index)
					      : busy_error(call, &r->host);
	if (status < 0)
		call_finish(call, status);
	else if (outcome == PATH_FOUND)
		open_found(call, index, r);
}

/* --- openat2 --- */

static unsigned int lookup_of(
	const struct call *call, const struct open_how *how)
{
	bool needs_name = (how->resolve & RESOLVE_NO_XDEV) ||
			  readonly_matters(call, PATH_OPEN, how->flags);

	return open_lookup(how->flags) | (needs_name ? LOOKUP_NAMED : 0);
}

/* RESOLVE_NO_XDEV: bindings are mounts, and so are the host's own. */
static bool crosses_mount(
	struct call *call, int dirfd, bool is_absolute, struct resolution *r)
{
	struct stat from;
	struct stat to;
	struct host_path start;

	if (is_absolute)
		view_map(call->task->process->view,
			&call->task->process->view->base, &start);
	else
		viewer_proc_path(&call->task->viewer, dirfd, &start);
	if (r->crosses)
		return true;
	return stat(start.text.bytes, &from) == 0 &&
	       lstat(r->host.text.bytes, &to) == 0 && from.st_dev != to.st_dev;
}

static int check_resolve(struct call *call, int dirfd, const char *path,
	struct open_how *how, struct resolution *r)
{
	uint64_t checked = RESOLVE_NO_XDEV;

	if ((how->resolve & RESOLVE_NO_SYMLINKS) && r->links > 0)
		return -ELOOP;
	if ((how->resolve & RESOLVE_NO_MAGICLINKS) && r->magic_links > 0)
		return -ELOOP;
	if ((how->resolve & RESOLVE_NO_XDEV) &&
		crosses_mount(call, dirfd, path[0] == '/', r))
		return -EXDEV;
	/* A host path through /proc holds a link of ours. */
	if (strncmp(r->host.text.bytes, "/proc/", 6) == 0)
		checked |= RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
	checked &= how->resolve;
	how->resolve &= ~checked;
	return checked != 0;
}

#define SCOPED (RESOLVE_BENEATH | RESOLVE_IN_ROOT)

/*
 * RESOLVE_BENEATH, RESOLVE_IN_ROOT: a view whose root is where the look-up
 * starts. Without bindings below it the kernel's own walk is the right one,
 * whatever the process's root, if no more need be known of the file: what it
 * stands for, whether it may be written, what we show of it in /proc.
 */
static bool make_scope(
	struct call *call, int dirfd, uint64_t flags, struct view *scope)
{
	const struct view *view = call->task->process->view;
	struct host_path start;

	*scope = *view;
	return viewer_host_path(&call->task->viewer, dirfd, &start) == 0 &&
	       file_is_directory(&start) &&
	       view_detranslate_top(view, &start, &scope->base) == 0 &&
	       (view_binds_below(view, &scope->base) || view->emulates_links ||
		       task_file_identity(call->task) ||
		       readonly_matters(call, PATH_OPEN, flags) ||
		       open_writes(flags) ||
		       strncmp(start.text.bytes, "/proc", 5) == 0);
}

/* Nothing but a walk that stays in its scope may end well. */
static int check_scope(struct open_how *how, const struct resolution *r)
{
	if ((how->resolve & RESOLVE_NO_SYMLINKS) && r->links > 0)
		return -ELOOP;
	if ((how->resolve & RESOLVE_NO_MAGICLINKS) && r->magic_links > 0)
		return -ELOOP;
	if (r->magic_links > 0 ||
		((how->resolve & RESOLVE_BENEATH) && r->escapes))
		return -EXDEV;
	how->resolve &= ~(uint64_t)SCOPED;
	return 0;
}

/*
 * 1: HOW was changed; 0; or what the guest is told. Without R, the kernel's
 * own walk is the right one.
 */
static int openat2_look_up(struct call *call, const char *path, size_t size,
	struct open_how *how, struct resolution **r)
{
	int dirfd = path_dirfd(call, path_index(call));
	struct view scope;
	int status;

	*r = NULL;
	if (!(how->resolve & SCOPED)) {
		status = path_resolve(
			call, dirfd, path, size, lookup_of(call, how), r);
		if (status == -EACCES || status == -EAGAIN)
			return status;
		if ((*r)->is_untouched)
			return 0;
		return check_resolve(call, dirfd, path, how, *r);
	}
	if ((how->resolve & SCOPED) == SCOPED ||
		!make_scope(call, dirfd, how->flags, &scope) ||
		((how->resolve & RESOLVE_BENEATH) && path[0] == '/'))
		return 0;
	status = path_resolve_in(call, &scope, dirfd, path, size,
		lookup_of(call, how) | LOOKUP_NAMED, r);
	if (status == -EACCES || status == -EAGAIN)
		return status;
	status = check_scope(how, *r);
	if (status == 0)
		status = check_resolve(call, dirfd, path, how, *r);
	return status < 0 ? status : 1;
}

/* Put a changed struct in place of the guest's. */
static int set_how(
	struct call *call, const struct open_how *how, uint64_t how_size)
{
	unsigned int index = (unsigned int)row_index(call->row, OPEN_HOW);
	uint64_t address;
	int status;

	/* A newer, longer struct has a tail that we must not lose. */
	if (how_size > sizeof(*how))
		return -E2BIG;
	status = call_place(call, how, sizeof(*how), &address);
	if (status == 0)
		call_set(call, index, address);
	return status;
}

static int openat2_found(struct call *call, struct resolution *r,
	struct open_how *how, uint64_t how_size)
{
	unsigned int index = path_index(call);
	struct host_path served;
	int status = 0;

	if (open_writes(how->flags))
		status = busy_error(call, &r->host);
	if (status < 0)
		return status;
	if (readonly_matters(call, PATH_OPEN, how->flags) &&
		readonly_check(call, PATH_OPEN, how->flags, r) < 0)
		return -EROFS;
	if (!r->has_guest ||
		!proc_serve(call, r, open_writes(how->flags), &served)) {
		if (r->is_body &&
			(how->flags & (O_CREAT | O_EXCL)) == O_CREAT) {
			how->flags &= ~(uint64_t)O_CREAT;
			how->mode = 0;
			status = set_how(call, how, how_size);
			if (status < 0)
				return status;
		}
		path_set(call, index, r);
		return 0;
	}
	how->flags &= ~(uint64_t)O_NOFOLLOW;
	how->resolve = 0; /* it holds for the guest's path, as we have seen */
	status = set_how(call, how, how_size);
	if (status == 0)
		open_served(call, index, &served);
	return status;
}

static int openat2_rewrite(struct call *call, const char *path, size_t size,
	uint64_t how_size, struct open_how *how)
{
	struct resolution *r;
	int status = openat2_look_up(call, path, size, how, &r);
	int check = 0;

	if (status < 0 || !r)
		return status;
	check = path_check(call, PATH_OPEN, how->flags,
		path_dirfd(call, path_index(call)), path, size, r);
	if (check < 0)
		return check;
	if (check > 0) { /* another file, by a path of ours */
		how->resolve = 0;
		path_set(call, path_index(call), r);
		return set_how(call, how, how_size);
	}
	if (r->is_untouched)
		return open_writes(how->flags)
			       ? left_busy_error(call, path_index(call))
			       : 0;
	if (status > 0)
		status = set_how(call, how, how_size);
	if (status < 0)
		return status;
	return openat2_found(call, r, how, how_size);
}

/* Before Linux 5.6, guests shall hear so and look for another way. */
static bool is_missing(void)
{
	static int answer = -1;

	if (answer < 0)
		answer = syscall(SYS_openat2, -1, NULL, NULL, 0) < 0 &&
			 errno == ENOSYS;
	return answer;
}

/* EINVAL, before the kernel looks at the path; build_open_flags(), fs/open.c */
static bool is_wrong(const struct open_how *how)
{
	bool makes =
		(how->flags & O_CREAT) || (how->flags & O_TMPFILE) == O_TMPFILE;

	return how->flags >> 32 || how->resolve >= 2 * RESOLVE_CACHED ||
	       (how->mode & ~(makes ? UINT64_C(07777) : 0));
}

void openat2_enter(struct call *call)
{
	int how_index = row_index(call->row, OPEN_HOW);
	uint64_t how_size = call->arguments[how_index + 1];
	struct open_how how;
	char path[TEXT_MAX];
	long size;
	int status;

	if (how_size < sizeof(how) ||
		guest_read(call->task, call->arguments[how_index], &how,
			sizeof(how)) < 0 ||
		is_wrong(&how))
		return; /* EINVAL, EFAULT: the kernel's to say */
	size = guest_read_string(call->task, call->arguments[path_index(call)],
		path, sizeof(path));
	if (size <= 0 || is_missing())
		return;
	status = openat2_rewrite(call, path, (size_t)size, how_size, &how);
	if (status < 0 && status != -EAGAIN)
		call_finish(call, status);
}
