/* SPDX-License-Identifier: MIT */
/* Reading an access control list: linux/posix_acl_xattr.h. */
#include "emulate/acl.h"

#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stddef.h>
#include <string.h>

int acl_to_mode(const void *list, size_t size, mode_t *mode, bool *is_minimal)
{
	const char *at = list;
	struct posix_acl_xattr_header header;
	struct posix_acl_xattr_entry entry;
	mode_t group = 0;

	if (size < sizeof(header) ||
		(size - sizeof(header)) % sizeof(entry) != 0)
		return -EINVAL;
	memcpy(&header, at, sizeof(header));
	if (le32toh(header.a_version) != POSIX_ACL_XATTR_VERSION)
		return -EOPNOTSUPP;
	*mode = 0;
	*is_minimal = true;
	for (size_t i = sizeof(header); i < size; i += sizeof(entry)) {
		mode_t bits;

		memcpy(&entry, at + i, sizeof(entry));
		bits = le16toh(entry.e_perm) & 7u;
		switch (le16toh(entry.e_tag)) {
		case ACL_USER_OBJ:
			*mode |= bits << 6;
			break;
		case ACL_GROUP_OBJ:
			group |= *is_minimal ? bits << 3 : 0;
			break;
		case ACL_MASK: /* comes behind the groups, and stands for them
				*/
			group = bits << 3;
			*is_minimal = false;
			break;
		case ACL_OTHER:
			*mode |= bits;
			break;
		case ACL_USER:
		case ACL_GROUP:
			*is_minimal = false;
			break;
		default:
			return -EINVAL;
		}
	}
	*mode |= group;
	return 0;
}

static void set_bits(void *entry, mode_t bits)
{
	const uint16_t perm = htole16(bits & 7);

	memcpy((char *)entry + offsetof(struct posix_acl_xattr_entry, e_perm),
		&perm, sizeof(perm));
}

void acl_follow_mode(void *list, size_t size, mode_t mode)
{
	const size_t step = sizeof(struct posix_acl_xattr_entry);
	char *of_group = NULL;

	for (size_t i = sizeof(struct posix_acl_xattr_header); i + step <= size;
		i += step) {
		char *at = (char *)list + i;
		struct posix_acl_xattr_entry entry;

		memcpy(&entry, at, sizeof(entry));
		switch (le16toh(entry.e_tag)) {
		case ACL_USER_OBJ:
			set_bits(at, mode >> 6);
			break;
		case ACL_GROUP_OBJ:
		case ACL_MASK: /* comes behind the groups */
			of_group = at;
			break;
		case ACL_OTHER:
			set_bits(at, mode);
			break;
		}
	}
	if (of_group)
		set_bits(of_group, mode >> 3);
}
