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

/* Likewise, and what the last name leads to if it is a symlink that counts. */
enum translation translate_followed(struct agent_slot *slot);

/* Its last name is a symlink after all. */
enum translation translate_again(struct agent_slot *slot);

/* What a path argument names, as lstat(2) tells, in slot->seen; -errno. */
long look_at(struct agent_slot *slot, unsigned int argument);

/* Make the final call; a fake root's is seen again if it is denied. */
enum agent_action make_call(struct agent_slot *slot, enum agent_stage then,
	enum agent_review review);

/* --- shown.c: a fake root's calls --- */

/* AGENT_GO_ON: the kernel shall serve it, as for everybody. */
enum agent_action serve_shown(struct agent_slot *slot);

/*
 * Find slot->object, what the call is about; slot->seen tells of it then.
 * False: the call ends with *END.
 */
bool find_object(struct agent_slot *slot, enum agent_action *end);

/* Has it no record? When in doubt, it has. */
bool has_no_record(struct agent_slot *slot);

/* Likewise, and is it the user's own? */
bool is_plain(struct agent_slot *slot);

/* May what a call makes need a record? PATH: which argument names it. */
bool may_need_record(struct agent_slot *slot, unsigned int path);

/* --- changed.c: chmod(2), chown(2) and their relatives --- */

/* Is this mode, with its type, the one on the host, too? */
bool mode_is_plain(mode_t mode);

/* Like find_object(), of what can be changed without a record. */
bool find_plain(struct agent_slot *slot, enum agent_action *end);

/* Have it changed by the final call, which is prepared. */
enum agent_action change_mode(struct agent_slot *slot);

/* The final call has changed it. */
enum agent_action review_changed(struct agent_slot *slot);

enum agent_action serve_shown_chmod(struct agent_slot *slot);
enum agent_action serve_shown_chown(struct agent_slot *slot);

/* --- kept.c: extended attributes --- */

enum agent_action serve_shown_getxattr(struct agent_slot *slot);
enum agent_action serve_shown_setxattr(struct agent_slot *slot);
enum agent_action serve_shown_listxattr(struct agent_slot *slot);

#endif
