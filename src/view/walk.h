/* SPDX-License-Identifier: MIT */
/*
 * The parts of view_resolve(): a walk's position is r->host, and what the view
 * calls it, r->guest, unless it is an island; r->rest is what is left to walk.
 * Steps answer 0, DONE or -errno. Dual code.
 */
#ifndef VIEW_WALK_H
#define VIEW_WALK_H

#include "view/resolve.h"

struct walk {
	const struct view *view;
	const struct viewer *viewer;
	unsigned int lookup;
	struct resolution *r;
	struct trail *trail;		 /* null: nobody wants to know */
	const struct searcher *searcher; /* null: whom the kernel lets */
	bool is_off; /* what the kernel is told is not what r->guest names */
	const struct binding *place; /* what the position is in */
};

/* The walk takes a way that struct trail cannot tell. */
static inline void walk_spoil_trail(struct walk *w)
{
	if (w->trail)
		w->trail->is_partial = true;
}

enum { DONE = 1 }; /* a step's answer: the walk is at its end */

/* --- walk.c --- */

/* Can what is left to walk be joined to this path? */
bool walk_leaves_room(const struct resolution *r, const struct host_path *host);

/*
 * Stand in the directory that MAGIC, a link of /proc, leads to. If its path
 * leaves no room for what is left to walk, the link itself is its host path.
 */
int walk_stand_behind(
	struct walk *w, const struct host_path *magic, bool is_cwd);

/* Stand in a directory that has a canonical path from the view's top. */
int walk_stand_at(struct walk *w, const char *path, size_t size);
int walk_stand_at_root(struct walk *w);

/*
 * Does a symlink at the end matter: is it followed, or could it be a name of
 * an emulated hard link?
 */
bool walk_minds_last_link(const struct walk *w);

/*
 * Nobody gets past the position: the kernel will fail at it, too. It is not
 * given what is left to walk: that could lead out of the view if it did not.
 */
int walk_finish_failing(struct walk *w);

/* access(2) of what is in HOST, if that is a directory: 0 or -errno. */
long walk_look_inside(struct host_path *host);

/* Directories end as the guest wrote them: "", "/" or "/.". */
int walk_finish_with(struct walk *w, const char *ending);

/* --- symlink.c --- */

/*
 * The position may be a symlink, the component C; UP is the length of the host
 * path that it is in. Go on with what it reads.
 */
int walk_into_link(struct walk *w, const struct component *c, size_t up);

/* A last name whose symlink would be the object itself. */
int walk_at_last(struct walk *w);

/* --- island.c --- */

/* "..", in an island: it may lead back to where directories have names. */
int walk_up_from_island(struct walk *w);

/* A name, in an island: something may be mounted there that cannot be seen. */
void walk_onto_covered(struct walk *w);

/* --- untouched.c --- */

/* Whether a relative path means to the kernel what it means in the view. */
bool walk_is_needless(struct walk *w, int dirfd, char *path);

#endif
