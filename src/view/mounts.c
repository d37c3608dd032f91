/* SPDX-License-Identifier: MIT */
/* Trees of mounts, and the views that are made from them. */
#include "view/mounts.h"

#include "view/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A host file or directory that is mounted, perhaps more than once. */
struct source {
	unsigned int references;
	struct host_path host;
	struct host_path alias;
	int fd; /* behind the alias, or -1 */
	enum binding_kind kind;
	bool is_directory;
	struct storage *storage;
	char *type; /* null: as the host says */
	char *device;
};

struct mount {
	struct mount *next;   /* of the namespace */
	struct mount *parent; /* null: the root of the namespace */
	char *place;	      /* on the parent, "/" is its root */
	struct source *source;
	uint32_t number; /* a copy of a namespace keeps it */
	unsigned int flags;
	bool has_own_flags;
	bool is_ghost;
	bool is_locked;
};

struct mount_namespace {
	unsigned int references; /* standpoints */
	unsigned int number;
	unsigned int owner;
	struct mount *mounts;
	unsigned int count;
	struct standpoint *standpoints;
};

struct standpoint {
	struct view view;
	unsigned int references;
	struct mount_namespace *namespace;
	struct standpoint *next; /* of the namespace */
	uint32_t base_mount;
	char *base_path; /* below its root */
	struct binding *bindings;
};

/* Where a guest path leads: a mount, and the path below its root. */
struct position {
	struct mount *mount;
	char path[TEXT_MAX];
};

/* The kernel's own numbers are far below. */
static uint32_t last_number = 0x8000;

/* --- places: absolute paths on a mount, as strings --- */

/* "" or "/…" when PATH is PREFIX or below it; else null. */
static const char *place_below(const char *path, const char *prefix)
{
	size_t size = strlen(prefix);

	if (size == 1)
		return path[1] == '\0' ? path + 1 : path;
	if (strncmp(path, prefix, size) != 0 ||
		(path[size] != '\0' && path[size] != '/'))
		return NULL;
	return path + size;
}

static bool place_is_root(const char *path)
{
	return path[1] == '\0';
}

static const char *or_root(const char *path)
{
	return *path == '\0' ? "/" : path;
}

/* --- sources --- */

static struct source *source_share(struct source *source)
{
	source->references++;
	return source;
}

static void source_leave(struct source *source)
{
	if (!source || --source->references > 0)
		return;
	if (source->fd >= 0)
		close(source->fd);
	storage_leave(source->storage);
	free(source->type);
	free(source->device);
	free(source);
}

/* A short name for a directory, as build.c gives. */
static void source_give_alias(struct source *source)
{
	char name[64];

	if (!source->is_directory)
		return;
	source->fd =
		open(source->host.text.bytes, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (source->fd < 0)
		return;
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)getpid(),
		source->fd);
	text_set(&source->alias.text, name, strlen(name));
}

static struct source *source_create(void)
{
	struct source *source = calloc(1, sizeof(*source));

	if (source) {
		source->references = 1;
		source->fd = -1;
		source->kind = BINDING_GIVEN;
	}
	return source;
}

static struct source *source_of_binding(const struct binding *binding)
{
	struct source *source = source_create();

	if (!source)
		return NULL;
	text_copy(&source->host.text, &binding->host.text);
	text_copy(&source->alias.text, &binding->alias.text);
	source->kind = binding->kind;
	source->is_directory = binding->is_directory;
	return source;
}

/* A file or directory on a mount; it is mounted as the mount is. */
static struct source *source_below(
	struct source *whole, const char *path, bool is_directory, int *error)
{
	struct source *source;

	*error = -ENOMEM;
	if (place_is_root(path))
		return source_share(whole);
	source = source_create();
	if (!source)
		return NULL;
	text_copy(&source->host.text, &whole->host.text);
	*error = path_join(&source->host.text, path + 1, strlen(path + 1));
	source->is_directory = is_directory;
	source->storage = storage_share(whole->storage);
	source->type = whole->type ? strdup(whole->type) : NULL;
	source->device = whole->device ? strdup(whole->device) : NULL;
	if (*error < 0) {
		source_leave(source);
		return NULL;
	}
	source_give_alias(source);
	return source;
}

