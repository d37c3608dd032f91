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

#include <linux/stat.h>

/* A file as the tracer can reach it. */
struct file {
	struct host_path path;
	bool follows; /* a link at the end is followed: /proc/TID/fd/N */
};

/* The kernel's own answer. FLAGS and MASK as statx(2) takes them. */
int attributes_read(const struct file *file, unsigned int flags,
	unsigned int mask, struct statx *attributes);

/* Change it to what the guests see. */
void attributes_show(const struct file *file, struct statx *attributes);

/* Both, with all that the features need. */
int attributes_get(const struct file *file, struct statx *attributes);

/*
 * The file that a path argument means, or (DIRFD alone) a descriptor. 1: found;
 * 0: the kernel shall take, or refuse, what the guest gave; -errno: the call
 * is finished already.
 */
int file_of_path(struct call *call, unsigned int argument, struct file *file);
int file_of_descriptor(struct call *call, int fd, struct file *file);

#endif
