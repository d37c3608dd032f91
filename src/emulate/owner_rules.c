/* SPDX-License-Identifier: MIT */
/* Modes, see emulate/owner.h. Dual code. */
#include "emulate/owner_rules.h"

#include <sys/stat.h>

mode_t owner_implied_mode(const struct record *wanted)
{
	mode_t mode = wanted->mode & 07777;

	if (S_ISDIR(wanted->mode))
		return mode | S_IRWXU;
	mode = (mode & ~(mode_t)(S_ISUID | S_ISGID)) | S_IRUSR | S_IWUSR;
	if (S_ISCHR(wanted->mode) || S_ISBLK(wanted->mode))
		return DEVICE_MARK | S_IRUSR | S_IWUSR;
	return mode & 0111 ? mode | S_IXUSR : mode;
}

mode_t owner_changed_mode(mode_t mode, bool keeps_set_gid)
{
	if (S_ISDIR(mode))
		return mode;
	mode &= ~(mode_t)S_ISUID;
	return keeps_set_gid && !(mode & S_IXGRP) ? mode
						  : mode & ~(mode_t)S_ISGID;
}

struct record owner_given(const struct record *shown, uint32_t user,
	uint32_t group, bool keeps_set_gid)
{
	const uint32_t none = (uint32_t)-1;
	struct record given = *shown;

	if (user != none)
		given.user = user;
	if (group != none)
		given.group = group;
	given.mode = owner_changed_mode(given.mode, keeps_set_gid);
	return given;
}
