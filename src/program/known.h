/* SPDX-License-Identifier: MIT */
/*
 * Programs and dynamic linkers that were found before, by an absolute path.
 * What was read of them holds as long as neither they nor a directory in which
 * their path led through a symlink changes: each change shows in the times that
 * the kernel keeps, since only what has been at rest for some time is
 * remembered.
 */
#ifndef PROGRAM_KNOWN_H
#define PROGRAM_KNOWN_H

#include "program/program.h"

#include <time.h>

/*
 * Look NAME up among them, and fill FILE and GUEST, its guest path. False: it
 * is not known. The caller has to see that it still is that file, by
 * known_is(), and that its host path has no symlinks.
 */
bool known_find(const struct view *view, const char *name,
	struct program_file *file, struct guest_path *guest);

/* Is it the file that was known? */
bool known_is(const struct program_file *file, const struct stat *status);

/*
 * FILE was found so, and is GUEST: by a look-up that began at BEGAN
 * (CLOCK_REALTIME) and left this trail.
 */
void known_add(const struct view *view, const char *name,
	const struct program_file *file, const struct guest_path *guest,
	const struct trail *trail, const struct timespec *began);

#endif
