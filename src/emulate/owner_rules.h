/* SPDX-License-Identifier: MIT */
/* What a shown owner and mode mean for the host's file. Dual code. */
#ifndef EMULATE_OWNER_RULES_H
#define EMULATE_OWNER_RULES_H

#include "emulate/record.h"

#include <sys/stat.h>

#define ID_NONE ((uint32_t)-1) /* "leave it alone" */

/* How many owner_kernel_devices() there are, emulate/owner.h. */
#define OWNER_KERNEL_DEVICES 6

/* In the real mode of a regular file without content: it may be a device. */
#define DEVICE_MARK 01000

static inline bool owner_may_be_device(mode_t mode, uint64_t size)
{
	return S_ISREG(mode) && (mode & DEVICE_MARK) != 0 && size == 0;
}

/* The host's permission bits for a file that looks like this. */
mode_t owner_implied_mode(const struct record *wanted);

/*
 * What is left of a mode by chown(2), for root, too, and for no ids; and by
 * who writes to the file without CAP_FSETID: setattr_should_drop_suidgid(),
 * fs/attr.c. Set-group-ID without group execute is for who is in the group or
 * KEEPS_SET_GID by CAP_FSETID.
 */
mode_t owner_changed_mode(mode_t mode, bool keeps_set_gid);

/* What chown(2) makes of a file that looks like this; ID_NONE: that is kept. */
struct record owner_given(const struct record *shown, uint32_t user,
	uint32_t group, bool keeps_set_gid);

#endif
