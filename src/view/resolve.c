/* SPDX-License-Identifier: MIT */
/* The path walk. Dual code: no libc state, no allocation. */
#include "view/resolve.h"

#include "view/body.h"
#include "view/kernel.h"
#include "view/procfs.h"
#include "view/straight.h"

#include <errno.h>
#include <string.h>

#define LINKS_MAX 40 /* MAXSYMLINKS, include/linux/namei.h */

/* One component of a path, and what follows it. */
struct component {
	const char *name;
	size_t size;
	const char *next; /* behind its slashes */
	bool has_slash;
};

struct walk {
	const struct view *view;
	const struct viewer *viewer;
	unsigned int lookup;
	struct resolution *r;
	bool is_off; /* what the kernel is told is not what r->guest names */
	const struct binding *place; /* what the position is in */
};

enum { DONE = 1 }; /* a step's answer: the walk is at its end */

static struct component component_at(const char *path)
{
	struct component c = {.name = path};

	while (c.name[c.size] != '\0' && c.name[c.size] != '/')
		c.size++;
	c.next = c.name + c.size;
	c.has_slash = *c.next == '/';
	while (*c.next == '/')
		c.next++;
	return c;
}

static bool is_dot(const struct component *c)
{
	return c->size == 1 && c->name[0] == '.';
}

static bool is_dot_dot(const struct component *c)
{
	return c->size == 2 && c->name[0] == '.' && c->name[1] == '.';
}

/* --- the rest buffer --- */

static char *rest(struct resolution *r)
{
	return r->rest + r->start;
}

static int rest_prepend(struct resolution *r, const char *text, size_t size)
{
	if (size + 1 > r->start)
		return -ELOOP; /* only a loop can pile up that much */
	if (*rest(r) != '\0')
		r->rest[--r->start] = '/';
	r->start -= size;
	memcpy(rest(r), text, size);
	return 0;
}

static void rest_set(struct resolution *r, const char *path, size_t size)
{
	r->start = WALK_MAX - 1 - size;
	memcpy(rest(r), path, size);
	r->rest[WALK_MAX - 1] = '\0';
}

static void rest_skip(struct resolution *r, const char *next)
{
	r->start = (size_t)(next - r->rest);
}

/*
 * Dots mean nothing but at the end. PATH_MAX bytes of them would leave no room
 * for the host path of the directory that they start from.
 */
static void rest_remove_dots(struct resolution *r)
{
	const char *path = rest(r);
	size_t size = 0;

	while (*path != '\0') {
		struct component c = component_at(path);

		path = c.next;
		if (is_dot(&c) && *path != '\0')
			continue;
		memcpy(r->rest + size, c.name, c.size);
		size += c.size;
		if (c.has_slash)
			r->rest[size++] = '/';
	}
	rest_set(r, r->rest, size);
}

/* --- where we start --- */

/* Can what is left to walk be joined to this path? */
static bool leaves_room(
	const struct resolution *r, const struct host_path *host)
{
	return host->text.length + (WALK_MAX - r->start) < TEXT_MAX;
}

/*
 * Stand in the directory that MAGIC, a link of /proc, leads to. If its path
 * leaves no room for what is left to walk, the link itself is its host path.
 */
static int stand_behind(
	struct walk *w, const struct host_path *magic, bool is_cwd)
{
	struct resolution *r = w->r;
	struct host_path name;
	int status;

	text_copy(&name.text, &magic->text);
	status = viewer_link_path(name.text.bytes, &r->host);
	r->has_guest = false;
	if (status == -EBADF)
		return status;
	if (status < 0) {
		text_copy(&r->host.text, &name.text);
		return 0;
	}
	r->has_guest = (is_cwd ? viewer_directory(w->view, w->viewer, &r->host,
					 &r->guest)
			       : view_detranslate_top(
					 w->view, &r->host, &r->guest)) == 0;
	if (!leaves_room(r, &r->host))
		rest_remove_dots(r);
	if (!leaves_room(r, &r->host))
		text_copy(&r->host.text, &name.text);
	return 0;
}

/* Stand in a directory that has a canonical path from the view's top. */
static int stand_at(struct walk *w, const char *path, size_t size)
{
	struct resolution *r = w->r;

	r->has_guest = true;
	text_set(&r->guest.text, path, size);
	return view_map(w->view, &r->guest, &r->host);
}

static int stand_at_root(struct walk *w)
{
	const struct text *base = &w->view->base.text;

	return stand_at(w, base->bytes, base->length);
}

/* --- paths left as they are --- */

