/* SPDX-License-Identifier: MIT */
/*
 * execve: from its entry, where everything is checked and the kernel is sent
 * to proot's own binary, to its event, where the stub gets its plan.
 */
#ifndef EMULATE_EXEC_H
#define EMULATE_EXEC_H

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

/* Find out about our own binary and this system; before any guest. */
void exec_set_up(void);

/* Programs may have the agent: these files, of SHARED so many bytes. */
void exec_offer_agent(int common, int shared, uint64_t size);

/*
 * Is the task about to run another program? Others are told before its tracer
 * that it does: whoever vfork(2) or a close-on-exec pipe has held back until
 * then. One that has failed seems to be under way until the task's next call;
 * after some thousand questions it is taken for that.
 */
bool exec_is_under_way(struct task *task);

/* Is some task about to run this file? Likewise. */
bool exec_is_starting(const struct file_id *file);

/* The task makes a call: it is done with its last execve. */
void exec_settle(struct task *task);

/* The task runs the new program now. */
void pending_exec_apply(struct pending_exec *exec, struct task *task);

/* Null is allowed. */
void pending_exec_free(struct pending_exec *exec);

#endif
