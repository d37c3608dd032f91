/* SPDX-License-Identifier: MIT */
/*
 * The root directory and the mount namespace of a process, and who shares
 * them: chroot(2), CLONE_FS and CLONE_NEWNS of clone(2).
 *
 * A process without a standpoint sees the session's view, and its `view` is
 * that very pointer. It gets a standpoint when it changes its root or its
 * namespace, or when somebody mounts something in the first namespace.
 */
#ifndef EMULATE_ROOT_H
#define EMULATE_ROOT_H

#include "emulate/call.h"
#include "view/mounts.h"

/* A new process without a parent that we know of sees the session's view. */
void root_begin(struct process *process, const struct view *view);

/* A child: it shares its parent's root (CLONE_FS), or has the same. */
void root_inherit(
	struct process *child, struct process *parent, bool shares_root);
void root_leave(struct process *process);

/* Where mounts can be changed; null: no memory. */
struct standpoint *root_for_mounting(struct process *process);

/* chroot(2), for all that share the root. */
int root_change(struct process *process, const struct guest_path *base);

/* The same, to a directory in a mount that others cover. */
int root_change_covered(struct process *process, const struct host_path *base);

/* A copy of the namespace, for one of these user namespaces; CLONE_NEWNS. */
int root_unshare(struct process *process, unsigned int owner);

/* CLONE_FS of unshare(2). */
void root_stop_sharing(struct process *process);

/* The number of the user namespace to which its mounts belong; 0: the first. */
unsigned int root_owner(const struct process *process);

#endif
