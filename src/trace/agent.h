/* SPDX-License-Identifier: MIT */
/*
 * The tracer's half of the agent, see loader/agent/layout.h.
 *
 * It makes what all guests share, and tells each space what only that needs to
 * know; learned.h decides which system call instructions become ways to the
 * agent, and leave.h leads out of it. Nothing that guests can write is
 * believed.
 */
#ifndef TRACE_AGENT_H
#define TRACE_AGENT_H

#include "trace/session.h"
#include "trace/tracee.h"

/*
 * Make the agent available to this session's guests; before the first one.
 * 0, or why not: -errno; REASON says it in words.
 */
int agent_begin(const struct session *session, const char **reason);

/* The session is over. */
void agent_end(void);

/* Could the agent serve this call? */
bool agent_serves(long number);

/* If an agent wants to know it: which files had no record in earlier runs. */
void agent_fetch_earlier_runs(void);

/* Is the address in what is ours in every guest? */
bool agent_is_ours(uint64_t address);

/* Who held the lock of records by this number is out of the agent. */
void agent_free_records(uint64_t holder);

/* The agent has touched memory that is not there: count it. */
void agent_count_fault(void);

/*
 * Its program is about to start: find out who it is, for the agent. False: the
 * agent does not suit it.
 */
bool agent_identify(struct tracee *tracee);

/* The agent is there: tell it. */
void agent_introduce(struct tracee *tracee);

/* Does the agent still suit its process? */
void agent_check(struct tracee *tracee);

/*
 * Slots may be locked by somebody who is gone: other threads whose memory a
 * child has a copy of, or who shared the memory and was killed. When nobody but
 * this guest is left, which is at a stop of its own, all slots are free.
 */
void agent_free_locks(struct tracee *tracee);

/* A new guest is about to run. */
void agent_forked(struct tracee *child);

/* A directory may have moved: what guests remember is void. */
void agent_forget_directories(void);

/* A call that the tracer serves is about to be made, or has been. */
void agent_watch_call(struct call *call);
void agent_watch_result(const struct call *call);

#endif
