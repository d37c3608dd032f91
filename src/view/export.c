/* SPDX-License-Identifier: MIT */
/* The view, its table of bindings, and then these, one behind the other. */
#include "view/export.h"

#include "view/binding.h"

static size_t table_size(const struct view *view)
{
	return (view->count * sizeof(struct binding *) + 15) & ~15ul;
}

static size_t binding_size(const struct binding *binding)
{
	return sizeof(*binding) + binding_names_size(binding);
}

size_t view_export_size(const struct view *view)
{
	size_t size = sizeof(*view) + table_size(view);

	for (unsigned int i = 0; i < view->count; i++)
		size += binding_size(view->bindings[i]);
	return size;
}

void view_export(const struct view *view, void *image, uint64_t address)
{
	struct view *copy = image;
	uint64_t *table = (uint64_t *)(copy + 1);
	char *next = (char *)table + table_size(view);

	text_copy(&copy->base.text, &view->base.text);
	copy->bindings =
		(const struct binding **)(uintptr_t)(address + sizeof(*copy));
	copy->count = view->count;
	copy->names = view->names;
	copy->has_ghosts = view->has_ghosts;
	copy->emulates_links = view->emulates_links;
	for (unsigned int i = 0; i < view->count; i++) {
		struct binding *binding = (struct binding *)next;

		table[i] = address + (uint64_t)(next - (char *)image);
		*binding = *view->bindings[i];
		binding_copy_names(view->bindings[i], binding + 1, binding,
			table[i] + sizeof(*binding));
		next += binding_size(view->bindings[i]);
	}
}

/* A file that is bound has no directory in it. */
bool view_has_twins(const struct view *view)
{
	for (unsigned int i = 0; i < view->count; i++)
		for (unsigned int j = 0; j < view->count; j++)
			if (i != j && view->bindings[i]->is_directory &&
				path_below(&view->bindings[i]->host->text,
					&view->bindings[j]->host->text) &&
				!text_is(&view->bindings[i]->guest->text,
					view->bindings[i]->host->text.bytes))
				return true;
	return false;
}
