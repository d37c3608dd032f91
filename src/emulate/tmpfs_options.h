/* SPDX-License-Identifier: MIT */
/* The options of tmpfs and ramfs, tmpfs(5). */
#ifndef EMULATE_TMPFS_OPTIONS_H
#define EMULATE_TMPFS_OPTIONS_H

#include "emulate/call.h"

#include <stdbool.h>
#include <stdint.h>

struct tmpfs_options {
	uint32_t mode;
	uint32_t user;
	uint32_t group;
};

/*
 * Change what TEXT, the last argument of mount(2), asks for. TEXT is taken
 * apart. -EINVAL where the kernel says so: parse_monolithic and parse_param of
 * Linux 6.18, in mm/shmem.c, fs/ramfs/inode.c and fs/fs_context.c.
 */
int tmpfs_options_read(const struct process *process, char *text, bool is_ramfs,
	struct tmpfs_options *options);

#endif
