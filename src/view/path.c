/* SPDX-License-Identifier: MIT */
/* Joining and splitting of absolute paths. Dual code. */
#include "view/path.h"

#include <errno.h>
#include <string.h>

int path_join(struct text *directory, const char *name, size_t size)
{
	size_t length = directory->length == 1 ? 0 : directory->length;

	if (length + 1 + size >= TEXT_MAX)
		return -ENAMETOOLONG;
	directory->bytes[length] = '/';
	directory->length = length + 1;
	return text_append(directory, name, size);
}

void path_remove_last(struct text *path)
{
	size_t length = path->length;

	while (length > 1 && path->bytes[length - 1] != '/')
		length--;
	text_truncate(path, length > 1 ? length - 1 : length);
}

void path_trim(struct text *path)
{
	size_t length = path->length;

	while (length > 1 && path->bytes[length - 1] == '/')
		length--;
	text_truncate(path, length);
}

const char *path_below(const struct text *path, const struct text *prefix)
{
	if (prefix->length == 1)
		return path->length == 1 ? path->bytes + 1 : path->bytes;
	if (path->length < prefix->length ||
		memcmp(path->bytes, prefix->bytes, prefix->length) != 0)
		return NULL;
	if (path->length > prefix->length && path->bytes[prefix->length] != '/')
		return NULL;
	return path->bytes + prefix->length;
}

const char *path_last(const struct text *path)
{
	size_t start = path->length;

	while (start > 0 && path->bytes[start - 1] != '/')
		start--;
	return path->bytes + start;
}
