/* SPDX-License-Identifier: MIT */
/* Search permission on the way. */
#include "emulate/search.h"

#include "emulate/need.h"
#include "emulate/owner.h"
#include "emulate/rights.h"

#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

static bool may_search(const void *who, const struct host_path *directory)
{
	const struct identity *identity = who;
	struct file file;
	struct statx attributes;
	struct record shown;

	file.follows = true;
	text_copy(&file.path.text, &directory->text);
	if (file_stat(&file, 0, FILE_MASK, &attributes) < 0 ||
		!S_ISDIR(attributes.stx_mode))
		return true; /* the kernel has something else to say */
	owner_read(&file, &attributes, &shown);
	if (!rights_permit(identity, &file, &shown, X_OK))
		return false;
	if (!(attributes.stx_mode & S_IXUSR))
		need_rights(identity, &file, &attributes, X_OK);
	return true;
}

const struct searcher *search_searcher(
	const struct identity *identity, struct searcher *searcher)
{
	if (!identity || identity_has_over_all(identity, CAP_DAC_OVERRIDE) ||
		identity_has_over_all(identity, CAP_DAC_READ_SEARCH))
		return NULL;
	*searcher = (struct searcher){may_search, identity};
	return searcher;
}

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
