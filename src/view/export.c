/* SPDX-License-Identifier: MIT */
/* The view, its table of bindings, and then these, one behind the other. */
#include "view/export.h"

static size_t table_size(const struct view *view)
{
	return (view->count * sizeof(struct binding *) + 15) & ~15ul;
}

size_t view_export_size(const struct view *view)
{
	return sizeof(*view) + table_size(view) +
	       view->count * sizeof(struct binding);
}

/* What is not used of a text stays untouched: it may never need memory. */
static void export_binding(const struct binding *from, struct binding *to)
{
	text_copy(&to->guest.text, &from->guest.text);
	text_copy(&to->host.text, &from->host.text);
	text_copy(&to->alias.text, &from->alias.text);
	to->kind = from->kind;
	to->is_directory = from->is_directory;
	to->is_ghost = from->is_ghost;
}

void view_export(const struct view *view, void *image, uint64_t address)
{
	struct view *copy = image;
	uint64_t *table = (uint64_t *)(copy + 1);
	struct binding *bindings =
		(struct binding *)((char *)table + table_size(view));

	text_copy(&copy->base.text, &view->base.text);
	copy->bindings =
		(const struct binding **)(uintptr_t)(address + sizeof(*copy));
	copy->count = view->count;
	copy->names = view->names;
	copy->has_ghosts = view->has_ghosts;
	copy->emulates_links = view->emulates_links;
	for (unsigned int i = 0; i < view->count; i++) {
		export_binding(view->bindings[i], &bindings[i]);
		table[i] = address +
			   (uint64_t)((char *)&bindings[i] - (char *)image);
	}
}

/* A file that is bound has no directory in it. */
bool view_has_twins(const struct view *view)
{
	for (unsigned int i = 0; i < view->count; i++)
		for (unsigned int j = 0; j < view->count; j++)
			if (i != j && view->bindings[i]->is_directory &&
				path_below(&view->bindings[i]->host.text,
					&view->bindings[j]->host.text) &&
				!text_is(&view->bindings[i]->guest.text,
					view->bindings[i]->host.text.bytes))
				return true;
	return false;
}
