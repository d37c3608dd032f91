/* SPDX-License-Identifier: MIT */
/*
 * Memory in the guest for what the tracer puts there during a call: the six
 * original arguments, for the way back, and then new paths and structures.
 *
 * A thread has a slot in an area that the stub made; a thread without one (and
 * the very first guest, before its first program) uses memory of its own or,
 * before there is a stub, its stack. What is placed is gathered here and
 * written once. One call is entered at a time, so there is one gathering.
 */
#ifndef TRACE_SCRATCH_H
#define TRACE_SCRATCH_H

#include "trace/tracee.h"

/* Start gathering for the tracee's call. */
void scratch_begin(struct tracee *tracee);

/* More room was asked for than there is: how much; 0 if it sufficed. */
size_t scratch_missing(void);

/*
 * Write it all: 0 or -errno. -EAGAIN: the guest has spoiled the place that the
 * stub made; from now on it needs another one.
 */
int scratch_commit(struct tracee *tracee);

/* Where the block of original arguments is. */
uint64_t scratch_block(void);

#endif
