/* SPDX-License-Identifier: MIT */
/* A copy of a view for readers at another address. Tracer only. */
#ifndef VIEW_EXPORT_H
#define VIEW_EXPORT_H

#include "view/view.h"

/* How many bytes the copy takes. */
size_t view_export_size(const struct view *view);

/*
 * Write the copy to IMAGE, which is zeroed, for readers that see it at ADDRESS.
 * It begins with the struct view.
 */
void view_export(const struct view *view, void *image, uint64_t address);

/* Is some host directory shown by several paths, or may it be? */
bool view_has_twins(const struct view *view);

#endif
