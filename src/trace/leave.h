/* SPDX-License-Identifier: MIT */
/*
 * Out of the agent: a guest that a signal finds on the way to it, inside, or on
 * the way back is put where it would be without us.
 */
#ifndef TRACE_LEAVE_H
#define TRACE_LEAVE_H

#include "trace/tracee.h"

/* SIGSYS tells where the call was made: not in an island. */
void leave_amend_trap(struct tracee *tracee);

/*
 * Has the agent made this child, which is at its first stop? Then that tells
 * its parent and clone(2)'s flags, as far as a guest's registers can be
 * believed.
 */
bool leave_is_newborn(struct tracee *child, int *parent, uint64_t *flags);

/* Such a child leaves the slot that it was made in, which is its parent's. */
void leave_newborn(struct tracee *child);

/* A signal is about to be delivered: leave the agent and its islands. */
void leave_settle(struct tracee *tracee);

/*
 * A guest that single-steps itself has made a step, and the registers are read.
 * True: it was the jump that a site has become; now it is at a call again, and
 * must not hear of that. What stood in front of a site it has done now.
 */
bool leave_step(struct tracee *tracee);

/*
 * A signal tells a fault at ADDRESS, and the registers are read: true if it was
 * the agent's, who touched memory of the guest that is not there. The guest
 * must not see it; it makes the call itself.
 */
bool leave_takes_fault(struct tracee *tracee, uint64_t address);

/*
 * Free the lock of records (emulate/record.h) if a guest that is stopped holds
 * it by this number, or nobody. False: somebody does, who runs.
 */
bool leave_free_idle(uint64_t number);

#endif
