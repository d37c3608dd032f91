/* SPDX-License-Identifier: MIT */
/*
 * How often guests stopped, and for which calls: for `make bench`, and for
 * people who want to know where their time goes. PROOT_COUNTERS names a file to
 * which one line for each counter is appended at the end: "KIND.NAME COUNT".
 */
#ifndef TRACE_COUNTERS_H
#define TRACE_COUNTERS_H

#include "agent/layout.h"
#include "syscall/row.h"

/* FILE is PROOT_COUNTERS, or null. */
void counters_begin(const char *file);

/* Shall the agents count, too? */
bool counters_are_wanted(void);

/* A guest has stopped for a call. */
void counters_add_call(long number);

/* Append it all. COMMON, what the agents have counted, may be null. */
void counters_write(const struct agent_common *common);

#endif
