/* SPDX-License-Identifier: MIT */
/* What tracer and agent ask alike of files and sites. Pure. */
#ifndef AGENT_SITE_H
#define AGENT_SITE_H

#include "agent/layout.h"

#include <sys/stat.h>

#define SITE_REACH 0x7ff00000ll /* of jmp rel32, and some pages less */

static inline bool site_reaches(uint64_t from, uint64_t to)
{
	int64_t distance = (int64_t)(to - from);

	return distance > -SITE_REACH && distance < SITE_REACH;
}

/* Is it the file that was learned of, unchanged? */
static inline bool agent_file_is(
	const struct agent_file *file, const struct stat *status)
{
	return file->inode == status->st_ino &&
	       file->device == status->st_dev &&
	       file->size == (uint64_t)status->st_size &&
	       file->modified[0] == status->st_mtim.tv_sec &&
	       file->modified[1] == status->st_mtim.tv_nsec &&
	       file->changed[0] == status->st_ctim.tv_sec &&
	       file->changed[1] == status->st_ctim.tv_nsec;
}

#endif
