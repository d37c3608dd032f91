/* SPDX-License-Identifier: MIT */
/*
 * link(2), unlink(2), rename(2) and their relatives where hard links are
 * emulated (-l).
 *
 * The tracer makes these calls itself, with the rights that the guest has too.
 * So no two guests of a run are in the midst of them at the same time; what
 * other runs do at that time is kept away by the stores' locks.
 *
 * Only what the kernel refuses is emulated. All other calls find names of
 * emulated links by the path walk, which takes them for their bodies.
 */
#include "emulate/links.h"

#include "emulate/bodies.h"
#include "emulate/handlers.h"
#include "emulate/names.h"
#include "emulate/paths.h"
#include "emulate/sources.h"
#include "emulate/stores.h"

#include "base/field.h"
#include "view/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TRIES_MAX 100 /* against another run that does the same */

/* A name, found. */
struct link_place {
	struct host_path host;
	struct host_path top; /* of the binding that it is in */
	struct host_path body;
	bool is_body;	 /* it is a name of an emulated link */
	bool is_binding; /* a binding's own place */
	bool follows;	 /* a link of /proc, which leads to the file */
};

/* Of one call at a time; too large for the stack. */
struct pair {
	struct link_place from;
	struct link_place to;
};

/* When a body has one name left, the file is put there. */
static void fold_last(const struct host_path *body)
{
	struct host_path name;
	unsigned int at = 0;

	if (body_count(body) == 1)
		while (names_next(body, &at, &name))
			body_fold(body, &name);
}

/* --- places --- */

static bool emulates(const struct call *call)
{
	return call->task->process->view->emulates_links;
}

static void set_top(const struct view *view, const struct guest_path *guest,
	struct link_place *place)
{
	const struct binding *binding =
		guest ? view_find_binding(view, guest) : NULL;

	if (binding)
		text_copy(&place->top.text, &binding->host->text);
	else
		text_set(&place->top.text, "/", 1);
}

/* False: the kernel has something to say against the path, or we had. */
static bool place_find(
	struct call *call, unsigned int argument, struct link_place *place)
{
	const struct view *view = call->task->process->view;
	struct resolution *r;

	if (path_look_up_named(call, argument, &r) != PATH_FOUND)
		return false;
	place->is_binding = r->binding != NULL;
	place->is_body = r->is_body;
	place->follows = false;
	text_copy(&place->host.text, &r->host.text);
	set_top(view, r->has_guest ? &r->guest : NULL, place);
	if (r->is_body) {
		text_copy(&place->body.text, &r->host.text);
		if (r->has_guest)
			view_map(view, &r->guest, &place->host);
	}
	return true;
}

/* A descriptor, or a link of /proc, is not a name: does it have one? */
static bool place_is_named(const struct view *view, struct link_place *place)
{
	struct host_path named;
	struct guest_path guest;
	struct stat by_name;
	struct stat by_link;
	const char *base;

	if (viewer_link_path(place->host.text.bytes, &named) < 0 ||
		stat(place->host.text.bytes, &by_link) < 0 ||
		lstat(named.text.bytes, &by_name) < 0 ||
		by_name.st_ino != by_link.st_ino ||
		by_name.st_dev != by_link.st_dev)
		return false;
	base = path_last(&named.text);
	if (body_kind(base, strlen(base)) != BODY_NONE) {
		place->is_body = true;
		text_copy(&place->body.text, &named.text);
	}
	text_copy(&place->host.text, &named.text);
	place->follows = false;
	set_top(view,
		view_detranslate_top(view, &named, &guest) == 0 ? &guest : NULL,
		place);
	return true;
}

/* Is it a name of a body? */
static bool is_emulated(struct link_place *place)
{
	return body_of_name(&place->host, &place->body);
}

