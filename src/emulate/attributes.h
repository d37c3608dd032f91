/* SPDX-License-Identifier: MIT */
/*
 * What guests see of a file's attributes: the one place where stat(2) and its
 * relatives are answered when some feature changes the answer.
 *
 * The tracer has the guest's own rights, so it makes the call itself at the
 * entry stop. The kernel's answer is a struct statx whatever the guest asked
 * with; it passes through the features that are on, each of which may change
 * it, and is then written in the shape that the guest wants. No exit stop.
 *
 * A feature is one line in attributes_show(); it sees a struct file and a
 * struct statx, neither calls nor registers.
 */
#ifndef EMULATE_ATTRIBUTES_H
#define EMULATE_ATTRIBUTES_H

#include "emulate/call.h"
#include "emulate/file.h"

/* Features that change attributes: with none of them the kernel answers. */
#define ATTRIBUTE_FEATURES (FEATURE_IDENTITY | FEATURE_LINKS)

/* Change the kernel's answer to what a guest sees. */
void attributes_show(const struct task *task, const struct file *file,
	struct statx *attributes);

#endif
