/* SPDX-License-Identifier: MIT */
/*
 * Permissions of the shown identity.
 *
 * The kernel checks them for the user of proot, who is the owner of all that a
 * fake root works with. What the kernel would refuse to that owner (mode 0000,
 * a directory without x) and what the shown identity may do is granted before
 * the call: the host's mode gets rights for its owner, and a record keeps the
 * mode that is shown (owner.h). What the kernel would allow and the shown
 * identity may not do is refused here, of the file itself and of the directory
 * when a name is made or removed. The directories on the way: search.h.
 */
#ifndef EMULATE_PERMISSION_H
#define EMULATE_PERMISSION_H

#include "emulate/call.h"
#include "emulate/file.h"

/*
 * A path argument of this kind is about to be looked up by the kernel. 0, or
 * -errno for the guest. FLAGS: open(2)'s, for PATH_OPEN. 1: another path shall
 * be opened instead, which INSTEAD then is: a device of the host.
 */
int permission_check(struct call *call, enum argument kind, uint64_t flags,
	const struct file *file, struct host_path *instead);

/*
 * An extended attribute of FILE is about to be read or written: the kernel asks
 * as much for user.* as for the file's content, and more in sticky directories,
 * xattr_permission(). 0, -EACCES or -EPERM.
 */
int permission_attribute(
	struct call *call, const struct file *file, int wanted);

/* May the identity run this program? Grants what the kernel asks for. */
bool permission_execute(
	const struct identity *identity, const struct host_path *path);

#endif
