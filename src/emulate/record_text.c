/* SPDX-License-Identifier: MIT */
/* Records as text: "USER:GROUP:MODE", and perhaps ":TYPE". Dual code. */
#include "emulate/record.h"

#include <sys/stat.h>

/* A number at *AT, which moves behind it. False: there is none. */
static bool take_number(const char **at, unsigned int base, uint32_t *number)
{
	const char *start = *at;
	uint64_t value = 0;

	while (**at >= '0' && **at < '0' + (int)base) {
		value = value * base + (unsigned int)(**at - '0');
		if (value > UINT32_MAX)
			return false;
		(*at)++;
	}
	*number = (uint32_t)value;
	return *at > start;
}

static bool take(const char **at, const char *word)
{
	size_t size = strlen(word);

	if (strncmp(*at, word, size) != 0)
		return false;
	*at += size;
	return true;
}

/* ":NAME-MAJOR-MINOR" */
static bool take_device(const char *at, const char *name, struct record *record)
{
	return take(&at, name) && take_number(&at, 10, &record->device_major) &&
	       take(&at, "-") && take_number(&at, 10, &record->device_minor);
}

bool record_parse(const char *text, mode_t type, struct record *record)
{
	uint32_t mode;

	memset(record, 0, sizeof(*record));
	if (!take_number(&text, 10, &record->user) || !take(&text, ":") ||
		!take_number(&text, 10, &record->group) || !take(&text, ":") ||
		!take_number(&text, 8, &mode))
		return false;
	if (S_ISREG(type) && take_device(text, ":char-", record))
		type = S_IFCHR;
	else if (S_ISREG(type) && take_device(text, ":block-", record))
		type = S_IFBLK;
	record->mode = (mode & 07777) | (type & S_IFMT);
	return true;
}
