/* SPDX-License-Identifier: MIT */
/* Taking a path apart, and putting more in front. Dual code. */
#include "view/rest.h"

#include <errno.h>
#include <string.h>

struct component component_at(const char *path)
{
	struct component c = {.name = path};

	while (c.name[c.size] != '\0' && c.name[c.size] != '/')
		c.size++;
	c.next = c.name + c.size;
	c.has_slash = *c.next == '/';
	while (*c.next == '/')
		c.next++;
	return c;
}

int rest_prepend(struct rest *r, const char *text, size_t size)
{
	if (size + 1 > r->start)
		return -ELOOP; /* only a loop can pile up that much */
	if (*rest_text(r) != '\0')
		r->bytes[--r->start] = '/';
	r->start -= size;
	memcpy(rest_text(r), text, size);
	return 0;
}

void rest_set(struct rest *r, const char *path, size_t size)
{
	r->start = WALK_MAX - 1 - size;
	memcpy(rest_text(r), path, size);
	r->bytes[WALK_MAX - 1] = '\0';
}

void rest_remove_dots(struct rest *r)
{
	const char *path = rest_text(r);
	size_t size = 0;

	while (*path != '\0') {
		struct component c = component_at(path);

		path = c.next;
		if (component_is_dot(&c) && *path != '\0')
			continue;
		memcpy(r->bytes + size, c.name, c.size);
		size += c.size;
		if (c.has_slash)
			r->bytes[size++] = '/';
	}
	rest_set(r, r->bytes, size);
}
