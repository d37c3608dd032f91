/* SPDX-License-Identifier: MIT */
/*
 * What was learned of system call instructions, and the ways that were made.
 *
 * A seccomp stop proves that the bytes in front of the program counter are an
 * instruction. If dead bytes are near it (program/site.h), the tracer makes a
 * way to the agent there at once, and tells the agents of later processes, who
 * do so when they map the same file. The table is shared; only we write it.
 */
#ifndef TRACE_LEARNED_H
#define TRACE_LEARNED_H

#include "agent/layout.h"
#include "trace/tracee.h"

/* Where to tell the agents; once, before any guest runs. */
void learned_begin(struct agent_shared *shared);

/*
 * The tracee has stopped at a call that the agent could serve. If its
 * instruction can be made a way to the agent, that is done, and the tracee will
 * make its call again: true.
 */
bool learned_teach(struct tracee *tracee);

/* Lead all ways past the agent; no more are made by us. */
void learned_close(struct tracee *tracee);

/* Are there islands at this address? */
bool learned_place(struct tracee *tracee, uint64_t address);

/*
 * Is PC in an island, or in the bytes that lead to one? ISLAND is its address,
 * GUEST where it goes back to.
 */
bool learned_island(
	struct tracee *tracee, uint64_t pc, uint64_t *island, uint64_t *guest);

#endif
