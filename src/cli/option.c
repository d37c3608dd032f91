/* SPDX-License-Identifier: MIT */
/* Finding rows of the table of options by name, or by nearly a name. */
#include "cli/option.h"

#include <string.h>

#define NAME_MAX_LENGTH 32

bool option_next_name(const char **at, const char **name, size_t *length)
{
	if (!*at || !**at)
		return false;
	*name = *at;
	*length = strcspn(*at, " ");
	*at += *length;
	*at += strspn(*at, " ");
	return true;
}

static bool option_has_name(
	const struct option *option, const char *wanted, size_t size)
{
	const char *at = option->names;
	const char *name;
	size_t length;

	while (option_next_name(&at, &name, &length))
		if (length == size && !memcmp(name, wanted, size))
			return true;
	return false;
}

const struct option *option_find(const char *name, size_t length)
{
	for (size_t i = 0; i < option_count; i++)
		if (option_has_name(&option_table[i], name, length))
			return &option_table[i];
	return NULL;
}

bool option_takes_value(const struct option *option)
{
	return option->value != NULL;
}

bool option_needs_value(const struct option *option)
{
	return option->value && option->value[0] != '[';
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t least = a < b ? a : b;

	return least < c ? least : c;
}

/*
 * How many letters were left out, added, changed or swapped with their
 * neighbour between two names of at most NAME_MAX_LENGTH bytes.
 */
static size_t name_distance(
	const char *a, size_t a_length, const char *b, size_t b_length)
{
	size_t rows[3][NAME_MAX_LENGTH + 1];

	for (size_t j = 0; j <= b_length; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a_length; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *above2 = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= b_length; j++) {
			bool differs = a[i - 1] != b[j - 1];

			row[j] = smallest(above[j] + 1, row[j - 1] + 1,
				above[j - 1] + differs);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
				a[i - 2] == b[j - 1] &&
				above2[j - 2] + 1 < row[j])
				row[j] = above2[j - 2] + 1;
		}
	}
	return rows[a_length % 3][b_length];
}

/* 0 is the same name; above NAME_MAX_LENGTH they have nothing in common. */
static size_t name_compare(
	const char *typed, size_t size, const char *name, size_t length)
{
	size_t distance;

	if (size < 3 || size > NAME_MAX_LENGTH || length > NAME_MAX_LENGTH)
		return NAME_MAX_LENGTH + 1;
	if (size < length && !memcmp(typed, name, size))
		return 1; /* the beginning of a name */
	distance = name_distance(typed, size, name, length);
	return distance * 3 <= size ? distance : NAME_MAX_LENGTH + 1;
}

const char *option_suggest(const char *typed, size_t size, size_t *length)
{
	size_t best = NAME_MAX_LENGTH + 1;
	const char *found = NULL;
	size_t dashes = strspn(typed, "-");

	if (dashes > size)
		dashes = size;
	for (size_t i = 0; i < option_count; i++) {
		const char *at = option_table[i].names;
		const char *name;
		size_t name_length;

		while (option_next_name(&at, &name, &name_length)) {
			size_t distance = name_compare(typed + dashes,
				size - dashes, name + 2, name_length - 2);

			if (distance >= best)
				continue;
			best = distance;
			found = name;
			*length = name_length;
		}
	}
	return found;
}
