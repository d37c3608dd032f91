/* SPDX-License-Identifier: MIT */
/* A table of options, by what their values may be. */
#include "emulate/tmpfs_options.h"

#include "emulate/user_namespace.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum value {
	VALUE_ANY, /* or none: of every file system, security/…, fs_context.c */
	VALUE_NONE,
	VALUE_MODE,
	VALUE_USER,
	VALUE_GROUP,
	VALUE_SIZE, /* a number, or a part of the memory */
	VALUE_NUMBER,
	VALUE_HUGE,
	VALUE_POLICY,
};

static const struct {
	const char *name;
	enum value value;
} OPTIONS[] = {
	{"async", VALUE_ANY},
	{"dirsync", VALUE_ANY},
	{"lazytime", VALUE_ANY},
	{"mand", VALUE_ANY},
	{"nolazytime", VALUE_ANY},
	{"nomand", VALUE_ANY},
	{"ro", VALUE_ANY},
	{"rw", VALUE_ANY},
	{"sync", VALUE_ANY},
	{"gid", VALUE_GROUP},
	{"grpquota", VALUE_NONE},
	{"grpquota_block_hardlimit", VALUE_NUMBER},
	{"grpquota_inode_hardlimit", VALUE_NUMBER},
	{"huge", VALUE_HUGE},
	{"inode32", VALUE_NONE},
	{"inode64", VALUE_NONE},
	{"mode", VALUE_MODE},
	{"mpol", VALUE_POLICY},
	{"noswap", VALUE_NONE},
	{"nr_blocks", VALUE_NUMBER},
	{"nr_inodes", VALUE_NUMBER},
	{"quota", VALUE_NONE},
	{"size", VALUE_SIZE},
	{"uid", VALUE_USER},
	{"usrquota", VALUE_NONE},
	{"usrquota_block_hardlimit", VALUE_NUMBER},
	{"usrquota_inode_hardlimit", VALUE_NUMBER},
};

/* kstrtouint(), lib/kstrtox.c */
static int number_of(const char *text, int base, uint32_t *number)
{
	const char *digits = text + (text[0] == '+');
	unsigned long value;
	char *end;

	if (!isdigit((unsigned char)digits[0]))
		return -EINVAL;
	value = strtoul(digits, &end, base);
	if (*end != '\0' || value > UINT32_MAX)
		return -EINVAL;
	*number = (uint32_t)value;
	return 0;
}

/* An id as the mounter's user namespace knows it. */
static int id_of(const struct process *process, enum id_kind kind,
	const char *text, uint32_t *id)
{
	int status = number_of(text, 0, id);

	if (status == 0 && *id == ID_NONE)
		return -EINVAL;
	return status < 0 ? status : user_namespace_take(process, kind, id);
}

/* memparse(), lib/cmdline.c: what is behind the number and its unit. */
static const char *behind_number(const char *text)
{
	char *end = (char *)text;

	if (isdigit((unsigned char)text[0]))
		strtoull(text, &end, 0);
	return end + (*end != '\0' && strchr("KMGTPEkmgtpe", *end));
}

static bool is_size(const char *text)
{
	const char *end = behind_number(text);

	return end[*end == '%'] == '\0';
}

/* Up to what follows in mpol_parse_str(), mm/mempolicy.c. */
static bool is_one_of(const char *text, size_t size, const char *const *words)
{
	for (; *words; words++)
		if (strlen(*words) == size && strncmp(text, *words, size) == 0)
			return true;
	return false;
}

static bool is_policy(const char *text)
{
	static const char *const WORDS[] = {
		"default", "prefer", "bind", "interleave", "local", NULL};

	return is_one_of(text, strcspn(text, ":="), WORDS);
}

static bool is_huge(const char *text)
{
	static const char *const WORDS[] = {
		"never", "always", "within_size", "advise", NULL};

	return is_one_of(text, strlen(text), WORDS);
}

/* What there is no directory for, as size=, is taken for granted. */
static int take_value(const struct process *process, enum value kind,
	const char *value, struct tmpfs_options *options)
{
	if (kind == VALUE_ANY)
		return 0;
	if (kind == VALUE_NONE)
		return value ? -EINVAL : 0;
	if (!value || value[0] == '\0')
		return -EINVAL;
	switch (kind) {
	case VALUE_MODE:
		return number_of(value, 8, &options->mode);
	case VALUE_USER:
		return id_of(process, ID_USER, value, &options->user);
	case VALUE_GROUP:
		return id_of(process, ID_GROUP, value, &options->group);
	case VALUE_SIZE:
		return is_size(value) ? 0 : -EINVAL;
	case VALUE_NUMBER:
		return *behind_number(value) == '\0' ? 0 : -EINVAL;
	case VALUE_HUGE:
		return is_huge(value) ? 0 : -EINVAL;
	default:
		return is_policy(value) ? 0 : -EINVAL;
	}
}

/* ramfs has always ignored what it does not know. */
static int take_option(const struct process *process, char *name, bool is_ramfs,
	struct tmpfs_options *options)
{
	const char *value = name;

	strsep((char **)&value, "=");
	if (is_ramfs && strcmp(name, "mode") != 0)
		return 0;
	for (size_t i = 0; i < sizeof(OPTIONS) / sizeof(OPTIONS[0]); i++)
		if (strcmp(name, OPTIONS[i].name) == 0)
			return take_value(
				process, OPTIONS[i].value, value, options);
	return -EINVAL;
}

/* A comma in front of a digit is one in a list of nodes, of mpol=. */
static char *next_option(char **rest, bool is_ramfs)
{
	char *option = *rest;
	char *end = option;

	while ((end = strchr(end, ',')) && !is_ramfs &&
		isdigit((unsigned char)end[1]))
		end++;
	if (end)
		*end++ = '\0';
	*rest = end;
	return option;
}

int tmpfs_options_read(const struct process *process, char *text, bool is_ramfs,
	struct tmpfs_options *options)
{
	int status = 0;

	while (status == 0 && text) {
		char *option = next_option(&text, is_ramfs);

		if (option[0] != '\0')
			status =
				take_option(process, option, is_ramfs, options);
	}
	return status;
}
