/* SPDX-License-Identifier: MIT */
/* Directory trees of our own, in a temporary place. Tracer only. */
#ifndef BASE_TREE_H
#define BASE_TREE_H

/* Remove NAME in the directory PARENT, and all that is below it. */
void tree_remove(int parent, const char *name);

#endif