static bool may_mean_more(const struct view *view, const struct component *c)
{
	return is_dot_dot(c) || view_binds_name(view, c->name, c->size) ||
	       proc_may_name(c->name, c->size);
}

static bool has_plain_names(const struct view *view, const char *path)
{
	while (*path != '\0') {
		struct component c = component_at(path);

		if (may_mean_more(view, &c))
			return false;
		path = c.next;
	}
	return true;
}

/*
 * Does a symlink at the end matter: is it followed, or could it be a name of
 * an emulated hard link?
 */
static bool minds_last_link(const struct walk *w)
{
	return (w->lookup & LOOKUP_FOLLOW) ||
	       (w->view->emulates_links && !(w->lookup & LOOKUP_PARENT));
}

static bool is_one_name(const char *path)
{
	struct component c = component_at(path);

	return *c.next == '\0' && !c.has_slash;
}

/* A single name that may be a symlink, but not one of an emulated hard link. */
static bool is_no_body_name(struct walk *w, int dirfd, const char *name)
{
	struct text *link = &w->r->host.text;
	const char *last;

	viewer_proc_path(w->viewer, dirfd, &w->r->host);
	if (path_join(link, name, strlen(name)) < 0)
		return false;
	if (kernel_read_link(link->bytes, link) < 0)
		return true; /* no symlink, or an error that is the guest's */
	last = path_last(link);
	w->r->is_link = true;
	return body_kind(last, link->length - (size_t)(last - link->bytes)) ==
	       BODY_NONE;
}

/* Whether a relative path means to the kernel what it means in the view. */
static bool relative_is_plain(struct walk *w, int dirfd, char *path)
{
	bool follow = minds_last_link(w);
	struct host_path *base = &w->r->host;
	size_t size = strlen(path);
	enum straightness straight;
	long fd;

	if (!has_plain_names(w->view, path))
		return false;
	if (is_one_name(path) && (!follow || strcmp(path, ".") == 0))
		return true;
	if (is_one_name(path) && !(w->lookup & LOOKUP_FOLLOW))
		return is_no_body_name(w, dirfd, path);
	/* A slash makes the kernel follow a symlink in front of it. */
	follow |= path[size - 1] == '/' && !(w->lookup & LOOKUP_PARENT);
	if (viewer_is_self(w->viewer))
		return path_straightness(dirfd, path, size, follow) !=
		       NOT_STRAIGHT;
	viewer_proc_path(w->viewer, dirfd, base);
	fd = kernel_openat(AT_FDCWD, base->text.bytes, O_PATH | O_CLOEXEC);
	if (fd < 0)
		return false;
	straight = path_straightness((int)fd, path, size, follow);
	kernel_close((int)fd);
	w->r->is_denied |= straight == STRAIGHT_DENIED;
	return straight != NOT_STRAIGHT;
}

/* --- the steps --- */

/*
 * Nobody gets past the position: the kernel will fail at it, too. It is not
 * given what is left to walk: that could lead out of the view if it did not.
 */
static int finish_failing(struct walk *w)
{
	struct resolution *r = w->r;
	const char *path = rest(r);
	int status = 0;

	w->is_off = true;
	while (r->has_guest && *path != '\0') {
		struct component c = component_at(path);

		if (is_dot_dot(&c))
			path_remove_last(&r->guest.text);
		else if (!is_dot(&c) &&
			 path_join(&r->guest.text, c.name, c.size) < 0)
			r->has_guest = false;
		path = c.next;
	}
	if (*rest(r) != '\0')
		status = path_join(&r->host.text, ".", 1);
	return status < 0 ? status : DONE;
}

/* Directories end as the guest wrote them: "", "/" or "/.". */
static int finish_with(struct walk *w, const char *ending)
{
	int status =
		text_append(&w->r->host.text, ending, text_length(ending, 3));

	return status < 0 ? status : DONE;
}

/* The kernel refuses to make or remove dots, each call in its own way. */
static int finish_with_dots(struct walk *w, const char *ending)
{
	w->is_off = true;
	return finish_with(w, ending);
}

static int step_dot(struct walk *w, const struct component *c)
{
	rest_skip(w->r, c->next);
	if (*c->next != '\0')
		return 0;
	return w->lookup & LOOKUP_PARENT ? finish_with_dots(w, "/.")
					 : finish_with(w, "/.");
}

