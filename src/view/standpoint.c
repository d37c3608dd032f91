/* SPDX-License-Identifier: MIT */
/* Views that are made from a tree of mounts, and who has which. */
#include "view/mount.h"

#include "view/binding.h"
#include "view/build.h"
#include "view/storage.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- from the tree to a view --- */

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

static int make_bindings(struct making *m, struct view *view)
{
	int status = -ENOMEM;

	*view = (struct view){
		.number = view_new_number(),
		.emulates_links = m->namespace->emulates_links,
		.storages = storage_directory(),
	};
	m->bindings = calloc(m->namespace->count, sizeof(*m->bindings));
	view->bindings = calloc(m->namespace->count, sizeof(struct binding *));
	text_set(&m->path.text, "/", 1);
	if (m->bindings && view->bindings)
		status = make_from(m, m->top);
	if (status == 0)
		status = make_covered(m);
	if (status < 0) {
		bindings_free(m->bindings, m->count);
		free(view->bindings);
		return status;
	}
	view_fill(view, m);
	return 0;
}

const struct binding *binding_of(const struct view *view, uint32_t mount)
{
	for (unsigned int i = 0; i < view->count; i++)
		if (view->bindings[i]->mount == mount)
			return view->bindings[i];
	return NULL;
}

/* Does the base lie open in the view that starts at the namespace's root? */
static bool place_base(const struct standpoint *s, struct view *view)
{
	const struct binding *binding = binding_of(view, s->base_mount);

	if (!binding)
		return false;
	text_copy(&view->base.text, &binding->guest->text);
	if (!place_is_root(s->base_path) &&
		path_join(&view->base.text, s->base_path + 1,
			strlen(s->base_path + 1)) < 0)
		return false;
	return view_find_binding(view, &view->base) == binding;
}

static unsigned int bindings_count(const struct standpoint *s)
{
	return s->view.count + s->view.covered_count;
}

/*
 * Make the view anew. A base that something was mounted over still sees what
 * it saw: the view then starts at the mount that it is in. A base whose mount
 * is gone keeps its view.
 */
static int refresh(struct standpoint *s)
{
	struct making m = {
		.namespace = s->namespace, .top = mount_root(s->namespace)};
	struct mount *base = mount_by_number(s->namespace, s->base_mount);
	struct view view;
	int status;

	if (!base) {
		/* The descriptors behind its aliases are closed by now. */
		for (unsigned int i = 0; i < bindings_count(s); i++)
			s->bindings[i].alias = &binding_no_alias;
		return 0;
	}
	status = make_bindings(&m, &view);
	if (status == 0 && !place_base(s, &view)) {
		bindings_free(m.bindings, m.count);
		free(view.bindings);
		m = (struct making){.namespace = s->namespace,
			.top = base,
			.base = s->base_path};
		status = make_bindings(&m, &view);
		if (status == 0)
			status = text_set(&view.base.text, s->base_path,
				strlen(s->base_path));
	}
	if (status < 0)
		return status;
	bindings_free(s->bindings, bindings_count(s));
	free(s->view.bindings);
	s->bindings = m.bindings;
	s->view = view;
	return 0;
}

int namespace_refresh(struct mount_namespace *ns)
{
	int answer = 0;

	for (struct standpoint *s = ns->standpoints; s; s = s->next) {
		int status = refresh(s);

		answer = status < 0 ? status : answer;
	}
	return answer;
}

/* --- standpoints --- */

static void namespace_leave(struct mount_namespace *ns)
{
	if (--ns->references > 0)
		return;
	mounts_free(ns->mounts);
	free(ns);
}

static struct standpoint *standpoint_add(
	struct mount_namespace *ns, uint32_t mount, const char *path)
{
	struct standpoint *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->references = 1;
	s->base_mount = mount;
	s->base_path = strdup(path);
	s->namespace = ns;
	s->next = ns->standpoints;
	ns->standpoints = s;
	ns->references++;
	if (!s->base_path || refresh(s) < 0) {
		standpoint_leave(s);
		return NULL;
	}
	return s;
}

struct standpoint *standpoint_share(struct standpoint *standpoint)
{
	if (standpoint)
		standpoint->references++;
	return standpoint;
}

void standpoint_leave(struct standpoint *s)
{
	struct standpoint **at;

	if (!s || --s->references > 0)
		return;
	at = &s->namespace->standpoints;
	while (*at != s)
		at = &(*at)->next;
	*at = s->next;
	namespace_leave(s->namespace);
	free(s->base_path);
	bindings_free(s->bindings, bindings_count(s));
	free(s->view.bindings);
	free(s);
}

const struct view *standpoint_view(const struct standpoint *standpoint)
{
	return &standpoint->view;
}

/* Hang the mount of a binding of VIEW on that of the binding above it. */
static int hang(struct mount *mount, const struct view *view,
	const struct binding *binding, struct mount *const *made)
{
	struct guest_path above;
	const struct binding *parent;
	unsigned int at = 0;

	if (binding->guest->text.length == 1)
		return 0;
	text_copy(&above.text, &binding->guest->text);
	path_remove_last(&above.text);
	parent = view_find_binding(view, &above);
	while (view->bindings[at] != parent)
		at++;
	return mount_put(mount, made[at],
		path_below(&binding->guest->text, &parent->guest->text));
}

/* MADE: the mount of each binding. Parents first: the shortest paths are last.
 */
