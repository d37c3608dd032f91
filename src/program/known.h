/* SPDX-License-Identifier: MIT */
/*
 * Dynamic linkers that were found before. Nearly all programs have the same
 * one, and its name leads through several symlinks. It is the same again as
 * long as neither it nor a directory in which one of those was found changes:
 * each change shows in the times that the kernel keeps, since only what has
 * been at rest for some time is remembered.
 */
#ifndef PROGRAM_LINKER_H
#define PROGRAM_LINKER_H

#include "program/program.h"

#include <time.h>

/*
 * Look NAME up among them. May it still be executed? 0, or what access(2) says;
 * -ENOENT: it is not known. Nobody asks whether it is open for writing: nothing
 * has been written.
 */
int linker_recall(
	const struct view *view, const char *name, struct program_file *linker);

/*
 * LINKER was found so: by a look-up that began at BEGAN (CLOCK_REALTIME) and
 * left this trail.
 */
void linker_remember(const struct view *view, const char *name,
	const struct program_file *linker, const struct trail *trail,
	const struct timespec *began);

#endif
