/* SPDX-License-Identifier: MIT */
/* The names of a binding, in memory that is only as long as they. Tracer only.
 */
#ifndef VIEW_BINDING_H
#define VIEW_BINDING_H

#include "view/view.h"

/* How many bytes the names take. */
size_t binding_names_size(const struct binding *binding);

/* Copy them to SPACE, for readers that see it at ADDRESS. */
void binding_copy_names(const struct binding *from, void *space,
	struct binding *to, uint64_t address);

/* Let BINDING have names of its own, like those of FROM. -ENOMEM, or 0. */
int binding_give_names(struct binding *binding, const struct binding *from);
void binding_free_names(struct binding *binding);

/* No name, for a binding without an alias. */
extern const struct host_path binding_no_alias;

#endif
