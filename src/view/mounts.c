/* SPDX-License-Identifier: MIT */
/* Changing a tree of mounts: do_mount(), umount and pivot_root, fs/namespace.c
 */
#include "view/mounts.h"

#include "view/mount.h"
#include "view/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

/* Onto what is on top there. False: it is in no mount of the namespace. */
static bool find_place(const struct standpoint *s, const struct place *place,
	struct position *p)
{
	bool is_found = place->guest ? position_find(s, place->guest, p)
				     : position_find_host(s, place->covered, p);

	if (is_found)
		position_follow(s, p);
	return is_found;
}

/* Hang a tree, a list of mounts with its root first, at a place. */
static int attach(
	struct standpoint *s, struct mount *list, const struct place *place)
{
	struct position p;
	unsigned int count = 0;
	int status = -EINVAL;

	for (struct mount *m = list; m; m = m->next)
		count++;
	if (!find_place(s, place, &p))
		goto fail;
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
	return namespace_refresh(s->namespace);
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
	const struct place *place)
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
	source_open(source);
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
		status = mount_put(mount, copy, place_or_root(rest));
		if (status == 0)
			status = copy_submounts(ns, c, "/", mount, last);
		if (status < 0)
			return status;
	}
	return 0;
}

static int bind(struct standpoint *at, const struct position *from,
	const struct place *place, bool with_submounts)
{
	struct source *part;
	struct mount *mount;
	struct mount *last;
	int status;

	part = source_below(from->mount->source, from->path,
		is_directory_at(from), &status);
	mount = mount_create(part);
	if (!mount)
		return status;
	mount->flags = from->mount->flags;
	mount->has_own_flags = from->mount->has_own_flags;
	last = mount;
	status = with_submounts ? copy_submounts(at->namespace, from->mount,
					  from->path, mount, &last)
				: 0;
	if (status < 0) {
		mounts_free(mount);
		return status;
	}
	return attach(at, mount, place);
}

int mount_bind(struct standpoint *at, const struct guest_path *source,
	const struct place *place, bool with_submounts)
{
	struct position from;

	return position_find(at, source, &from)
		       ? bind(at, &from, place, with_submounts)
		       : -EINVAL;
}

int mount_bind_covered(struct standpoint *at, const struct host_path *source,
	const struct place *place, bool with_submounts)
{
	struct position from;

	return position_find_host(at, source, &from)
		       ? bind(at, &from, place, with_submounts)
		       : -ENOENT;
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
	const struct place *place)
{
	struct mount *mount;
	struct position to;
	int status = mounted_at(at, source, &mount);

	if (status < 0)
		return status;
	if (!find_place(at, place, &to) || !mount->parent || mount->is_locked)
		return -EINVAL;
	if (is_directory_at(&to) != mount->source->is_directory)
		return -EINVAL;
	if (mount_is_ancestor(mount, to.mount))
		return -ELOOP;
	status = mount_put(mount, to.mount, to.path);
	mount->is_ghost = false;
	return status < 0 ? status : namespace_refresh(at->namespace);
}

/* can_change_locked_flags(), fs/namespace.c: nothing may be allowed again. */
static bool may_change_flags(const struct mount *mount, unsigned int flags)
{
	return !mount->is_locked ||
	       ((mount->limits & ~flags) == 0 &&
		       ((mount->flags ^ flags) & MOUNT_NO_ACCESS_TIMES) == 0);
}

int mount_change(struct standpoint *at, const struct guest_path *place,
	unsigned int flags)
{
	struct mount *mount;
	int status = mounted_at(at, place, &mount);

	if (status < 0)
		return status;
	if (!may_change_flags(mount, flags))
		return -EPERM;
	mount->flags = flags;
	mount->has_own_flags = true;
	return namespace_refresh(at->namespace);
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

		if (!mount_is_ancestor(mount, m)) {
			link = &m->next;
			continue;
		}
		*link = m->next;
		m->next = gone;
		gone = m;
		ns->count--;
	}
	mounts_free(gone);
	return namespace_refresh(ns);
}

