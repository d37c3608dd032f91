/* SPDX-License-Identifier: MIT */
/* Where a walk stands, and how it ends. Dual code. */
#include "view/walk.h"

#include "view/kernel.h"

#include <errno.h>

bool walk_leaves_room(const struct resolution *r, const struct host_path *host)
{
	return host->text.length + rest_room(&r->rest) < TEXT_MAX;
}

long walk_look_inside(struct host_path *host)
{
	size_t length = host->text.length;
	long status = text_append(&host->text, "/.", 2);

	if (status == 0)
		status = kernel_access(host->text.bytes, 0);
	text_truncate(&host->text, length);
	return status;
}

int walk_stand_behind(
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
	/* A descriptor of a symlink, O_PATH, tells that one's path. */
	if (status == 0 && !is_cwd && walk_look_inside(&name) == -ENOTDIR)
		status = -ENOTDIR;
	if (status < 0) {
		text_copy(&r->host.text, &name.text);
		return 0;
	}
	r->has_guest = (is_cwd ? viewer_directory(w->view, w->viewer, &r->host,
					 &r->guest)
			       : view_detranslate_top(
					 w->view, &r->host, &r->guest)) == 0;
	if (!walk_leaves_room(r, &r->host))
		rest_remove_dots(&r->rest);
	if (!walk_leaves_room(r, &r->host))
		text_copy(&r->host.text, &name.text);
	return 0;
}

int walk_stand_at(struct walk *w, const char *path, size_t size)
{
	struct resolution *r = w->r;

	r->has_guest = true;
	text_set(&r->guest.text, path, size);
	return view_map(w->view, &r->guest, &r->host);
}

int walk_stand_at_root(struct walk *w)
{
	const struct text *base = &w->view->base.text;

	return walk_stand_at(w, base->bytes, base->length);
}

bool walk_minds_last_link(const struct walk *w)
{
	return (w->lookup & LOOKUP_FOLLOW) ||
	       (w->view->emulates_links && !(w->lookup & LOOKUP_PARENT));
}

/* Whatever is made or changed there: nothing is, even if the way is there. */
#define NOWHERE "\177/."

int walk_finish_failing(struct walk *w)
{
	struct resolution *r = w->r;
	const char *path = rest_text(&r->rest);
	int status = 0;

	w->is_off = true;
	while (r->has_guest && *path != '\0') {
		struct component c = component_at(path);

		if (component_is_dot_dot(&c))
			path_remove_last(&r->guest.text);
		else if (!component_is_dot(&c) &&
			 path_join(&r->guest.text, c.name, c.size) < 0)
			r->has_guest = false;
		path = c.next;
	}
	if (*rest_text(&r->rest) != '\0')
		status = path_join(&r->host.text, NOWHERE, sizeof(NOWHERE) - 1);
	return status < 0 ? status : DONE;
}

int walk_finish_with(struct walk *w, const char *ending)
{
	int status =
		text_append(&w->r->host.text, ending, text_length(ending, 3));

	return status < 0 ? status : DONE;
}
