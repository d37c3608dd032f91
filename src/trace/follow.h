/* SPDX-License-Identifier: MIT */
/*
 * Following the guests from processor to processor.
 *
 * Waking a tracer on another processor costs several times the stop itself
 * (an interrupt to a sleeping processor, and one back). So the tracer moves to
 * where its guests run. A move is costly too: it takes several stops in a row
 * on one other processor to bring it about. Guests are never moved.
 */
#ifndef TRACE_FOLLOW_H
#define TRACE_FOLLOW_H

/* Remember where the tracer may run. */
void follow_begin(void);

/* The thread TID has stopped for a call. */
void follow_stop(int tid);

#endif
