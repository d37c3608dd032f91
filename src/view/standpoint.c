/* SPDX-License-Identifier: MIT */
/* Who has which view of which tree of mounts. */
#include "view/mount.h"

#include "view/binding.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static struct mount_namespace *namespaces;

struct mount_namespace *namespace_first(void)
{
	return namespaces;
}

/* --- making views anew --- */

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

/* Starting at the mount that the base is in. */
static int view_of_base(const struct standpoint *s, const struct mount *base,
	struct view *view, struct binding **bindings)
{
	int status =
		view_of_tree(s->namespace, base, s->base_path, view, bindings);

	return status < 0 ? status
			  : text_set(&view->base.text, s->base_path,
				    strlen(s->base_path));
}

/*
 * Make the view anew. A base that something was mounted over still sees what
 * it saw: the view then starts at the mount that it is in. A base whose mount
 * is gone keeps its view.
 */
static int refresh(struct standpoint *s)
{
	struct mount *base = mount_by_number(s->namespace, s->base_mount);
	struct binding *bindings;
	struct view view;
	int status;

	if (!base) {
		/* The descriptors behind its aliases are closed by now. */
		for (unsigned int i = 0;
			i < s->view.count + s->view.covered_count; i++)
			s->bindings[i].alias = &binding_no_alias;
		return 0;
	}
	status = view_of_tree(
		s->namespace, mount_root(s->namespace), NULL, &view, &bindings);
	if (status == 0 && !place_base(s, &view)) {
		view_of_tree_free(&view, bindings);
		status = view_of_base(s, base, &view, &bindings);
	}
	if (status < 0)
		return status;
	view_of_tree_free(&s->view, s->bindings);
	s->bindings = bindings;
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
	struct mount_namespace **at = &namespaces;

	if (--ns->references > 0)
		return;
	while (*at != ns)
		at = &(*at)->next;
	*at = ns->next;
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
	view_of_tree_free(&s->view, s->bindings);
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
	ns->next = namespaces;
	namespaces = ns;
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
