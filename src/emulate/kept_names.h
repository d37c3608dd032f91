/* SPDX-License-Identifier: MIT */
/* Attributes that need privileges are kept under other names. Dual code. */
#ifndef EMULATE_KEPT_NAMES_H
#define EMULATE_KEPT_NAMES_H

#include "emulate/record.h"

/* XATTR_NAME_MAX and its end, linux/limits.h */
#define ATTRIBUTE_NAME_SIZE 256

/* struct xattr_args, linux/xattr.h: of getxattrat(2) and setxattrat(2). */
struct attribute_arguments {
	uint64_t value;
	uint32_t size;
	uint32_t flags;
};

/* Is it kept, as RECORD_PREFIX "NAME", for a fake root? */
bool name_is_kept(const char *name);

/* Is it an access control list's, emulate/acl.h? */
bool name_is_list(const char *name);

/* Is it such a name, or a record's? Guests do not see them. */
bool name_is_ours(const char *name);

/* Is it one that only root knows of, xattr(7)? */
bool name_is_trusted(const char *name);

/*
 * Tell a list of listxattr(2), SIZE bytes, as guests know the names. Answers
 * how long it is then.
 */
size_t names_show(char *list, size_t size, bool shows_trusted);

#endif
