/* SPDX-License-Identifier: MIT */
/* A file as the tracer can reach it, and what the kernel says of it. */
#ifndef EMULATE_FILE_H
#define EMULATE_FILE_H

#include "view/path.h"

#include <linux/stat.h>
#include <stdbool.h>
#include <stdint.h>

struct file {
	struct host_path path;
	bool follows; /* a link at the end is followed: /proc/TID/fd/N */
};

/* What most callers want to know; the kernel adds what it has. */
#define FILE_MASK (STATX_BASIC_STATS | STATX_BTIME)

/* As statx(2) takes FLAGS and MASK: 0 or -errno. */
int file_stat(const struct file *file, unsigned int flags, unsigned int mask,
	struct statx *attributes);

/* The directory that a file is in: 0, or -ENOENT where that cannot be told. */
int file_parent(const struct file *file, struct file *parent);

/* Its xattr(7), by getxattr(2) and so on or, without FOLLOWS, lgetxattr(2). */
long file_get_attribute(
	const struct file *file, const char *name, void *value, size_t size);
int file_set_attribute(const struct file *file, const char *name,
	const void *value, size_t size, int flags);
int file_remove_attribute(const struct file *file, const char *name);
long file_list_attributes(const struct file *file, char *list, size_t size);

/* As stat(2) tells: symlinks at its end are followed. */
bool file_is_directory(const struct host_path *path);

#endif
