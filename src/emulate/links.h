/* SPDX-License-Identifier: MIT */
/* What emulated hard links change in a file's attributes. */
#ifndef EMULATE_LINKS_H
#define EMULATE_LINKS_H

#include "emulate/file.h"

/* A body has as many links as it has names. */
void links_show(const struct file *file, struct statx *attributes);

#endif
