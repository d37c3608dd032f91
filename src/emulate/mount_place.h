/* SPDX-License-Identifier: MIT */
/* Names that cannot go away, since something is mounted there. */
#ifndef EMULATE_MOUNT_PLACE_H
#define EMULATE_MOUNT_PLACE_H

#include "emulate/call.h"
#include "view/resolve.h"

/*
 * Is it a mount, or does one hang on it by another path? The kernel's
 * is_local_mountpoint().
 */
bool mount_place_is(const struct call *call, const struct resolution *r);

/* Is it the root directory of who makes the call? */
bool mount_place_is_root(const struct call *call, const struct resolution *r);

/*
 * Such a place cannot be removed. 0: there is something else to say; else in
 * the order of do_rmdir(), do_unlinkat() and do_renameat2(), fs/namei.c.
 */
int mount_place_error(const struct call *call, const struct resolution *r);

#endif