/* --- mounts --- */

static void mount_free(struct mount *mount)
{
	source_leave(mount->source);
	free(mount->place);
	free(mount);
}

/* Takes SOURCE over, even if it fails. Nowhere yet. */
static struct mount *mount_create(struct source *source)
{
	struct mount *mount = source ? calloc(1, sizeof(*mount)) : NULL;

	if (!mount) {
		source_leave(source);
		return NULL;
	}
	mount->source = source;
	mount->place = strdup("/");
	if (!mount->place) {
		mount_free(mount);
		return NULL;
	}
	mount->number = ++last_number;
	return mount;
}

static struct mount *mount_copy(const struct mount *from)
{
	struct mount *mount = mount_create(source_share(from->source));
	char *place = strdup(from->place);

	if (!mount || !place) {
		if (mount)
			mount_free(mount);
		free(place);
		return NULL;
	}
	free(mount->place);
	mount->place = place;
	mount->flags = from->flags;
	mount->has_own_flags = from->has_own_flags;
	mount->is_ghost = from->is_ghost;
	mount->is_locked = from->is_locked;
	return mount;
}

static int mount_put(
	struct mount *mount, struct mount *parent, const char *place)
{
	char *copy = strdup(place);

	if (!copy)
		return -ENOMEM;
	free(mount->place);
	mount->place = copy;
	mount->parent = parent;
	return 0;
}

static struct mount *child_at(const struct mount_namespace *ns,
	const struct mount *parent, const char *place)
{
	for (struct mount *m = ns->mounts; m; m = m->next)
		if (m->parent == parent && strcmp(m->place, place) == 0)
			return m;
	return NULL;
}

static bool is_ancestor(const struct mount *ancestor, const struct mount *mount)
{
	for (; mount; mount = mount->parent)
		if (mount == ancestor)
			return true;
	return false;
}

static struct mount *find_number(
	const struct mount_namespace *ns, uint32_t number)
{
	struct mount *mount = ns->mounts;

	while (mount && mount->number != number)
		mount = mount->next;
	return mount;
}

static struct mount *find_root(const struct mount_namespace *ns)
{
	struct mount *mount = ns->mounts;

	while (mount && mount->parent)
		mount = mount->next;
	return mount;
}

static void namespace_append(struct mount_namespace *ns, struct mount *mount)
{
	struct mount **end = &ns->mounts;

	while (*end)
		end = &(*end)->next;
	*end = mount;
	while (mount) {
		ns->count++;
		mount = mount->next;
	}
}

/* --- from the tree to a view --- */

