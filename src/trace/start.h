/* SPDX-License-Identifier: MIT */
/* The first guest, and what this kernel lets us do with it. */
#ifndef TRACE_START_H
#define TRACE_START_H

#include "trace/session.h"

/*
 * Fork the first guest and stop it right before its execve. Answers its
 * number, or -errno; SESSION learns what the kernel offers. WANTS_FILTER:
 * use seccomp if it is there.
 */
int start_first_guest(struct session *session, bool wants_filter);

#endif
