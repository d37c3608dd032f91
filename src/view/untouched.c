/* SPDX-License-Identifier: MIT */
/* Paths that are left as they are. Dual code. */
#include "view/body.h"
#include "view/kernel.h"
#include "view/procfs.h"
#include "view/walk.h"

#include <string.h>

static bool may_mean_more(const struct view *view, const struct component *c)
{
	return component_is_dot_dot(c) ||
	       view_binds_name(view, c->name, c->size) ||
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

bool walk_is_needless(struct walk *w, int dirfd, char *path)
{
	bool follow = walk_minds_last_link(w);
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
