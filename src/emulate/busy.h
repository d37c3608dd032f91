/* SPDX-License-Identifier: MIT */
/*
 * Programs that guests are running: nobody may write to them (ETXTBSY).
 *
 * The kernel protects the file that it has executed, which for all guests is
 * proot itself; so their programs are remembered here.
 */
#ifndef EMULATE_BUSY_H
#define EMULATE_BUSY_H

#include <stdbool.h>
#include <sys/types.h>

struct file_id {
	dev_t device;
	ino_t inode; /* 0: no file */
};

/* One more process runs it, or one less. */
void busy_add(const struct file_id *file);
void busy_remove(const struct file_id *file);

/* Does any guest run it? */
bool busy_is(const struct file_id *file);

#endif
