/* SPDX-License-Identifier: MIT */
/*
 * Files that have no record (emulate/record.h), remembered for the session.
 *
 * A record that is an attribute comes and goes with a new time of change. So a
 * file that had none, and has the same time as then, has none now; but only if
 * a change after that look must get another time. That is sure when the time
 * was already over when the tracer looked at the clock, and that before anybody
 * asked: the clock of files ticks, in seconds at worst (the same thought as
 * that of an index of git about files that are "racily clean").
 *
 * What is remembered is a hash of file system, inode and time, at a place that
 * the inode's number tells, so that files of one directory share pages. Tracer
 * and agents share one table; recordless.h keeps it from run to run. Dual code.
 */
#ifndef EMULATE_SETTLED_H
#define EMULATE_SETTLED_H

#include "emulate/local.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define SETTLED_COUNT 0x20000 /* words of a table */

/*
 * Who asks for fewer files would pay more for the pages of the table, and what
 * earlier runs knew, than these save.
 */
#define SETTLED_MANY 16

struct settled_file {
	uint64_t device; /* st_dev */
	uint64_t inode;
	struct timespec changed; /* st_ctim */
};

/* Is it known to have none? */
bool settled_has_none(const uint64_t *table, const struct local *local,
	const struct settled_file *file);

/*
 * It had none, asked after that look, and after CALM (struct local) was read.
 * False: that may change without a trace, and is not remembered.
 */
bool settled_note(uint64_t *table, const struct local *local,
	const struct settled_file *file, int64_t calm);

#endif
