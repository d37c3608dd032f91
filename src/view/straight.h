/* SPDX-License-Identifier: MIT */
/* Proving that a path meets no symlink, in one call where possible. Dual code.
 */
#ifndef VIEW_STRAIGHT_H
#define VIEW_STRAIGHT_H

#include <stdbool.h>

/*
 * Whether the kernel's own walk of PATH from DIRFD meets no symlink before it
 * ends, be it in an error. FOLLOW: the last component counts, too. Uses
 * openat2(2), Linux 5.6, or a readlink of every prefix. PATH is given back as
 * it was. IS_DENIED is set if it ends at a directory that may not be searched,
 * and is otherwise left alone.
 */
bool path_is_straight(int dirfd, char *path, bool follow, bool *is_denied);

#endif