struct making {
	const struct mount_namespace *namespace;
	const struct mount *top;
	const char *base; /* on top: what covers it is not seen */
	struct text path;
	struct binding *bindings;
	unsigned int count;
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

static void put_binding(struct making *m, const struct mount *mount)
{
	struct binding *binding = &m->bindings[m->count++];

	text_copy(&binding->guest.text, &m->path);
	text_copy(&binding->host.text, &mount->source->host.text);
	text_copy(&binding->alias.text, &mount->source->alias.text);
	binding->kind =
		m->path.length == 1 ? BINDING_ROOT : mount->source->kind;
	if (m->path.length > 1 && binding->kind == BINDING_ROOT)
		binding->kind = BINDING_GIVEN;
	binding->is_directory = mount->source->is_directory;
	binding->is_ghost = mount->is_ghost;
	binding->is_read_only = (mount->flags & MOUNT_READ_ONLY) != 0;
	binding->mount = mount->number;
}

/* This mount at the present path, or what is on top of it; and all below. */
static void make_from(struct making *m, const struct mount *mount)
{
	bool is_top = mount == m->top;
	const struct mount *above = child_at(m->namespace, mount, "/");
	size_t length = m->path.length;

	if (above && !(is_top && m->base)) {
		make_from(m, above);
		return;
	}
	put_binding(m, mount);
	for (const struct mount *c = m->namespace->mounts; c; c = c->next) {
		if (c->parent != mount || is_covered(m, c) ||
			(is_top && m->base && place_below(m->base, c->place)))
			continue;
		/* Too deep for a path: nobody could name it. */
		if (path_join(&m->path, c->place + 1, strlen(c->place + 1)) ==
			0)
			make_from(m, c);
		text_truncate(&m->path, length);
	}
}

static int by_length(const void *a, const void *b)
{
	const struct binding *const *first = a;
	const struct binding *const *second = b;
	size_t one = (*first)->guest.text.length;
	size_t two = (*second)->guest.text.length;

	return one < two ? 1 : one > two ? -1 : 0;
}

static void view_fill(struct view *view, const struct making *m)
{
	view->count = m->count;
	for (unsigned int i = 0; i < m->count; i++) {
		const struct binding *binding = &m->bindings[i];
		const struct text *path = &binding->guest.text;
		const char *name = path_last(path);

		view->bindings[i] = binding;
		view->names |= view_name_bit(
			name, path->length - (size_t)(name - path->bytes));
		view->has_ghosts |= binding->is_ghost;
		view->has_read_only |= binding->is_read_only;
	}
	qsort(view->bindings, view->count, sizeof(*view->bindings), by_length);
}

static int make_bindings(struct making *m, struct view *view)
{
	*view = (struct view){0};
	m->bindings = calloc(m->namespace->count, sizeof(*m->bindings));
	view->bindings = calloc(m->namespace->count, sizeof(struct binding *));
	if (!m->bindings || !view->bindings) {
		free(m->bindings);
		free(view->bindings);
		return -ENOMEM;
	}
	text_set(&m->path, "/", 1);
	make_from(m, m->top);
	view_fill(view, m);
	return 0;
}

static const struct binding *binding_of(const struct view *view, uint32_t mount)
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
	text_copy(&view->base.text, &binding->guest.text);
	if (!place_is_root(s->base_path) &&
		path_join(&view->base.text, s->base_path + 1,
			strlen(s->base_path + 1)) < 0)
		return false;
	return view_find_binding(view, &view->base) == binding;
}

/*
 * Make the view anew. A base that something was mounted over still sees what
 * it saw: the view then starts at the mount that it is in. A base whose mount
 * is gone keeps its view.
 */
static int refresh(struct standpoint *s)
{
	struct making m = {
		.namespace = s->namespace, .top = find_root(s->namespace)};
	struct mount *base = find_number(s->namespace, s->base_mount);
	struct view view;
	int status;

	if (!base) {
		/* The descriptors behind its aliases are closed by now. */
		for (unsigned int i = 0; i < s->view.count; i++)
			text_clear(&s->bindings[i].alias.text);
		return 0;
	}
	status = make_bindings(&m, &view);
	if (status == 0 && !place_base(s, &view)) {
		free(m.bindings);
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
	free(s->bindings);
	free(s->view.bindings);
	s->bindings = m.bindings;
	s->view = view;
	return 0;
}

static int refresh_all(struct mount_namespace *ns)
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
	while (ns->mounts) {
		struct mount *mount = ns->mounts;

		ns->mounts = mount->next;
		mount_free(mount);
	}
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
	free(s->bindings);
	free(s->view.bindings);
	free(s);
}

const struct view *standpoint_view(const struct standpoint *standpoint)
{
	return &standpoint->view;
}

/* The mount whose binding is the next one above a binding of VIEW. */
static int put_binding_in_tree(struct mount_namespace *ns,
	const struct view *view, const struct binding *binding,
	struct mount *const *made)
{
	struct mount *mount = mount_create(source_of_binding(binding));
	struct guest_path above;
	const struct binding *parent;
	unsigned int at = 0;

	if (!mount)
		return -ENOMEM;
	mount->is_ghost = binding->is_ghost;
	namespace_append(ns, mount);
	if (binding->guest.text.length == 1)
		return 0;
	text_copy(&above.text, &binding->guest.text);
	path_remove_last(&above.text);
	parent = view_find_binding(view, &above);
	while (view->bindings[at] != parent)
		at++;
	return mount_put(mount, made[at],
		path_below(&binding->guest.text, &parent->guest.text));
}

