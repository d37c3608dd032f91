/* SPDX-License-Identifier: MIT */
/* Search permission on the way. */
#include "emulate/search.h"

#include "emulate/need.h"
#include "emulate/owner.h"

#include <sys/stat.h>
#include <unistd.h>

bool search_open_way(
	const struct identity *identity, const struct host_path *path)
{
	struct file file;
	struct statx attributes;
	bool has_opened = false;

	file.follows = true;
	for (size_t i = 1; i < path->text.length; i++) {
		if (path->text.bytes[i] != '/')
			continue;
		text_set(&file.path.text, path->text.bytes, i);
		if (file_stat(&file, 0, FILE_MASK, &attributes) < 0)
			break;
		if (!S_ISDIR(attributes.stx_mode) ||
			!owner_is_self(&attributes) ||
			(attributes.stx_mode & S_IXUSR))
			continue;
		if (need_rights(identity, &file, &attributes, X_OK) < 0)
			break;
		has_opened = true;
	}
	return has_opened;
}
