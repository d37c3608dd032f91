/* SPDX-License-Identifier: MIT */
/*
 * Access control lists, acl(5), as extended attributes hold them. On the host
 * their ids would mean the host's users: a fake root's lists are kept, not set.
 */
#ifndef EMULATE_ACL_H
#define EMULATE_ACL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ACL_ACCESS  "system.posix_acl_access"
#define ACL_DEFAULT "system.posix_acl_default"

#define ACL_MAX 4096 /* bytes of a list that is minded: 500 entries */

/*
 * How many entries a list has, or -errno: it is none, posix_acl_from_xattr().
 * One without entries stands for no list at all.
 */
int acl_count(const void *list, size_t size);

/*
 * The permission bits that a list of some entries implies, and whether it says
 * nothing more than they do. 0, or -EINVAL, posix_acl_valid().
 */
int acl_to_mode(const void *list, size_t size, mode_t *mode, bool *is_minimal);

/*
 * A list as chmod(2) to MODE leaves it (__posix_acl_chmod_masq(),
 * fs/posix_acl.c): owner, others, and the mask or else the group.
 */
void acl_follow_mode(void *list, size_t size, mode_t mode);

/* Who wants something of a file that is another user's. */
struct acl_asker {
	uint32_t user;
	uint32_t group_of_file;
	bool (*is_in_group)(const void *groups, uint32_t group);
	const void *groups;
};

/* Does a list of a mode's bits grant this? posix_acl_permission() */
bool acl_permits(const void *list, size_t size, const struct acl_asker *asker,
	int wanted);

/*
 * What is made with *MODE in a directory of this default list: both get what
 * both allow, posix_acl_create_masq(). Does the valid list say more than the
 * mode?
 */
bool acl_narrow(void *list, size_t size, mode_t *mode);

#endif
