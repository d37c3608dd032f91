/* SPDX-License-Identifier: MIT */
/* acl_permission_check(), fs/namei.c. */
#include "emulate/rights.h"

#include "emulate/acl.h"

#include <sys/stat.h>

static bool is_in_group(const void *identity, uint32_t group)
{
	return identity_is_in_group(identity, group);
}

/* How long it is; 0: the mode says it all. */
static size_t read_list(
	const struct file *file, const struct record *shown, char list[ACL_MAX])
{
	bool is_minimal;
	mode_t mode;
	long size;

	if (!(shown->mode & S_IRWXG) || !record_has_lists())
		return 0;
	size = file_get_attribute(
		file, RECORD_PREFIX ACL_ACCESS, list, ACL_MAX);
	if (size <= 0 ||
		acl_to_mode(list, (size_t)size, &mode, &is_minimal) < 0)
		return 0;
	acl_follow_mode(list, (size_t)size, shown->mode);
	return (size_t)size;
}

bool rights_permit(const struct identity *identity, const struct file *file,
	const struct record *shown, int wanted)
{
	const struct permissions permissions = {
		shown->user, shown->group, shown->mode};
	const struct acl_asker asker = {
		.user = identity->user.fs,
		.group_of_file = shown->group,
		.is_in_group = is_in_group,
		.groups = identity,
	};
	char list[ACL_MAX];
	size_t size = 0;

	if (identity->user.fs != shown->user &&
		!identity_overrides(identity, &permissions, wanted))
		size = read_list(file, shown, list);
	return size > 0 ? acl_permits(list, size, &asker, wanted)
			: identity_permits(identity, &permissions, wanted);
}