static int fill_from_view(struct mount_namespace *ns, const struct view *view)
{
	struct mount **made = calloc(view->count, sizeof(struct mount *));
	int status = made ? 0 : -ENOMEM;

	/* Parents first: the shortest paths are last. */
	for (unsigned int i = view->count; i > 0 && status == 0; i--) {
		status = put_binding_in_tree(
			ns, view, view->bindings[i - 1], made);
		if (status == 0)
			made[i - 1] = find_number(ns, last_number);
	}
	free(made);
	return status;
}

/* The copy of each mount has its number, by which bases are known. */
static int copy_tree_into(struct mount_namespace *copy,
	const struct mount_namespace *from, bool is_locked)
{
	for (const struct mount *m = from->mounts; m; m = m->next) {
		struct mount *mount = mount_copy(m);

		if (!mount)
			return -ENOMEM;
		mount->number = m->number;
		mount->is_locked |= is_locked && m->parent;
		mount->parent = m->parent;
		namespace_append(copy, mount);
	}
	for (struct mount *m = copy->mounts; m; m = m->next)
		if (m->parent)
			m->parent = find_number(copy, m->parent->number);
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
		*made = standpoint_add(ns, find_root(ns)->number, "/");
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

static bool position_find(const struct standpoint *s,
	const struct guest_path *guest, struct position *p)
{
	const struct binding *binding = view_find_binding(&s->view, guest);
	const char *rest;

	if (!binding)
		return false;
	p->mount = find_number(s->namespace, binding->mount);
	rest = path_below(&guest->text, &binding->guest.text);
	if (!p->mount || !rest)
		return false;
	memcpy(p->path, or_root(rest), strlen(or_root(rest)) + 1);
	return true;
}

/* As the kernel does at the end of a path: onto what is on top there. */
static void position_follow(const struct standpoint *s, struct position *p)
{
	struct mount *above;

	while ((above = child_at(s->namespace, p->mount, p->path))) {
		p->mount = above;
		memcpy(p->path, "/", 2);
	}
}

int standpoint_move(struct standpoint *from, const struct guest_path *base,
	struct standpoint **moved)
{
	struct position p;

	if (!position_find(from, base, &p))
		return -ENOENT;
	for (struct standpoint *s = from->namespace->standpoints; s;
		s = s->next)
		if (s->base_mount == p.mount->number &&
			strcmp(s->base_path, p.path) == 0) {
			*moved = standpoint_share(s);
			return 0;
		}
	*moved = standpoint_add(from->namespace, p.mount->number, p.path);
	return *moved ? 0 : -ENOMEM;
}

/* --- mounting --- */

static bool is_directory_at(const struct position *p)
{
	struct host_path host;
	int fd;

	if (place_is_root(p->path))
		return p->mount->source->is_directory;
	text_copy(&host.text, &p->mount->source->host.text);
	if (path_join(&host.text, p->path + 1, strlen(p->path + 1)) < 0)
		return true;
	fd = open(
		host.text.bytes, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void mounts_free(struct mount *list)
{
	while (list) {
		struct mount *next = list->next;

		mount_free(list);
		list = next;
	}
}

/* Hang a tree, a list of mounts with its root first, at a place. */
static int attach(struct standpoint *s, struct mount *list,
	const struct guest_path *place)
{
	struct position p;
	unsigned int count = 0;
	int status = -EINVAL;

	for (struct mount *m = list; m; m = m->next)
		count++;
	if (!position_find(s, place, &p))
		goto fail;
	position_follow(s, &p);
	status = -ENOTDIR;
	if (is_directory_at(&p) != list->source->is_directory)
		goto fail;
	status = -ENOSPC;
	if (s->namespace->count + count > BINDINGS_MAX)
		goto fail;
	status = mount_put(list, p.mount, p.path);
	if (status < 0)
		goto fail;
	namespace_append(s->namespace, list);
	return refresh_all(s->namespace);
fail:
	mounts_free(list);
	return status;
}

/* A second mount in a new one, of a file that it has. */
static int add_inner(const struct new_mount *new, struct mount *outer)
{
	struct source *source = source_create();
	struct mount *inner;

	if (!source)
		return -ENOMEM;
	source->kind = BINDING_GLUE; /* in no table of mounts */
	text_copy(&source->host.text, &new->inner.text);
	inner = mount_create(source);
	if (!inner)
		return -ENOMEM;
	outer->next = inner;
	return mount_put(inner, outer, new->inner_name);
}

int mount_new(struct standpoint *at, const struct new_mount *new,
	const struct guest_path *place)
{
	struct source *source = source_create();
	struct mount *mount;
	int status = 0;

	if (!source) {
		storage_leave(new->storage);
		return -ENOMEM;
	}
	text_copy(&source->host.text, &new->host.text);
	source->is_directory = new->is_directory;
	source->storage = new->storage;
	source->type = new->type ? strdup(new->type) : NULL;
	source->device = new->device ? strdup(new->device) : NULL;
	source_give_alias(source);
	mount = mount_create(source);
	if (!mount)
		return -ENOMEM;
	mount->flags = new->flags;
	mount->has_own_flags = true;
	if (new->inner_name)
		status = add_inner(new, mount);
	if (status < 0) {
		mounts_free(mount);
		return status;
	}
	return attach(at, mount, place);
}

/* Copies of the mounts below a place of FROM, behind LAST, onto COPY. */
static int copy_submounts(const struct mount_namespace *ns,
	const struct mount *from, const char *path, struct mount *copy,
	struct mount **last)
{
	for (const struct mount *c = ns->mounts; c; c = c->next) {
		const char *rest = NULL;
		struct mount *mount;
		int status;

		if (c->parent == from)
			rest = place_below(c->place, path);
		if (!rest)
			continue;
		mount = mount_copy(c);
		if (!mount)
			return -ENOMEM;
		(*last)->next = mount;
		*last = mount;
		status = mount_put(mount, copy, or_root(rest));
		if (status == 0)
			status = copy_submounts(ns, c, "/", mount, last);
		if (status < 0)
			return status;
	}
	return 0;
}

int mount_bind(struct standpoint *at, const struct guest_path *source,
	const struct guest_path *place, bool with_submounts)
{
	struct position from;
	struct source *part;
	struct mount *mount;
	struct mount *last;
	int status;

	if (!position_find(at, source, &from))
		return -EINVAL;
	part = source_below(
		from.mount->source, from.path, is_directory_at(&from), &status);
	mount = mount_create(part);
	if (!mount)
		return status;
	mount->flags = from.mount->flags;
	mount->has_own_flags = from.mount->has_own_flags;
	last = mount;
	status = with_submounts ? copy_submounts(at->namespace, from.mount,
					  from.path, mount, &last)
				: 0;
	if (status < 0) {
		mounts_free(mount);
		return status;
	}
	return attach(at, mount, place);
}

/* --- changing what is mounted --- */

/* The mount whose root a path leads to; else -EINVAL. */
static int mounted_at(const struct standpoint *s,
	const struct guest_path *place, struct mount **mount)
{
	struct position p;

	if (!position_find(s, place, &p))
		return -EINVAL;
	position_follow(s, &p);
	*mount = p.mount;
	return place_is_root(p.path) ? 0 : -EINVAL;
}

int mount_move(struct standpoint *at, const struct guest_path *source,
	const struct guest_path *place)
{
	struct mount *mount;
	struct position to;
	int status = mounted_at(at, source, &mount);

	if (status < 0)
		return status;
	if (!position_find(at, place, &to) || !mount->parent ||
		mount->is_locked)
		return -EINVAL;
	position_follow(at, &to);
	if (is_directory_at(&to) != mount->source->is_directory)
		return -EINVAL;
	if (is_ancestor(mount, to.mount))
		return -ELOOP;
	status = mount_put(mount, to.mount, to.path);
	mount->is_ghost = false;
	return status < 0 ? status : refresh_all(at->namespace);
}

int mount_change(struct standpoint *at, const struct guest_path *place,
	unsigned int flags)
{
	struct mount *mount;
	int status = mounted_at(at, place, &mount);

	if (status < 0)
		return status;
	if (mount->is_locked && (mount->flags & ~flags & MOUNT_READ_ONLY))
		return -EPERM;
	mount->flags = flags;
	mount->has_own_flags = true;
	return refresh_all(at->namespace);
}

/* Those that hang on it, but for what belongs to it. */
static bool has_submounts(
	const struct mount_namespace *ns, const struct mount *mount)
{
	for (const struct mount *m = ns->mounts; m; m = m->next)
		if (m->parent == mount && m->source->kind != BINDING_GLUE)
			return true;
	return false;
}

static bool is_somebodys_base(
	const struct mount_namespace *ns, const struct mount *mount)
{
	for (const struct standpoint *s = ns->standpoints; s; s = s->next)
		if (s->base_mount == mount->number)
			return true;
	return false;
}

static int take_away(struct standpoint *at, struct mount *mount, bool detaches)
{
	struct mount_namespace *ns = at->namespace;
	struct mount *gone = NULL;
	struct mount **link = &ns->mounts;

	if (!mount->parent || mount->is_locked)
		return -EINVAL;
	if (!detaches &&
		(has_submounts(ns, mount) || is_somebodys_base(ns, mount)))
		return -EBUSY;
	while (*link) {
		struct mount *m = *link;

		if (!is_ancestor(mount, m)) {
			link = &m->next;
			continue;
		}
		*link = m->next;
		m->next = gone;
		gone = m;
		ns->count--;
	}
	mounts_free(gone);
	return refresh_all(ns);
}

int mount_remove(
	struct standpoint *at, const struct guest_path *place, bool detaches)
{
	struct mount *mount;
	int status = mounted_at(at, place, &mount);

	return status < 0 ? status : take_away(at, mount, detaches);
}

int mount_remove_hidden(
	struct standpoint *at, const struct host_path *host, bool detaches)
{
	struct mount *found = NULL;

	for (struct mount *m = at->namespace->mounts; m; m = m->next)
		if (!binding_of(&at->view, m->number) &&
			text_is(&m->source->host.text, host->text.bytes))
			found = m;
	return found ? take_away(at, found, detaches) : -EINVAL;
}

/* --- pivot_root --- */

/* All that had the old root directory as theirs have the new one. */
static int move_bases(struct mount_namespace *ns, const struct mount *from,
	const struct mount *to)
{
	for (struct standpoint *s = ns->standpoints; s; s = s->next)
		if (s->base_mount == from->number &&
			place_is_root(s->base_path))
			s->base_mount = to->number;
	return refresh_all(ns);
}

int mount_pivot(struct standpoint *at, const struct guest_path *new_root,
	const struct guest_path *put_old)
{
	struct mount_namespace *ns = at->namespace;
	struct mount *old = find_number(ns, at->base_mount);
	struct mount *above;
	struct mount *new = NULL;
	struct position put;
	char *place;
	int status = mounted_at(at, new_root, &new);

	if (!old || !position_find(at, put_old, &put))
		return -EINVAL;
	position_follow(at, &put);
	if (status == 0 && (new == old || put.mount == old))
		return -EBUSY;
	if (status < 0 || !place_is_root(at->base_path) || new->is_locked ||
		!is_ancestor(old, new) || !is_ancestor(new, put.mount))
		return -EINVAL;
	above = old->parent;
	place = strdup(old->place);
	/* In this order: old may hang on new's own root. */
	if (!place)
		return -ENOMEM;
	status = mount_put(new, above, place);
	new->is_ghost = old->is_ghost = false;
	free(place);
	if (status == 0)
		status = mount_put(old, put.mount, put.path);
	return status < 0 ? status : move_bases(ns, old, new);
}

/* --- tables of mounts --- */

struct mount_facts mount_facts(
	const struct standpoint *standpoint, const struct binding *binding)
{
	struct mount_facts facts = {0};
	const struct mount *mount;

	if (!standpoint)
		return facts;
	mount = find_number(standpoint->namespace, binding->mount);
	if (!mount)
		return facts;
	facts.flags = mount->flags;
	facts.is_own = mount->has_own_flags;
	facts.type = mount->source->type;
	facts.device = mount->source->device;
	return facts;
}