int mount_remove(
	struct standpoint *at, const struct guest_path *place, bool detaches)
{
	struct mount *mount;
	int status = mounted_at(at, place, &mount);

	return status < 0 ? status : take_away(at, mount, detaches);
}

int mount_expire(struct standpoint *at, const struct guest_path *place)
{
	struct mount *mount;
	int status = mounted_at(at, place, &mount);
	bool is_marked;

	if (status < 0)
		return status;
	if (mount->number == at->base_mount)
		return -EINVAL;
	if (has_submounts(at->namespace, mount))
		return -EBUSY;
	is_marked = mount->is_expiring;
	mount->is_expiring = true;
	return is_marked ? take_away(at, mount, false) : -EAGAIN;
}

void mount_forget_expiry(struct standpoint *at, const struct guest_path *place)
{
	struct mount *mount;

	if (mounted_at(at, place, &mount) == 0)
		mount->is_expiring = false;
}

/* By what it shows, where the way to it is lost. */
static struct mount *find_hidden(
	const struct standpoint *s, const struct host_path *host)
{
	struct mount *found = NULL;

	for (struct mount *m = s->namespace->mounts; m; m = m->next)
		if (!binding_of(&s->view, m->number) &&
			text_is(&m->source->host.text, host->text.bytes))
			found = m;
	return found;
}

/* Whoever names its root without anything on top of it is in there. */
int mount_remove_hidden(
	struct standpoint *at, const struct host_path *host, bool detaches)
{
	struct position p;
	struct mount *mount = NULL;
	bool is_used = false;

	if (position_find_host(at, host, &p)) {
		mount = p.mount;
		position_follow(at, &p);
		is_used = p.mount == mount;
		mount = place_is_root(p.path) ? p.mount : NULL;
	}
	if (!mount) {
		mount = find_hidden(at, host);
		is_used = false;
	}
	if (!mount)
		return -EINVAL;
	if (is_used && !detaches && mount->parent && !mount->is_locked)
		return -EBUSY;
	return take_away(at, mount, detaches);
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
	return namespace_refresh(ns);
}

int mount_pivot(struct standpoint *at, const struct guest_path *new_root,
	const struct guest_path *put_old)
{
	struct mount_namespace *ns = at->namespace;
	struct mount *old = mount_by_number(ns, at->base_mount);
	struct mount *above;
	struct mount *new = NULL;
	struct position put;
	char *place;
	int status = mounted_at(at, new_root, &new);

	if (!old || !new || new->is_locked || !position_find(at, put_old, &put))
		return -EINVAL;
	position_follow(at, &put);
	if (new == old || put.mount == old)
		return -EBUSY;
	if (status < 0 || !place_is_root(at->base_path) ||
		!mount_is_ancestor(old, new) ||
		!mount_is_ancestor(new, put.mount))
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

/* --- asking --- */

const struct host_path *mount_only_in(
	const struct standpoint *at, const struct guest_path *place)
{
	struct mount *mount;

	if (mounted_at(at, place, &mount) < 0 || !mount->source->storage ||
		mount->is_copy)
		return NULL;
	for (const struct mount *m = at->namespace->mounts; m; m = m->next)
		if (m != mount && m->source->storage == mount->source->storage)
			return NULL;
	return &mount->source->host;
}

bool mount_hangs_on(
	const struct standpoint *standpoint, const struct host_path *host)
{
	const struct mount *m = standpoint->namespace->mounts;

	for (; m; m = m->next) {
		const char *rest;

		if (!m->parent)
			continue;
		rest = path_below(&host->text, &m->parent->source->host.text);
		if (rest && strcmp(place_or_root(rest), m->place) == 0)
			return true;
	}
	return false;
}

struct mount_facts mount_facts(
	const struct standpoint *standpoint, const struct binding *binding)
{
	struct mount_facts facts = {0};
	const struct mount *mount;

	if (!standpoint)
		return facts;
	mount = mount_by_number(standpoint->namespace, binding->mount);
	if (!mount)
		return facts;
	facts.flags = mount->flags;
	facts.is_own = mount->has_own_flags;
	facts.type = mount->source->type;
	facts.device = mount->source->device;
	return facts;
}
