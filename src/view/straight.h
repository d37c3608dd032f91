/* SPDX-License-Identifier: MIT */
/* Proving that a path meets no symlink, in one call where possible. Dual code.
 */
#ifndef VIEW_STRAIGHT_H
#define VIEW_STRAIGHT_H

#include <stdbool.h>
#include <stddef.h>

/* What is known about a path that was asked about. */
enum straightness {
	NOT_STRAIGHT,	    /* there is a symlink, or perhaps one */
	STRAIGHT,	    /* none before the walk ends, be it in an error */
	STRAIGHT_DENIED,    /* and it ends where nobody may search */
	STRAIGHT_DIRECTORY, /* and it ends in a directory that exists */
};

/* PATH is changed for a moment, and needs so much room behind its NUL. */
#define STRAIGHT_ROOM 2

/*
 * Whether the kernel's own walk of PATH from DIRFD meets a symlink. FOLLOW:
 * PATH as a whole is asked about, else the directory that its last name is in.
 * Takes no descriptor. Uses openat2(2), Linux 5.6, or a readlink of every
 * prefix.
 */
enum straightness path_straightness(
	int dirfd, char *path, size_t size, bool follow);

#endif
