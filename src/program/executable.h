/* SPDX-License-Identifier: MIT */
/* Files that execve(2) would execute. */
#ifndef PROGRAM_EXECUTABLE_H
#define PROGRAM_EXECUTABLE_H

#include <stdbool.h>
#include <sys/stat.h>

/*
 * Open a file of the host for reading that the kernel would execute: a
 * descriptor, and what fstat(2) says of the file; or -errno as execve(2) gives
 * it (do_open_execat(), fs/exec.c). If it IS_STRAIGHT, symlinks are errors.
 * IS_COPY: it could not be read, and the descriptor is that of a copy.
 */
int executable_open(
	const char *path, bool is_straight, struct stat *status, bool *is_copy);

#endif
