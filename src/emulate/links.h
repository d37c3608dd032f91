/* SPDX-License-Identifier: MIT */
/* What emulated hard links change in a file's attributes. */
#ifndef EMULATE_LINKS_H
#define EMULATE_LINKS_H

#include "emulate/file.h"

/* A body has as many links as it has names; a store is in no directory. */
void links_show(const struct file *file, struct statx *attributes);

/*
 * After the look-up of FILE, STATUS was the result of asking for its
 * attributes. True: another run has just moved it to, or from, its body.
 */
bool links_have_changed(
	const struct file *file, int status, const struct statx *attributes);

#endif