/* In an island, ".." may lead back to where directories have names. */
static int step_up_island(struct walk *w)
{
	struct host_path name;
	long fd;

	if (viewer_is_self(w->viewer))
		return -EOPNOTSUPP;
	if (text_append(&w->r->host.text, "/..", 3) < 0)
		return -ENAMETOOLONG;
	fd = kernel_openat(AT_FDCWD, w->r->host.text.bytes,
		O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return finish_failing(w);
	text_set(&name.text, "/proc/self/fd/", 14);
	name.text.length += text_from_number(
		(unsigned long)fd, name.text.bytes + name.text.length);
	text_truncate(&name.text, name.text.length);
	if (viewer_link_path(name.text.bytes, &name) == 0) {
		w->r->has_guest =
			view_detranslate_top(w->view, &name, &w->r->guest) == 0;
		if (leaves_room(w->r, &name))
			text_copy(&w->r->host.text, &name.text);
	}
	kernel_close((int)fd);
	return 0;
}

static bool is_searchable_directory(struct host_path *host)
{
	size_t length = host->text.length;
	bool answer;

	if (text_append(&host->text, "/.", 2) < 0)
		return false;
	answer = kernel_access(host->text.bytes, 0) == 0;
	text_truncate(&host->text, length);
	return answer;
}

static int step_dot_dot(struct walk *w, const struct component *c)
{
	struct resolution *r = w->r;
	struct host_path parent;
	int status;

	if (!is_searchable_directory(&r->host)) {
		r->is_denied = true;
		return finish_failing(w);
	}
	rest_skip(r, c->next);
	if (*c->next == '\0' && (w->lookup & LOOKUP_PARENT))
		return finish_with_dots(w, "/..");
	if (!r->has_guest) {
		status = step_up_island(w);
		return status < 0 || *c->next != '\0' ? status : DONE;
	}
	if (r->guest.text.length > w->view->base.text.length ||
		!path_below(&r->guest.text, &w->view->base.text))
		path_remove_last(&r->guest.text);
	else
		r->escapes = true;
	status = view_map(w->view, &r->guest, &parent);
	if (status < 0)
		return status;
	text_copy(&r->host.text, &parent.text);
	return *c->next == '\0' ? finish_with(w, "/.") : 0;
}

/* What a symlink of /proc means to the viewer, told as text. */
static int proc_link_text(
	struct walk *w, enum proc_kind kind, char *out, size_t *size)
{
	const struct viewer *viewer = w->viewer;

	*size = text_from_number((unsigned int)viewer->pid, out);
	if (kind == PROC_SELF)
		return 0;
	memcpy(out + *size, "/task/", 6);
	*size += 6;
	*size += text_from_number((unsigned int)viewer->tid, out + *size);
	return 0;
}

/* A symlink whose text is to be walked. The position is still the link. */
static int step_into_text(
	struct walk *w, const char *text, size_t size, size_t up)
{
	struct resolution *r = w->r;
	int status;

	status = rest_prepend(r, text, size);
	if (status < 0)
		return status;
	if (size > 0 && text[0] == '/') {
		r->escapes = true;
		return stand_at_root(w);
	}
	text_truncate(&r->host.text, up);
	if (r->has_guest)
		path_remove_last(&r->guest.text);
	return 0;
}

/* A magic link: the kernel does not walk its text, it jumps. */
static int step_into_magic(
	struct walk *w, struct proc_entry entry, const struct component *c)
{
	struct resolution *r = w->r;
	struct guest_path program;
	struct host_path named;

	r->magic_links++;
	if (entry.kind == PROC_EXE && w->viewer->program(entry.pid, &program)) {
		int status = rest_prepend(
			r, program.text.bytes, program.text.length);

		/* It is told from the view's top, whatever the base is. */
		return status < 0 ? status : stand_at(w, "/", 1);
	}
	if (entry.kind == PROC_ROOT &&
		w->viewer->program(entry.pid, &program)) {
		int status = stand_at_root(w);

		if (status < 0 || *c->next != '\0')
			return status;
		return finish_with(w, "/.");
	}
	if (*c->next != '\0')
		return stand_behind(w, &r->host, false);
	if (viewer_link_path(r->host.text.bytes, &named) == 0)
		r->has_guest =
			view_detranslate_top(w->view, &named, &r->guest) == 0;
	else
		r->has_guest = false;
	return finish_with(w, c->has_slash ? "/" : "");
}

/*
 * If the position is a name of an emulated hard link, go on with the body:
 * nobody shall see a symlink there. TEXT is what it reads.
 */
static bool step_into_body(struct walk *w, const struct text *text)
{
	struct host_path body;

	/* Links of /proc tell bodies' paths, and are no names of them. */
	if (!w->view->emulates_links ||
		proc_entry(&w->r->host).kind != PROC_NONE ||
		!body_find(&w->r->host, text, &body))
		return false;
	text_copy(&w->r->host.text, &body.text);
	w->r->is_body = true;
	return true;
}

/* A last name whose symlink would be the object itself. */
static int step_last(struct walk *w)
{
	struct host_path text;

	if (!w->view->emulates_links)
		return DONE;
	do {
		if (kernel_read_link(w->r->host.text.bytes, &text.text) <= 0)
			return DONE;
		if (step_into_body(w, &text.text))
			return DONE;
	} while (proc_entry(&w->r->host).kind == PROC_NONE &&
		 body_has_moved(&w->r->host, &text.text));
	w->r->is_link = true;
	return DONE;
}

static int step_into_link(struct walk *w, const struct component *c, size_t up)
{
	struct resolution *r = w->r;
	struct host_path text;
	struct proc_entry entry = proc_entry(&r->host);
	size_t size = 0;
	long status = 0;

	text_clear(&text.text);
	if (entry.kind == PROC_SELF || entry.kind == PROC_THREAD_SELF)
		proc_link_text(w, entry.kind, text.text.bytes, &size);
	else
		status = kernel_read_link(r->host.text.bytes, &text.text);
	if (status == -EINVAL && *c->next != '\0')
		return 0; /* it is no symlink */
	if (status == -ENAMETOOLONG && proc_is_magic_link(entry.kind))
		status = 0; /* it is one, to a directory that is too deep */
	if (status == -EOVERFLOW)
		return -ENAMETOOLONG;
	r->is_denied |= status == -EACCES;
	if (status < 0) {
		if (*c->next == '\0' && c->has_slash)
			return finish_with(w, "/");
		return *c->next == '\0' ? DONE : finish_failing(w);
	}
	text_truncate(&text.text, size ? size : (size_t)status);
	if (step_into_body(w, &text.text)) {
		if (*c->next != '\0')
			return 0; /* ENOTDIR */
		return finish_with(w, c->has_slash ? "/" : "");
	}
	if (w->view->emulates_links && entry.kind == PROC_NONE &&
		body_has_moved(&r->host, &text.text))
		return step_into_link(w, c, up);
	if (++r->links > LINKS_MAX)
		return -ELOOP;
	if (*c->next == '\0' && c->has_slash)
		r->rest[--r->start] = '/'; /* there was one just before */
	if (proc_is_magic_link(entry.kind))
		return step_into_magic(w, entry, c);
	return step_into_text(w, text.text.bytes, text.text.length, up);
}

static int step_name(struct walk *w, const struct component *c)
{
	struct resolution *r = w->r;
	size_t up = r->host.text.length;
	const struct binding *binding = NULL;
	bool is_last = *c->next == '\0';
	int status;

	status = path_join(&r->host.text, c->name, c->size);
	if (r->has_guest && path_join(&r->guest.text, c->name, c->size) < 0)
		r->has_guest = false; /* too deep for a name: an island */
	if (status < 0 && r->has_guest) {
		/* Go on from the binding's alias. */
		status = view_map(w->view, &r->guest, &r->host);
		up = r->host.text.length - c->size - 1;
	}
	if (status < 0)
		return status;
	if (r->has_guest)
		binding = view_binding_at(w->view, &r->guest);
	rest_skip(r, c->next);
	if (binding) {
		text_copy(&r->host.text, &binding->host->text);
		if (!is_last)
			return 0;
		return finish_with(w, c->has_slash ? "/" : "");
	}
	if (is_last && ((w->lookup & LOOKUP_PARENT) ||
			       ((w->lookup & LOOKUP_CREATE) && c->has_slash)))
		return finish_with(w, c->has_slash ? "/" : "");
	if (is_last && !(w->lookup & LOOKUP_FOLLOW) && !c->has_slash)
		return step_last(w);
	return step_into_link(w, c, up);
}

/* --- the short way --- */

/*
 * Put what is left behind the position, without its dots. Answers the ending
 * that the guest wrote, or null when it cannot be done by text alone.
 */
static const char *join_lexically(struct guest_path *guest, const char *path)
{
	const char *ending = "";

	path += strspn(path, "/");
	while (*path != '\0') {
		struct component c = component_at(path);

		ending = c.has_slash ? "/" : "";
		if (is_dot_dot(&c))
			return NULL;
		if (is_dot(&c))
			ending = "/.";
		else if (path_join(&guest->text, c.name, c.size) < 0)
			return NULL;
		path = c.next;
	}
	return ending;
}

/* Try all that is left in one go; 0 means: walk. */
static int step_straight(struct walk *w)
{
	struct resolution *r = w->r;
	size_t guest_length = r->guest.text.length;
	size_t host_length = r->host.text.length;
	bool follow = minds_last_link(w);
	enum straightness straight;
	struct host_path host;
	const char *ending;

	if (!r->has_guest)
		return 0;
	ending = join_lexically(&r->guest, rest(r));
	if (!ending || view_map(w->view, &r->guest, &host) < 0)
		goto walk;
	if (!view_binding_at(w->view, &r->guest)) {
		if (text_append(&host.text, ending, text_length(ending, 3)) < 0)
			goto walk;
		follow |= ending[0] != '\0' && !(w->lookup & LOOKUP_PARENT);
		straight = path_straightness(
			AT_FDCWD, host.text.bytes, host.text.length, follow);
		r->is_denied |= straight == STRAIGHT_DENIED;
		if (straight == NOT_STRAIGHT)
			goto walk;
		r->has_parent = !follow && r->links == 0 &&
				straight == STRAIGHT_DIRECTORY;
	} else if (text_append(&host.text, ending, text_length(ending, 3)) <
		   0) {
		goto walk;
	}
	text_copy(&r->host.text, &host.text);
	w->is_off = (w->lookup & LOOKUP_PARENT) && ending[0] != '\0' &&
		    ending[1] == '.';
	return DONE;
walk:
	text_truncate(&r->guest.text, guest_length);
	text_truncate(&r->host.text, host_length);
	return 0;
}

/*
 * Bindings are as mounts are: have we come into another one? Glue is as the
 * directories that it stands for; islands are unknown.
 */
static void note_place(struct walk *w)
{
	struct resolution *r = w->r;
	const struct binding *place =
		r->has_guest ? view_find_binding(w->view, &r->guest) : NULL;

	if (place && place->kind == BINDING_GLUE)
		return;
	if (place && w->place && place != w->place && !w->is_off)
		r->crosses = true;
	w->place = place;
}

static int walk(struct walk *w)
{
	struct resolution *r = w->r;
	unsigned int links = r->links;
	int status;

	note_place(w); /* the start, which crosses nothing */
	status = step_straight(w);
	note_place(w);
	while (status == 0 && *rest(r) != '\0') {
		struct component c;

		rest_skip(r, rest(r) + strspn(rest(r), "/"));
		if (*rest(r) == '\0')
			break;
		c = component_at(rest(r));
		if (is_dot(&c))
			status = step_dot(w, &c);
		else if (is_dot_dot(&c))
			status = step_dot_dot(w, &c);
		else
			status = step_name(w, &c);
		if (status == 0 && r->links != links) {
			links = r->links;
			note_place(w);
			status = step_straight(w);
		}
		note_place(w);
	}
	return status;
}

/* Host paths that make the kernel answer ELOOP, or ENAMETOOLONG. */
static void set_failing_path(struct resolution *r, int error)
{
	r->has_guest = false;
	text_set(&r->host.text, "/proc", 5);
	if (error == -ELOOP)
		for (unsigned int i = 0; i <= LINKS_MAX; i++)
			text_append(&r->host.text, "/self/..", 8);
	else
		for (unsigned int i = 0; i < 300; i++)
			text_append(&r->host.text, "x", 1);
}

int view_resolve(const struct view *view, const struct viewer *viewer,
	int dirfd, const char *path, size_t size, unsigned int lookup,
	struct resolution *r)
{
	struct walk w = {view, viewer, lookup, r, false, NULL};
	struct host_path base;
	int status;

	r->is_untouched = false;
	r->is_denied = false;
	r->binding = NULL;
	r->links = 0;
	r->magic_links = 0;
	r->crosses = false;
	r->escapes = false;
	r->has_parent = false;
	r->is_body = false;
	r->is_link = false;
	if (size >= TEXT_MAX) {
		set_failing_path(r, -ENAMETOOLONG);
		return -ENAMETOOLONG;
	}
	rest_set(r, path, size);
	if (path[0] == '/') {
		status = stand_at_root(&w);
	} else {
		if (!(lookup & LOOKUP_NAMED) &&
			relative_is_plain(&w, dirfd, rest(r)))
			goto untouched;
		viewer_proc_path(viewer, dirfd, &base);
		status = stand_behind(&w, &base, dirfd == AT_FDCWD);
		if (status == -EBADF)
			goto untouched;
	}
	if (status == 0)
		status = walk(&w);
	if (status < 0) {
		set_failing_path(r, status);
		return status;
	}
	if (r->has_guest && !w.is_off)
		r->binding = view_binding_at(view, &r->guest);
	return 0;
untouched:
	r->is_untouched = true;
	return 0;
}
