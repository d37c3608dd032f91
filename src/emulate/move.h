/* SPDX-License-Identifier: MIT */
/*
 * Permissions of rename(2) and link(2) for the shown identity. They are asked
 * about when their second path is there, in the order of the kernel's checks;
 * so what the first one led to is kept here until then.
 */
#ifndef EMULATE_MOVE_H
#define EMULATE_MOVE_H

#include "emulate/call.h"
#include "emulate/file.h"

/* Before a first path is looked up: the one of an earlier call does not count.
 */
void move_forget(void);

/* A path of such a call; only the first one is remembered. */
void move_remember(const struct file *file, enum argument kind);

/* FILE is the new name: 0 or -errno. */
int move_need_rename(struct call *call, const struct file *file);
int move_need_link(struct call *call, const struct file *file);

#endif
