/* SPDX-License-Identifier: MIT */
/*
 * Files that have no record (emulate/record.h), remembered for the session.
 *
 * A record that is an attribute comes and goes with a new time of change. So a
 * file that had none, and has the same time as then, has none now; but only if
 * a change after that look must get another time. That is sure when the time
 * was already over when the tracer looked at the clock: that of files ticks, in
 * seconds at worst (the same thought as that of an index of git about files
 * that are "racily clean").
 *
 * What is remembered is a hash of file system, inode and time, at a place that
 * the inode's number tells, so that files of one directory share pages. The
 * tracer keeps it from run to run (trace/recordless.h), and fetches what
 * earlier runs knew when somebody asks for many.
 */
#ifndef AGENT_SETTLED_H
#define AGENT_SETTLED_H

#include "agent/slot.h"

/* Is this call for the tracer, so that it fetches that first? Once in a run. */
bool settled_wants_earlier_runs(const struct agent_slot *slot);

/* Of what slot->seen tells of: is it known to have none? */
bool settled_has_none(struct agent_slot *slot);

/* It had none, asked after that look. */
void settled_note(const struct agent_slot *slot);

#endif
