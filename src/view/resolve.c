/* SPDX-License-Identifier: MIT */
/* The path walk. Dual code: no libc state, no allocation. */
#include "view/resolve.h"

#include "view/kernel.h"
#include "view/procfs.h"
#include "view/walk.h"

#include <errno.h>
#include <string.h>

/* --- the steps --- */

/* The kernel refuses to make or remove dots, each call in its own way. */
static int finish_with_dots(struct walk *w, const char *ending)
{
	w->is_off = true;
	return walk_finish_with(w, ending);
}

static int step_dot(struct walk *w, const struct component *c)
{
	rest_skip(&w->r->rest, c->next);
	if (*c->next != '\0')
		return 0;
	return w->lookup & LOOKUP_PARENT ? finish_with_dots(w, "/.")
					 : walk_finish_with(w, "/.");
}

static int step_dot_dot(struct walk *w, const struct component *c)
{
	struct resolution *r = w->r;
	struct host_path parent;
	int status;

	walk_spoil_trail(w);
	if (walk_look_inside(&r->host) < 0) {
		r->is_denied = true;
		return walk_finish_failing(w);
	}
	rest_skip(&r->rest, c->next);
	if (*c->next == '\0' && (w->lookup & LOOKUP_PARENT))
		return finish_with_dots(w, "/..");
	if (!r->has_guest) {
		status = walk_up_from_island(w);
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
	return *c->next == '\0' ? walk_finish_with(w, "/.") : 0;
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
	else if (!is_last || !(w->lookup & LOOKUP_PARENT))
		walk_onto_covered(w);
	rest_skip(&r->rest, c->next);
	if (binding) {
		text_copy(&r->host.text, &binding->host->text);
		if (!is_last)
			return 0;
		return walk_finish_with(w, c->has_slash ? "/" : "");
	}
	if (is_last && ((w->lookup & LOOKUP_PARENT) ||
			       ((w->lookup & LOOKUP_CREATE) && c->has_slash)))
		return walk_finish_with(w, c->has_slash ? "/" : "");
	if (is_last && !(w->lookup & LOOKUP_FOLLOW) && !c->has_slash)
		return walk_at_last(w);
	return walk_into_link(w, c, up);
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
		if (component_is_dot_dot(&c))
			return NULL;
		if (component_is_dot(&c))
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
	bool follow = walk_minds_last_link(w);
	enum straightness straight;
	struct host_path host;
	const char *ending;

	if (!r->has_guest || w->searcher)
		return 0;
	ending = join_lexically(&r->guest, rest_text(&r->rest));
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

/*
 * link_path_walk(), fs/namei.c: before the component is looked at. The root and
 * what is bound are for every guest, whatever their modes are on the host
 * (mktemp -d, or an umask of 077).
 */
static bool may_search(const struct walk *w)
{
	const struct searcher *searcher = w->searcher;
	const struct resolution *r = w->r;

	if (!searcher || (r->has_guest && view_binding_at(w->view, &r->guest)))
		return true;
	return searcher->may_search(searcher->who, &r->host);
}

static int walk(struct walk *w)
{
	struct resolution *r = w->r;
	unsigned int links = r->links;
	int status;

	note_place(w); /* the start, which crosses nothing */
	status = step_straight(w);
	note_place(w);
	while (status == 0 && *rest_text(&r->rest) != '\0') {
		struct component c;

		rest_skip(&r->rest,
			rest_text(&r->rest) + strspn(rest_text(&r->rest), "/"));
		if (*rest_text(&r->rest) == '\0')
			break;
		if (!may_search(w))
			return -EACCES;
		c = component_at(rest_text(&r->rest));
		if (component_is_dot(&c))
			status = step_dot(w, &c);
		else if (component_is_dot_dot(&c))
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

/*
 * Host paths that make the kernel answer ELOOP, EACCES (to anybody but root:
 * proc_tty_init(), fs/proc/proc_tty.c), or ENAMETOOLONG.
 */
static void set_failing_path(struct resolution *r, int error)
{
	r->has_guest = false;
	text_set(&r->host.text, "/proc", 5);
	if (error == -ELOOP)
		for (unsigned int i = 0; i <= LINKS_MAX; i++)
			text_append(&r->host.text, "/self/..", 8);
	else if (error == -EACCES)
		text_append(&r->host.text, "/tty/driver/x", 13);
	else
		for (unsigned int i = 0; i < 300; i++)
			text_append(&r->host.text, "x", 1);
}

static int resolve(struct walk *w, int dirfd, const char *path, size_t size)
{
	struct resolution *r = w->r;
	struct host_path base;
	int status;

	r->is_untouched = false;
	r->is_denied = false;
	r->binding = NULL;
	r->links = 0;
	r->magic_links = 0;
	r->crosses = false;
	r->escapes = false;
	r->by_descriptor = false;
	r->has_parent = false;
	r->is_body = false;
	r->is_link = false;
	if (size >= TEXT_MAX) {
		set_failing_path(r, -ENAMETOOLONG);
		return -ENAMETOOLONG;
	}
	rest_set(&r->rest, path, size);
	if (path[0] == '/') {
		status = walk_stand_at_root(w);
	} else {
		if (!(w->lookup & LOOKUP_NAMED) &&
			walk_is_needless(w, dirfd, rest_text(&r->rest)))
			goto untouched;
		viewer_proc_path(w->viewer, dirfd, &base);
		r->by_descriptor = dirfd != AT_FDCWD;
		status = walk_stand_behind(w, &base, dirfd == AT_FDCWD);
		if (status == -EBADF)
			goto untouched;
	}
	if (status == 0)
		status = walk(w);
	if (status < 0) {
		set_failing_path(r, status);
		return status;
	}
	if (r->has_guest && !w->is_off)
		r->binding = view_binding_at(w->view, &r->guest);
	return 0;
untouched:
	r->is_untouched = true;
	return 0;
}

int view_resolve(const struct view *view, const struct viewer *viewer,
	int dirfd, const char *path, size_t size, unsigned int lookup,
	struct resolution *r)
{
	return view_resolve_noting(
		view, viewer, dirfd, path, size, lookup, r, NULL);
}

int view_resolve_noting(const struct view *view, const struct viewer *viewer,
	int dirfd, const char *path, size_t size, unsigned int lookup,
	struct resolution *r, struct trail *trail)
{
	struct walk w = {view, viewer, lookup, r, trail, NULL, false, NULL};

	return resolve(&w, dirfd, path, size);
}

int view_search(const struct view *view, const struct viewer *viewer, int dirfd,
	const char *path, size_t size, unsigned int lookup,
	struct resolution *r, const struct searcher *searcher)
{
	struct walk w = {view, viewer, lookup | LOOKUP_NAMED, r, NULL, searcher,
		false, NULL};

	return resolve(&w, dirfd, path, size);
}