static int fill_from_view(struct mount_namespace *ns, const struct view *view)
{
	struct mount **made = calloc(view->count, sizeof(struct mount *));
	int status = made ? 0 : -ENOMEM;

	ns->emulates_links = view->emulates_links;
	for (unsigned int i = view->count; i > 0 && status == 0; i--) {
		const struct binding *binding = view->bindings[i - 1];
		struct mount *mount = mount_create(source_of_binding(binding));

		if (!mount) {
			status = -ENOMEM;
			break;
		}
		mount->is_ghost = binding->is_ghost;
		made[i - 1] = mount;
		namespace_append(ns, mount);
		status = hang(mount, view, binding, made);
	}
	free(made);
	return status;
}

/* It stays where it is, and as it is: a namespace of more privilege has it. */
static void lock(struct mount *mount)
{
	mount->is_locked |= mount->parent != NULL;
	mount->limits |=
		mount->flags & (MOUNT_READ_ONLY | MOUNT_NO_SUID |
				       MOUNT_NO_DEVICES | MOUNT_NO_EXEC);
}

/* The copy of each mount has its number, by which bases are known. */
static int copy_tree_into(struct mount_namespace *copy,
	const struct mount_namespace *from, bool is_locked)
{
	copy->emulates_links = from->emulates_links;
	for (const struct mount *m = from->mounts; m; m = m->next) {
		struct mount *mount = mount_copy(m);

		if (!mount)
			return -ENOMEM;
		mount->number = m->number;
		mount->is_copy = true;
		mount->parent = m->parent;
		if (is_locked)
			lock(mount);
		namespace_append(copy, mount);
	}
	for (struct mount *m = copy->mounts; m; m = m->next)
		if (m->parent)
			m->parent = mount_by_number(copy, m->parent->number);
	return 0;
}

static struct mount_namespace *namespace_create(unsigned int owner)
{
	static unsigned int last;
	struct mount_namespace *ns = calloc(1, sizeof(*ns));

	if (!ns)
		return NULL;
	ns->references = 1;
	ns->number = last++;
	ns->owner = owner;
	return ns;
}

int standpoint_create(const struct view *view, struct standpoint **made)
{
	struct mount_namespace *ns = namespace_create(0);

	*made = NULL;
	if (!ns)
		return -ENOMEM;
	if (fill_from_view(ns, view) == 0)
		*made = standpoint_add(ns, mount_root(ns)->number, "/");
	namespace_leave(ns);
	return *made ? 0 : -ENOMEM;
}

int standpoint_copy(const struct standpoint *from, unsigned int owner,
	struct standpoint **copy)
{
	struct mount_namespace *ns = namespace_create(owner);

	*copy = NULL;
	if (!ns)
		return -ENOMEM;
	if (copy_tree_into(
		    ns, from->namespace, owner != from->namespace->owner) == 0)
		*copy = standpoint_add(ns, from->base_mount, from->base_path);
	namespace_leave(ns);
	return *copy ? 0 : -ENOMEM;
}

unsigned int standpoint_owner(const struct standpoint *standpoint)
{
	return standpoint->namespace->owner;
}

unsigned int standpoint_number(const struct standpoint *standpoint)
{
	return standpoint->namespace->number;
}

bool standpoint_is_same_namespace(
	const struct standpoint *one, const struct standpoint *other)
{
	return one->namespace == other->namespace;
}

/* --- positions --- */

static bool position_in(const struct standpoint *s,
	const struct binding *binding, const struct guest_path *guest,
	struct position *p)
{
	const char *rest;

	if (!binding)
		return false;
	p->mount = mount_by_number(s->namespace, binding->mount);
	rest = path_below(&guest->text, &binding->guest->text);
	if (!p->mount || !rest)
		return false;
	memcpy(p->path, place_or_root(rest), strlen(place_or_root(rest)) + 1);
	return true;
}

bool position_find(const struct standpoint *s, const struct guest_path *guest,
	struct position *p)
{
	return position_in(s, view_find_binding(&s->view, guest), guest, p);
}

bool position_find_host(const struct standpoint *s,
	const struct host_path *host, struct position *p)
{
	const struct binding *binding;
	struct guest_path guest;

	return view_locate(&s->view, host, &guest, &binding) == 0 &&
	       position_in(s, binding, &guest, p);
}

/* As the kernel does at the end of a path: onto what is on top there. */
void position_follow(const struct standpoint *s, struct position *p)
{
	struct mount *above;

	while ((above = mount_on(s->namespace, p->mount, p->path))) {
		p->mount = above;
		memcpy(p->path, "/", 2);
	}
}

static int move_to(struct standpoint *from, const struct position *p,
	struct standpoint **moved)
{
	for (struct standpoint *s = from->namespace->standpoints; s;
		s = s->next)
		if (s->base_mount == p->mount->number &&
			strcmp(s->base_path, p->path) == 0) {
			*moved = standpoint_share(s);
			return 0;
		}
	*moved = standpoint_add(from->namespace, p->mount->number, p->path);
	return *moved ? 0 : -ENOMEM;
}

int standpoint_move(struct standpoint *from, const struct guest_path *base,
	struct standpoint **moved)
{
	struct position p;

	return position_find(from, base, &p) ? move_to(from, &p, moved)
					     : -ENOENT;
}

int standpoint_move_covered(struct standpoint *from,
	const struct host_path *base, struct standpoint **moved)
{
	struct position p;

	return position_find_host(from, base, &p) ? move_to(from, &p, moved)
						  : -ENOENT;
}
