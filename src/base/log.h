/* SPDX-License-Identifier: MIT */
/*
 * Messages to the user of proot.
 *
 * This is the only module that prints messages: one line on standard error,
 * "proot error: ...", "proot warning: ..." or "proot info: ...", handed to the
 * kernel by one write(2) of at most PIPE_BUF bytes, so that the lines of
 * processes that share a pipe or a file never interleave. A longer message is
 * cut and ends in "...". Control characters are shown as '?': a path that
 * holds a newline cannot forge a line. errno is left as it was.
 *
 * What is shown depends on the level (-v, PROOT_VERBOSE):
 *
 *	below 0  errors
 *	0        and warnings
 *	1        and what was bound                    LOG_BINDINGS
 *	2        and what each call translated to      LOG_CALLS
 *	3        and what each event was               LOG_EVENTS
 *
 * Not dual code: it uses libc and a large stack array.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdbool.h>

enum { LOG_BINDINGS = 1, LOG_CALLS = 2, LOG_EVENTS = 3 };

#define LOG_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* What is shown. Written by log_set_level() only. */
extern int log_threshold;
void log_set_level(int level);

/* Whether messages of this level are shown: ask before preparing costly ones.
 */
static inline bool log_enabled(int level)
{
	return level <= log_threshold;
}

/* Something that was asked for cannot be done. Shown at every level. */
void log_error(const char *format, ...) LOG_PRINTF(1, 2);

/* Something differs from what was asked for, and proot goes on. */
void log_warning(const char *format, ...) LOG_PRINTF(1, 2);

/* An info message for those who asked for this level or a higher one. */
void log_debug(int level, const char *format, ...) LOG_PRINTF(2, 3);

#endif
