/* SPDX-License-Identifier: MIT */
/*
 * What stays the same as long as nothing is changed in a file, or directory:
 * the time of its last change, which no call can set.
 */
#ifndef PROGRAM_STAMP_H
#define PROGRAM_STAMP_H

#include <stdbool.h>
#include <sys/stat.h>

struct stamp {
	dev_t device;
	ino_t inode;
	struct timespec changed;
};

static inline struct stamp stamp_of(const struct stat *status)
{
	return (struct stamp){status->st_dev, status->st_ino, status->st_ctim};
}

static inline bool stamp_is_of(
	const struct stamp *stamp, const struct stat *status)
{
	return stamp->device == status->st_dev &&
	       stamp->inode == status->st_ino &&
	       stamp->changed.tv_sec == status->st_ctim.tv_sec &&
	       stamp->changed.tv_nsec == status->st_ctim.tv_nsec;
}

#endif
