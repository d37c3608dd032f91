/* SPDX-License-Identifier: MIT */
/*
 * New guests.
 *
 * A new guest announces itself twice, in any order: by its parent's event and
 * by its own first stop. It goes on when both have come. One that the agent has
 * made comes alone, and tells its parent (loader/agent/child.c). Whose parent
 * was killed before its event was heard is an orphan, and adopted after a
 * while; who was killed itself may have ended before that event.
 */
#ifndef TRACE_ARRIVAL_H
#define TRACE_ARRIVAL_H

#include "trace/session.h"
#include "trace/tracee.h"

void arrival_begin(const struct session *session);

/* One that nobody has told of has stopped. Null: no memory, it has to go. */
struct tracee *arrival_add(int tid);

/* It stops. True: for the first time, and that is all. */
bool arrival_stop(struct tracee *tracee, int signal, int event);

/* PARENT stops in EVENT, PTRACE_EVENT_CLONE or alike; it is to be resumed. */
void arrival_announced(struct tracee *parent, int event);

/* It has ended. */
void arrival_forget(const struct tracee *tracee);

/* Are there orphans, perhaps, to look after in a tick? */
bool arrival_is_awaited(void);
void arrival_tick(void);

#endif
