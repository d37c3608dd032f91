/* SPDX-License-Identifier: MIT */
/*
 * Ways where no guest path leads: follow_dotdot(), handle_dots() and
 * handle_mounts(), fs/namei.c. Dual code.
 *
 * In a mount that others cover the way is up in that mount, from its root to
 * where it is mounted, and onto what is mounted where that leads. From what is
 * mounted nowhere there is no way out.
 */
#include "view/kernel.h"
#include "view/walk.h"

#include <errno.h>

/* A mount, and the path of a directory in it from the view's top. */
struct location {
	const struct binding *binding;
	struct guest_path guest;
};

static const struct binding *binding_at(const struct view *view, unsigned int i)
{
	return i < view->count ? view->bindings[i]
			       : view->covered[i - view->count];
}

/* What the binding's mount is mounted on; null: nothing, or that is unknown. */
static const struct binding *parent_of(
	const struct view *view, const struct binding *binding)
{
	for (unsigned int i = 0; i < view->count + view->covered_count; i++)
		if (binding->parent != 0 &&
			binding_at(view, i)->mount == binding->parent)
			return binding_at(view, i);
	return NULL;
}

/* Onto what is mounted there. */
static void follow(const struct view *view, struct location *at)
{
	for (unsigned int i = 0; i < view->count + view->covered_count; i++) {
		const struct binding *above = binding_at(view, i);

		if (above == at->binding ||
			above->parent != at->binding->mount ||
			!text_is(&above->guest->text, at->guest.text.bytes))
			continue;
		at->binding = above;
		i = (unsigned int)-1; /* there may be more on top of it */
	}
}

static bool is_mount_root(const struct location *at)
{
	return text_is(&at->binding->guest->text, at->guest.text.bytes);
}

/* From its root to the directory above its place. False: there is none. */
static bool leave_mount(const struct view *view, struct location *at)
{
	while (is_mount_root(at)) {
		const struct binding *parent = parent_of(view, at->binding);

		if (!parent)
			return false;
		at->binding = parent;
	}
	path_remove_last(&at->guest.text);
	return true;
}

static int stand_at(struct walk *w, struct location *at)
{
	struct resolution *r = w->r;
	const struct binding *binding;
	const char *rest;

	follow(w->view, at);
	binding = at->binding;
	if (view_find_binding(w->view, &at->guest) == binding)
		return walk_stand_at(
			w, at->guest.text.bytes, at->guest.text.length);
	rest = path_below(&at->guest.text, &binding->guest->text);
	r->has_guest = false;
	text_copy(&r->host.text, &binding->host->text);
	return *rest == '\0' ? 0
			     : path_join(&r->host.text, rest + 1,
				       text_length(rest + 1, TEXT_MAX));
}

/* The kernel's own path of a directory. */
static int host_path_of(const char *path, struct host_path *host)
{
	struct host_path link;
	long fd =
		kernel_openat(AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int status;

	if (fd < 0)
		return (int)fd;
	text_set(&link.text, "/proc/self/fd/", 14);
	link.text.length += text_from_number(
		(unsigned long)fd, link.text.bytes + link.text.length);
	text_truncate(&link.text, link.text.length);
	status = viewer_link_path(link.text.bytes, host);
	kernel_close((int)fd);
	return status;
}

/*
 * Likewise, in what WAY leads to, too. If the directory's own path leaves no
 * room for what is left to walk, and nothing is mounted there, that is the way.
 */
static int stand_at_end_of(
	struct walk *w, struct location *at, const struct host_path *way)
{
	const struct binding *below = at->binding;
	int status = stand_at(w, at);

	if (at->binding != below ||
		(status == 0 && walk_leaves_room(w->r, &w->r->host)))
		return status;
	text_copy(&w->r->host.text, &way->text);
	return 0;
}

/* As the kernel goes up on the host. */
static int step_up(struct walk *w)
{
	struct resolution *r = w->r;
	struct location at;
	struct host_path host;
	struct host_path way;
	int status;

	if (text_append(&r->host.text, "/..", 3) < 0)
		return -ENAMETOOLONG;
	status = host_path_of(r->host.text.bytes, &host);
	if (status == -ENOENT || status == -ENAMETOOLONG)
		return 0; /* it has no path, but this one */
	if (status < 0)
		return walk_finish_failing(w);
	text_copy(&way.text, &r->host.text);
	if (view_locate(w->view, &host, &at.guest, &at.binding) == 0)
		return stand_at_end_of(w, &at, &way);
	if (walk_leaves_room(r, &host))
		text_copy(&r->host.text, &host.text);
	return 0;
}

int walk_up_from_island(struct walk *w)
{
	struct location at;
	struct host_path host;

	if (viewer_is_self(w->viewer))
		return -EOPNOTSUPP;
	if (host_path_of(w->r->host.text.bytes, &host) < 0)
		return step_up(w);
	if (view_locate(w->view, &host, &at.guest, &at.binding) < 0)
		return view_is_storage(w->view, &host) ? 0 : step_up(w);
	if (!is_mount_root(&at))
		return step_up(w);
	return leave_mount(w->view, &at) ? stand_at(w, &at) : 0;
}

void walk_onto_covered(struct walk *w)
{
	struct text *host = &w->r->host.text;
	const struct binding *below;
	struct location at;

	if (w->view->covered_count == 0 ||
		view_locate(w->view, &w->r->host, &at.guest, &at.binding) < 0)
		return;
	below = at.binding;
	follow(w->view, &at);
	if (at.binding != below)
		text_copy(host, &at.binding->host->text);
}
