/* SPDX-License-Identifier: MIT */
/* Names of attributes, see xattr(7). Dual code. */
#include "emulate/kept_names.h"

#include "emulate/acl.h"

#include <string.h>

#define PREFIX_LEN (sizeof(RECORD_PREFIX) - 1)

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

bool name_is_list(const char *name)
{
	return strcmp(name, ACL_ACCESS) == 0 || strcmp(name, ACL_DEFAULT) == 0;
}

bool name_is_kept(const char *name)
{
	return name_is_list(name) || starts_with(name, "security.") ||
	       name_is_trusted(name);
}

bool name_is_trusted(const char *name)
{
	return starts_with(name, "trusted.");
}

bool name_is_ours(const char *name)
{
	return starts_with(name, RECORD_PREFIX);
}

size_t names_show(char *list, size_t size, bool shows_trusted)
{
	char *to = list;

	for (const char *name = list; name < list + size;) {
		size_t length = strlen(name) + 1;
		const char *next = name + length;

		if (name_is_ours(name)) {
			name += PREFIX_LEN;
			length = name_is_kept(name) ? length - PREFIX_LEN : 0;
		}
		if (!shows_trusted && name_is_trusted(name))
			length = 0;
		memmove(to, name, length);
		to += length;
		name = next;
	}
	return (size_t)(to - list);
}
