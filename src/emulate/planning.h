/* SPDX-License-Identifier: MIT */
/* From a program that was found to the plan by which the stub starts it. */
#ifndef EMULATE_PLANNING_H
#define EMULATE_PLANNING_H

#include "emulate/pending.h"
#include "program/origin.h"
#include "program/program.h"

struct planning {
	const struct task *task;
	const struct program *program;
	const struct origin *origin; /* what the kernel executes */
	const char *name;	     /* as bprm->filename is made, fs/exec.c */
	size_t name_capacity; /* what of it fits on the stack, with its NUL */
	bool by_descriptor;   /* there is no other name */
};

/* Find out about this system; before any guest. */
void planning_set_up(void);

/* Programs may have the agent: these files, of SHARED so many bytes. */
void planning_offer_agent(int common, int shared, uint64_t size);

/*
 * Make PENDING's plan, and who the process will be. -ENOMEM; -EPERM: a file's
 * capabilities cannot be had.
 */
int planning_make(
	const struct planning *planning, struct pending_exec *pending);

#endif
