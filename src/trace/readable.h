/* SPDX-License-Identifier: MIT */
/*
 * Where a file's mode alone says that its owner may read it.
 *
 * access(2) of a right follows symlinks, and no call asks for a right without
 * following: the agent needs two. But what tells it that there is no symlink
 * tells owner and mode, too; and these decide, unless the file system asks
 * somebody else (a server, another file system), a security module does, or the
 * guest has capabilities (fs/namei.c, inode_permission()).
 */
#ifndef TRACE_READABLE_H
#define TRACE_READABLE_H

#include "agent/layout.h"
#include "view/view.h"

/* Of the file systems of this view's bindings; when in doubt, of none. */
void readable_find(struct agent_readable *readable, const struct view *view);

#endif
