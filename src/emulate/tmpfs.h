/* SPDX-License-Identifier: MIT */
/* Making what tmpfs(5) is to a guest: a directory, as its options say. */
#ifndef EMULATE_TMPFS_H
#define EMULATE_TMPFS_H

#include "emulate/call.h"
#include "view/mounts.h"

/*
 * A new one for mount(2), whose argument 4 are the options: mode, uid and gid
 * count. Fills the type, the host's directory and the storage. ramfs has no
 * owner to choose. -EINVAL, -EFAULT, or what making a directory answers.
 */
int tmpfs_create(struct call *call, bool is_ramfs, struct new_mount *new);

#endif
