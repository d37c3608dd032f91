/* SPDX-License-Identifier: MIT */
/* Files without a name, for what a guest shall read. Tracer only. */
#ifndef BASE_ANONYMOUS_H
#define BASE_ANONYMOUS_H

/* Where to make them when the kernel has no memfd_create (Linux 3.17). */
void anonymous_set_directory(const char *directory);

/*
 * A descriptor, open for reading and writing, closed on exec; -errno when
 * neither memory nor any of the usual temporary directories can hold it.
 */
int anonymous_file(const char *label);

#endif
