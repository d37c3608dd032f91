/* SPDX-License-Identifier: MIT */
/*
 * An execve from its entry, where all is decided, to its event: what the
 * process will be then. Others may ask about it meanwhile.
 */
#ifndef EMULATE_PENDING_H
#define EMULATE_PENDING_H

#include "emulate/call.h"
#include "stub/plan.h"

struct pending_exec {
	struct plan *plan;    /* in SPACE, or allocated */
	unsigned int number;  /* where the stub looks for it, see plans.h */
	bool is_from_starter; /* program/starter.h */
	bool is_small;	      /* … with few slots */
	char *program; /* guest path for the process; allocated or null */
	struct file_id file;
	struct identity *identity; /* the program's; null: none is shown */
	bool is_under_way;	   /* neither done nor known to have failed */
	unsigned int asked;	   /* how often somebody waited for that */
	uint64_t space[1536 / 8];  /* last: it is not cleared */
};

/* All zero; null: there is no memory. */
struct pending_exec *pending_exec_new(void);

/* Null is allowed. */
void pending_exec_free(struct pending_exec *exec);

/* The kernel gets the call. */
void pending_exec_begin(struct pending_exec *exec);

/*
 * Is the task about to run another program? Others are told before its tracer
 * that it does: whoever vfork(2) or a close-on-exec pipe has held back until
 * then. One that has failed seems to be under way until the task's next call;
 * after some thousand questions it is taken for that.
 */
bool pending_exec_is_under_way(struct task *task);

/* Is some task about to run this file? Likewise. */
bool pending_exec_runs(const struct file_id *file);

/* The task makes a call: it is done with its last execve. */
void pending_exec_settle(struct task *task);

/* The task runs the new program now. */
void pending_exec_apply(struct pending_exec *exec, struct task *task);

#endif