/* What it reads. -EAGAIN: it is none, or not any more, or a name of a body. */
static int read_symlink(const struct host_path *path, struct text *text)
{
	struct host_path body;
	ssize_t size = readlink(path->text.bytes, text->bytes, TEXT_MAX - 1);

	if (size < 0)
		return -EAGAIN;
	text_truncate(text, (size_t)size);
	if (body_find(path, text, &body) || body_has_moved(path, text))
		return -EAGAIN;
	return 0;
}

/* --- counts --- */

/* A directory that nobody shall count. */
static bool has_store(const struct host_path *directory)
{
	struct host_path store;
	struct stat status;

	text_copy(&store.text, &directory->text);
	return path_join(&store.text, STORE_NAME, strlen(STORE_NAME)) == 0 &&
	       lstat(store.text.bytes, &status) == 0 && S_ISDIR(status.st_mode);
}

void links_show(const struct file *file, struct statx *attributes)
{
	struct host_path named;
	const struct host_path *path = &file->path;
	unsigned long count;

	if (attributes->stx_nlink == 0)
		return;
	if (S_ISDIR(attributes->stx_mode)) {
		if (attributes->stx_nlink > 2 && has_store(path))
			attributes->stx_nlink--;
		return;
	}
	if (proc_is_magic_link(proc_entry(path).kind)) {
		if (viewer_link_path(path->text.bytes, &named) < 0)
			return;
		path = &named;
	}
	count = body_count(path);
	/* The body's own entry is no name. */
	if (count > 0)
		attributes->stx_nlink += (uint32_t)count - 1;
}

bool links_have_changed(
	const struct file *file, int status, const struct statx *attributes)
{
	const char *base = path_last(&file->path.text);
	struct text text;

	if (status == -ENOENT)
		return body_kind(base, strlen(base)) != BODY_NONE;
	return status == 0 && S_ISLNK(attributes->stx_mode) &&
	       proc_entry(&file->path).kind == PROC_NONE &&
	       read_symlink(&file->path, &text) < 0;
}

/* --- link --- */

/* Why the kernel may refuse any hard link at all. */
static bool is_refusal(int error)
{
	return error == EPERM || error == EACCES || error == EMLINK ||
	       error == EXDEV;
}

/* What says no before the file is touched: see do_linkat(), fs/namei.c. */
static int check_target(const struct host_path *name)
{
	const struct text *path = &name->text;
	struct stat status;

	if (lstat(path->bytes, &status) == 0)
		return -EEXIST;
	if (errno == ENOENT && path->bytes[path->length - 1] != '/')
		return 0;
	return -errno;
}

/* Not by way of some process's directory. */
static bool has_lasting_name(const struct link_place *place)
{
	return strncmp(place->host.text.bytes, "/proc/", 6) != 0;
}

/* Was it opened by O_TMPFILE, to be given a name later? */
static bool waits_for_name(const char *magic)
{
	struct field field;
	const char *told = NULL;
	unsigned long flags;
	int pid;
	int fd;

	if (sscanf(magic, "/proc/%d/fd/%d", &pid, &fd) == 2)
		told = fdinfo_field(pid, fd, "flags", &field);
	flags = told ? strtoul(told, NULL, 8) : 0;
	return (flags & O_TMPFILE) == O_TMPFILE && !(flags & O_EXCL);
}

