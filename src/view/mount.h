/* SPDX-License-Identifier: MIT */
/*
 * The tree behind a mount namespace: mounts, what they show, and where they
 * hang. For mounts.c and standpoint.c; all others see mounts.h.
 *
 * A place is a path on a mount: absolute, canonical, below the mount's root,
 * which is "/".
 */
#ifndef VIEW_MOUNT_H
#define VIEW_MOUNT_H

#include "view/mounts.h"

/* A host file or directory that is mounted, perhaps more than once. */
struct source {
	unsigned int references;
	struct host_path host;
	struct host_path alias;
	int fd; /* of what a guest has mounted, behind the alias; or -1 */
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
	unsigned int limits; /* flags that stay, since is_locked */
	bool has_own_flags;
	bool is_ghost;
	bool is_locked;
	bool is_copy;	  /* of a mount of another namespace */
	bool is_expiring; /* MNT_EXPIRE has been asked for */
};

struct mount_namespace {
	struct mount_namespace *next; /* of all */
	unsigned int references;      /* standpoints */
	unsigned int number;
	unsigned int owner;
	bool emulates_links; /* -l, as the view that it was made from */
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

/* --- places --- */

/* "" or "/…" when PATH is PREFIX or below it; else null. */
const char *place_below(const char *path, const char *prefix);
bool place_is_root(const char *path);

/* "/" for "". */
const char *place_or_root(const char *path);

/* --- sources --- */

/* Null: no memory. */
struct source *source_create(void);
struct source *source_of_binding(const struct binding *binding);
void source_leave(struct source *source);

/* A descriptor, so that it is found again; for a directory a short name, too.
 */
void source_open(struct source *source);

/* What lies at a place of WHOLE; null and *ERROR. */
struct source *source_below(
	struct source *whole, const char *path, bool is_directory, int *error);

/* --- mounts --- */

/* Takes SOURCE over, even if it fails. It hangs nowhere yet. */
struct mount *mount_create(struct source *source);

/* With the same source and place, and a number of its own. */
struct mount *mount_copy(const struct mount *from);
void mounts_free(struct mount *list);
int mount_put(struct mount *mount, struct mount *parent, const char *place);

/* What hangs at a place of PARENT, or null. */
struct mount *mount_on(const struct mount_namespace *ns,
	const struct mount *parent, const char *place);

/* Is it the mount itself, or one that it hangs on? */
bool mount_is_ancestor(const struct mount *ancestor, const struct mount *mount);
struct mount *mount_by_number(
	const struct mount_namespace *ns, uint32_t number);
struct mount *mount_root(const struct mount_namespace *ns);

/* A list of mounts, which are counted. */
void namespace_append(struct mount_namespace *ns, struct mount *mount);

/* --- flatten.c --- */

/*
 * What can be seen from the mount TOP; BASE, if it is not null, is a directory
 * on it: what covers that is not seen. The bindings go with the view. -ENOMEM.
 */
int view_of_tree(const struct mount_namespace *ns, const struct mount *top,
	const char *base, struct view *view, struct binding **bindings);

/* BINDINGS may be null, for a view that is all zero. */
void view_of_tree_free(const struct view *view, struct binding *bindings);

/* --- standpoint.c --- */

/* The first of all namespaces, or null. */
struct mount_namespace *namespace_first(void);

/* The tree has changed: make all its views anew. */
int namespace_refresh(struct mount_namespace *ns);
const struct binding *binding_of(const struct view *view, uint32_t mount);

/* Where a guest path leads in the standpoint's view; false: nowhere. */
bool position_find(const struct standpoint *s, const struct guest_path *guest,
	struct position *p);

/* The same of a host path, in a mount that may be covered. */
bool position_find_host(const struct standpoint *s,
	const struct host_path *host, struct position *p);

/* As the kernel does at the end of a path: onto what is on top there. */
void position_follow(const struct standpoint *s, struct position *p);

#endif
