/* SPDX-License-Identifier: MIT */
/* From a tree of mounts to a flat view. */
#include "view/mount.h"

#include "view/binding.h"
#include "view/build.h"
#include "view/storage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct making {
	const struct mount_namespace *namespace;
	const struct mount *top;
	const char *base; /* on top: what covers it is not seen */
	struct guest_path path;
	struct binding *bindings;
	unsigned int count;
	unsigned int visible; /* the rest is covered */
};

/* Does another mount of the same parent lie above this one's place? */
static bool is_covered(const struct making *m, const struct mount *mount)
{
	for (struct mount *o = m->namespace->mounts; o; o = o->next)
		if (o != mount && o->parent == mount->parent &&
			place_below(mount->place, o->place) &&
			!(o->parent == m->top && m->base &&
				place_below(m->base, o->place)))
			return true;
	return false;
}

static int put_binding(struct making *m, const struct mount *mount)
{
	struct binding *binding = &m->bindings[m->count];
	const struct binding named = {.guest = &m->path,
		.host = &mount->source->host,
		.alias = &mount->source->alias};

	if (binding_give_names(binding, &named) < 0)
		return -ENOMEM;
	m->count++;
	binding->kind =
		m->path.text.length == 1 ? BINDING_ROOT : mount->source->kind;
	if (m->path.text.length > 1 && binding->kind == BINDING_ROOT)
		binding->kind = BINDING_GIVEN;
	binding->is_directory = mount->source->is_directory;
	binding->is_ghost = mount->is_ghost;
	binding->is_read_only = (mount->flags & MOUNT_READ_ONLY) != 0;
	binding->mount = mount->number;
	binding->parent = mount->parent ? mount->parent->number : 0;
	return 0;
}

/* Its path from the top, as d_path(), fs/d_path.c, tells it. */
static int path_of(const struct making *m, const struct mount *mount,
	struct guest_path *path)
{
	int status;

	if (mount == m->top)
		return text_set(&path->text, "/", 1);
	status = path_of(m, mount->parent, path);
	if (status < 0 || place_is_root(mount->place))
		return status;
	return path_join(
		&path->text, mount->place + 1, strlen(mount->place + 1));
}

static bool is_made(const struct making *m, const struct mount *mount)
{
	for (unsigned int i = 0; i < m->count; i++)
		if (m->bindings[i].mount == mount->number)
			return true;
	return false;
}

/* Whose path is too long has none. */
static int make_covered(struct making *m)
{
	int status = 0;

	m->visible = m->count;
	for (const struct mount *c = m->namespace->mounts; c && status == 0;
		c = c->next)
		if (!is_made(m, c) && mount_is_ancestor(m->top, c) &&
			path_of(m, c, &m->path) == 0)
			status = put_binding(m, c);
	return status;
}

/* This mount at the present path, or what is on top of it; and all below. */
static int make_from(struct making *m, const struct mount *mount)
{
	bool is_top = mount == m->top;
	const struct mount *above = mount_on(m->namespace, mount, "/");
	struct text *path = &m->path.text;
	size_t length = path->length;
	int status;

	if (above && !(is_top && m->base))
		return make_from(m, above);
	status = put_binding(m, mount);
	for (const struct mount *c = m->namespace->mounts; c && status == 0;
		c = c->next) {
		if (c->parent != mount || is_covered(m, c) ||
			(is_top && m->base && place_below(m->base, c->place)))
			continue;
		/* Too deep for a path: nobody could name it. */
		if (path_join(path, c->place + 1, strlen(c->place + 1)) == 0)
			status = make_from(m, c);
		text_truncate(path, length);
	}
	return status;
}

static int by_length(const void *a, const void *b)
{
	const struct binding *const *first = a;
	const struct binding *const *second = b;
	size_t one = (*first)->guest->text.length;
	size_t two = (*second)->guest->text.length;

	return one < two ? 1 : one > two ? -1 : 0;
}

static void view_fill(struct view *view, const struct making *m)
{
	view->count = m->visible;
	view->covered = view->bindings + m->visible;
	view->covered_count = m->count - m->visible;
	for (unsigned int i = 0; i < m->count; i++) {
		const struct binding *binding = &m->bindings[i];
		const struct text *path = &binding->guest->text;
		const char *name = path_last(path);

		view->bindings[i] = binding;
		view->names |= view_name_bit(
			name, path->length - (size_t)(name - path->bytes));
		view->has_ghosts |= i < m->visible && binding->is_ghost;
		view->has_read_only |= i < m->visible && binding->is_read_only;
	}
	qsort(view->bindings, view->count, sizeof(*view->bindings), by_length);
}

static void bindings_free(struct binding *bindings, unsigned int count)
{
	for (unsigned int i = 0; bindings && i < count; i++)
		binding_free_names(&bindings[i]);
	free(bindings);
}

int view_of_tree(const struct mount_namespace *ns, const struct mount *top,
	const char *base, struct view *view, struct binding **bindings)
{
	struct making m = {.namespace = ns, .top = top, .base = base};
	int status = -ENOMEM;

	*view = (struct view){
		.number = view_new_number(),
		.emulates_links = ns->emulates_links,
		.storages = storage_directory(),
	};
	m.bindings = calloc(ns->count, sizeof(*m.bindings));
	view->bindings = calloc(ns->count, sizeof(struct binding *));
	text_set(&m.path.text, "/", 1);
	if (m.bindings && view->bindings)
		status = make_from(&m, top);
	if (status == 0)
		status = make_covered(&m);
	if (status < 0) {
		bindings_free(m.bindings, m.count);
		free(view->bindings);
		return status;
	}
	view_fill(view, &m);
	*bindings = m.bindings;
	return 0;
}

void view_of_tree_free(const struct view *view, struct binding *bindings)
{
	bindings_free(bindings, view->count + view->covered_count);
	free(view->bindings);
}
