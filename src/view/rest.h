/* SPDX-License-Identifier: MIT */
/*
 * What is left of a path to walk. It is taken away in front, component by
 * component, and what symlinks read is put there. Dual code.
 */
#ifndef VIEW_REST_H
#define VIEW_REST_H

#include "base/text.h"
#include "view/straight.h"

/* straight.h wants room behind it. */
#define WALK_MAX  (4 * TEXT_MAX)
#define WALK_SIZE (WALK_MAX + STRAIGHT_ROOM)

struct rest {
	size_t start;
	char bytes[WALK_SIZE]; /* right-aligned, with its NUL */
};

/* One component of a path, and what follows it. */
struct component {
	const char *name;
	size_t size;
	const char *next; /* behind its slashes */
	bool has_slash;
};

/* The component that a path begins with. */
struct component component_at(const char *path);

static inline bool component_is_dot(const struct component *c)
{
	return c->size == 1 && c->name[0] == '.';
}

static inline bool component_is_dot_dot(const struct component *c)
{
	return c->size == 2 && c->name[0] == '.' && c->name[1] == '.';
}

static inline char *rest_text(struct rest *r)
{
	return r->bytes + r->start;
}

/* The bytes that it takes, with its NUL. */
static inline size_t rest_room(const struct rest *r)
{
	return WALK_MAX - r->start;
}

/* Go on at NEXT, which is in the rest. */
static inline void rest_skip(struct rest *r, const char *next)
{
	r->start = (size_t)(next - r->bytes);
}

/* There was one just before. */
static inline void rest_prepend_slash(struct rest *r)
{
	r->bytes[--r->start] = '/';
}

/* SIZE bytes of a path. */
void rest_set(struct rest *r, const char *path, size_t size);

/* Put a path in front: 0, or -ELOOP. */
int rest_prepend(struct rest *r, const char *text, size_t size);

/*
 * Dots mean nothing but at the end. PATH_MAX bytes of them would leave no room
 * for the host path of the directory that they start from.
 */
void rest_remove_dots(struct rest *r);

#endif
