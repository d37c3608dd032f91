/* SPDX-License-Identifier: MIT */
/* Records as text: "USER:GROUP:MODE", and perhaps ":TYPE". Dual code. */
#include "emulate/record.h"

#include <string.h>
#include <sys/stat.h>

/* --- from text --- */

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

/* --- to text --- */

static char *put(char *to, const char *word)
{
	size_t size = strlen(word);

	memcpy(to, word, size);
	return to + size;
}

static char *put_number(char *to, uint32_t number)
{
	return to + text_from_number(number, to);
}

/* Four octal digits. */
static char *put_mode(char *to, mode_t mode)
{
	for (int shift = 9; shift >= 0; shift -= 3)
		*to++ = (char)('0' + (mode >> shift & 7));
	return to;
}

static char *put_device(char *to, const char *name, const struct record *record)
{
	to = put(to, name);
	to = put_number(to, record->device_major);
	to = put(to, "-");
	return put_number(to, record->device_minor);
}

static char *put_type(char *to, const struct record *record)
{
	switch (record->mode & S_IFMT) {
	case S_IFCHR:
		return put_device(to, "char-", record);
	case S_IFBLK:
		return put_device(to, "block-", record);
	case S_IFDIR:
		return put(to, "dir");
	case S_IFLNK:
		return put(to, "symlink");
	case S_IFIFO:
		return put(to, "pipe");
	case S_IFSOCK:
		return put(to, "socket");
	default:
		return put(to, "file");
	}
}

size_t record_print(const struct record *record, char out[RECORD_SIZE])
{
	char *to = put_number(out, record->user);

	to = put_number(put(to, ":"), record->group);
	to = put_mode(put(to, ":"), record->mode);
	to = put_type(put(to, ":"), record);
	*to = '\0';
	return (size_t)(to - out);
}
