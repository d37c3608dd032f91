/* SPDX-License-Identifier: MIT */
/* Access control lists as extended attributes, linux/posix_acl_xattr.h. */
#ifndef LISTS_H
#define LISTS_H

#include "attributes.h"

#include <linux/posix_acl.h>

#define ACCESS	"system.posix_acl_access"
#define DEFAULT "system.posix_acl_default"
#define NOBODY	0xffffffff

struct entry_of_list {
	uint16_t tag, bits;
	uint32_t id;
};

struct list {
	uint32_t version;
	struct entry_of_list entries[8];
};

#define LIST_SIZE(count) (4L + 8 * (count))
#define OWNER(bits)                                                            \
	{                                                                      \
		ACL_USER_OBJ, bits, NOBODY                                     \
	}
#define GROUP(bits)                                                            \
	{                                                                      \
		ACL_GROUP_OBJ, bits, NOBODY                                    \
	}
#define MASK(bits)                                                             \
	{                                                                      \
		ACL_MASK, bits, NOBODY                                         \
	}
#define OTHER(bits)                                                            \
	{                                                                      \
		ACL_OTHER, bits, NOBODY                                        \
	}

static inline long mode_of(const char *path)
{
	struct stat got;

	WORKS(lstat(path, &got));
	return got.st_mode & 07777;
}

static inline void has_none(const char *path, const char *name)
{
	FAILS(ENODATA, raw(SYS_getxattr, path, name, NULL, 0L));
}

#endif
