/* SPDX-License-Identifier: MIT */
/* Extended attributes, for probes of what depends on the file system. */
#ifndef ATTRIBUTES_H
#define ATTRIBUTES_H

#include "probe.h"

#include <sys/xattr.h>

/* Does the file system of this file keep users' attributes? tmpfs does since
 * Linux 6.6; without, what is set is forgotten. */
static inline bool keeps_attributes(const char *name)
{
	bool has = setxattr(name, "user.x", "v", 1, 0) == 0;

	if (has)
		WORKS(removexattr(name, "user.x"));
	return has;
}

#endif