static int name_nameless(const struct pair *pair, int error)
{
	int fd;
	int status;

	if (!waits_for_name(pair->from.host.text.bytes) ||
		!has_lasting_name(&pair->to))
		return -error;
	fd = open(pair->from.host.text.bytes, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -error;
	status = bodies_put_copy(fd, &pair->to.host, &pair->to.top);
	close(fd);
	return status;
}

/* A symlink's other names are copies of it: who can tell? */
static int copy_symlink(const struct host_path *path, const char *copy)
{
	struct text text;
	int status = read_symlink(path, &text);

	if (status < 0)
		return status;
	return symlink(text.bytes, copy) < 0 ? -errno : 0;
}

/* No body could be made: what the guest is told, if not the kernel's ERROR. */
static int answer_of(int result, int error)
{
	switch (result) {
	case -ENOENT: /* the name went away: look again */
	case -EAGAIN:
		return -EAGAIN;
	case -ENOSPC:
	case -EDQUOT:
		return result;
	default:
		return -error;
	}
}

/* -EAGAIN: another run has just changed it. */
static int emulate_link(const struct view *view, struct pair *pair, int error)
{
	struct stat status;
	bool is_first = false;
	int result = check_target(&pair->to.host);

	if (result < 0)
		return result;
	if (pair->from.follows && !place_is_named(view, &pair->from))
		return name_nameless(pair, error);
	if (pair->from.is_body) {
		const struct text *path = &pair->from.body.text;

		if (path->bytes[path->length - 1] == '/')
			return -ENOTDIR;
	} else {
		if (lstat(pair->from.host.text.bytes, &status) < 0)
			return -errno;
		if (S_ISDIR(status.st_mode) || pair->from.is_binding ||
			!has_lasting_name(&pair->from))
			return -error;
		if (S_ISLNK(status.st_mode))
			return copy_symlink(
				&pair->from.host, pair->to.host.text.bytes);
		result = body_make(
			&pair->from.host, &pair->from.top, &pair->from.body);
		if (result < 0)
			return answer_of(result, error);
		is_first = true;
	}
	result = body_add_name(&pair->from.body, &pair->to.host);
	names_note(&pair->from.body, &pair->from.host);
	names_note(&pair->from.body, &pair->to.host);
	if (is_first && result < 0)
		body_fold(&pair->from.body, &pair->from.host);
	return result;
}

static int link_places(const struct view *view, struct pair *pair)
{
	const struct text *source = pair->from.is_body ? &pair->from.body.text
						       : &pair->from.host.text;

	if (linkat(AT_FDCWD, source->bytes, AT_FDCWD, pair->to.host.text.bytes,
		    pair->from.follows ? AT_SYMLINK_FOLLOW : 0) == 0)
		return 0;
	return is_refusal(errno) ? emulate_link(view, pair, errno) : -errno;
}

/* AT_EMPTY_PATH: the descriptor itself. */
static bool find_source(struct call *call, unsigned int argument,
	uint64_t flags, struct link_place *from)
{
	char byte = '\0';

	if ((flags & AT_EMPTY_PATH) && call->arguments[argument] != 0 &&
		guest_read(call->task, call->arguments[argument], &byte, 1) ==
			0 &&
		byte == '\0') {
		*from = (struct link_place){.follows = true};
		viewer_proc_path(&call->task->viewer,
			path_dirfd(call, argument), &from->host);
		return true;
	}
	if (!place_find(call, argument, from))
		return false;
	from->follows = proc_is_magic_link(proc_entry(&from->host).kind) &&
			(flags & AT_SYMLINK_FOLLOW);
	return true;
}

void link_enter(struct call *call)
{
	static struct pair pair;
	unsigned int target = (unsigned int)row_index(call->row, PATH_LINK);
	int source = row_index(call->row, PATH_AT);
	uint64_t flags = argument_of(call, LINK_FLAGS);
	int result = -EAGAIN;

	if (source < 0)
		source = row_index(call->row, PATH_NOFOLLOW);
	for (int i = 0; i < TRIES_MAX && result == -EAGAIN; i++) {
		if (!emulates(call) ||
			(flags & ~(uint64_t)(AT_EMPTY_PATH |
					     AT_SYMLINK_FOLLOW)) ||
			!find_source(call, (unsigned int)source, flags,
				&pair.from) ||
			!place_find(call, target, &pair.to)) {
			rewrite_enter(call);
			return;
		}
		result = link_places(call->task->process->view, &pair);
	}
	call_finish(call, result);
}

/* --- unlink --- */

/* No name of a body, and none may become one meanwhile. */
static int remove_plain(struct link_place *place)
{
	struct host_path store;
	int lock = stores_lock(&place->host, &place->top, &store);
	int result = -EAGAIN;

	if (lock < 0 || !is_emulated(place))
		result = unlink(place->host.text.bytes) < 0 ? -errno : 0;
	stores_unlock(lock, &store);
	return result;
}

static int remove_place(struct link_place *place)
{
	int result;

	if (!is_emulated(place))
		return remove_plain(place);
	result = body_remove_name(&place->body, &place->host);
	if (result == 0)
		fold_last(&place->body);
	return result;
}

void rmdir_enter(struct call *call)
{
	static struct link_place place;
	unsigned int index = (unsigned int)row_index(call->row, PATH_REMOVE);

	if (emulates(call) && place_find(call, index, &place))
		store_forget_empty(&place.host);
	rewrite_enter(call);
}

void unlink_enter(struct call *call)
{
	static struct link_place place;
	unsigned int index = (unsigned int)row_index(call->row, PATH_REMOVE);
	int result = -EAGAIN;

	if (removes_directory(call)) {
		rmdir_enter(call);
		return;
	}
	sources_keep(call);
	/* With flags: EINVAL. */
	if (!emulates(call) || argument_of(call, UNLINK_FLAGS) != 0 ||
		!place_find(call, index, &place)) {
		rewrite_enter(call);
		return;
	}
	for (int i = 0; i < TRIES_MAX && result == -EAGAIN; i++)
		result = remove_place(&place);
	call_finish(call, result);
}

/* --- rename --- */

static int rename_plainly(struct pair *pair, uint64_t flags)
{
	const char *old = pair->from.host.text.bytes;
	const char *new = pair->to.host.text.bytes;
	struct host_path store;
	int lock = stores_lock(&pair->to.host, &pair->to.top, &store);
	long status = 0;
	int result = -EAGAIN;

	if (lock < 0 || flags != 0 || !is_emulated(&pair->to)) {
		status = flags == 0 ? rename(old, new)
				    : syscall(SYS_renameat2, AT_FDCWD, old,
					      AT_FDCWD, new, flags);
		result = status < 0 ? -errno : 0;
	}
	stores_unlock(lock, &store);
	return result;
}

/* Two names of one file: nothing happens, rename(2). */
static int rename_to_itself(uint64_t flags)
{
	return flags & RENAME_NOREPLACE ? -EEXIST : 0;
}

static int rename_places(struct pair *pair, uint64_t flags)
{
	bool is_moved = is_emulated(&pair->from);
	bool is_replaced = is_emulated(&pair->to);
	int result;

	if (is_moved && is_replaced &&
		body_is_same(&pair->from.body, &pair->to.body))
		return rename_to_itself(flags);
	if (!is_replaced || flags != 0)
		result = rename_plainly(pair, flags);
	else
		result = body_replace_name(
			&pair->to.body, &pair->to.host, &pair->from.host);
	if (result < 0)
		return result;
	if (is_replaced && flags == 0)
		fold_last(&pair->to.body);
	if (is_moved && !(flags & RENAME_EXCHANGE)) {
		names_note(&pair->from.body, &pair->to.host);
		fold_last(&pair->from.body);
	}
	return 0;
}

static void rename_names(struct call *call)
{
	static struct pair pair;
	unsigned int old = (unsigned int)row_index(call->row, PATH_REMOVE);
	unsigned int new = (unsigned int)row_index(call->row, PATH_REPLACE);
	uint64_t flags = argument_of(call, RENAME_FLAGS);
	int result = -EAGAIN;

	if (!emulates(call) || !place_find(call, old, &pair.from) ||
		!place_find(call, new, &pair.to)) {
		rewrite_enter(call);
		return;
	}
	for (int i = 0; i < TRIES_MAX && result == -EAGAIN; i++)
		result = rename_places(&pair, flags & 0xffffffff);
	call_finish(call, result);
}

void rename_enter(struct call *call)
{
	sources_keep(call);
	rename_names(call);
	sources_follow(call);
}
