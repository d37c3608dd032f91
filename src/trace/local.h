/* SPDX-License-Identifier: MIT */
/*
 * File systems that this kernel alone judges and changes.
 *
 * What the agent knows of a file by its owner, its mode and the time of its
 * last change is true there, since no server and no other file system is asked.
 *
 * access(2) of a right follows symlinks, and no call asks for a right without
 * following: the agent needs two. But what tells it that there is no symlink
 * tells owner and mode, too; and these decide about reading, unless a security
 * module is asked or the guest has capabilities (fs/namei.c,
 * inode_permission()), and about the rest with what loader/agent/access.c asks
 * for besides.
 */
#ifndef TRACE_LOCAL_H
#define TRACE_LOCAL_H

#include "agent/layout.h"
#include "view/view.h"

/* Of the file systems of this view's bindings; when in doubt, of none. */
void local_find(struct agent_local *local, const struct view *view);

/* Time goes on: what is older now than the clock of files ticks has settled. */
void local_settle(struct agent_local *local);

#endif
