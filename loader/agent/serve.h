/* SPDX-License-Identifier: MIT */
/* What the agent's parts need of each other. */
#ifndef AGENT_SERVE_H
#define AGENT_SERVE_H

#include "agent/slot.h"

enum translation {
	TRANSLATED,
	PUNTED, /* the reason is in slot->call.result */
};

static inline void call_set_argument(
	struct agent_slot *slot, unsigned int argument, uint64_t value)
{
	slot->registers.call[1 + argument] = value;
}

enum agent_action leave(struct agent_slot *slot, long result);

/* To the island's own instruction, which the tracer will see. */
enum agent_action punt(struct agent_slot *slot, enum agent_punt reason);
enum agent_action punt_refused(struct agent_slot *slot);

/* --- translate.c --- */

/*
 * Translate a path argument. A symlink at its end is not looked for yet:
 * slot->follows says that it counts.
 */
enum translation translate(struct agent_slot *slot, unsigned int argument);

/* All of the row's path arguments. */
enum translation translate_all(struct agent_slot *slot);

/* Its last name is a symlink after all. */
enum translation translate_again(struct agent_slot *slot);

/* What a path argument names, as lstat(2) tells, in slot->seen; -errno. */
long look_at(struct agent_slot *slot, unsigned int argument);

/* shown.c: the stat family for a fake root. */
enum agent_action serve_shown_stat(struct agent_slot *slot);

#endif
