/* SPDX-License-Identifier: MIT */
/* The tracer's loop: wait for an event, act on it, let the guest go on. */
#ifndef TRACE_LOOP_H
#define TRACE_LOOP_H

#include "trace/session.h"

/*
 * Run until no guest is left. The exit status of the first one, as a shell
 * tells it: 128 + N when signal N has killed it.
 */
int loop_run(const struct session *session, int first);

#endif
