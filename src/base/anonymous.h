/* SPDX-License-Identifier: MIT */
/* Files without a name, for what a guest shall read. Tracer only. */
#ifndef BASE_ANONYMOUS_H
#define BASE_ANONYMOUS_H

#include <stdbool.h>
#include <stddef.h>

/* Where to make them when the kernel has no memfd_create (Linux 3.17). */
void anonymous_set_directory(const char *directory);

/*
 * A descriptor, open for reading and writing, closed on exec; -errno when
 * neither memory nor any of the usual temporary directories can hold it.
 */
int anonymous_file(const char *label);

/* One that is empty and stays so: write(2) is EPERM. -errno: there is none. */
int anonymous_sealed(const char *label);

/*
 * Memory to share, SIZE bytes at *AREA and in the file that is the answer; it
 * may be executed, if this system has nothing against that. Who is given the
 * file can never change its size; if it IS_OURS, nor what is in it
 * (F_SEAL_FUTURE_WRITE, Linux 5.1).
 */
int anonymous_area(const char *label, size_t size, bool is_ours, void **area);

#endif
