/* SPDX-License-Identifier: MIT */
/*
 * Plans (stub/plan.h) that lie where all guests see them. The stub of a program
 * finds its own by the name that the kernel has executed, and says when it is
 * done with it. Where there is no agent there are none of these.
 */
#ifndef EMULATE_PLANS_H
#define EMULATE_PLANS_H

#include "agent/layout.h"

#include <stdbool.h>

/* AGENT_PLANS of both: where they are, and whose tickets are done with. */
void plans_offer(struct agent_plan *shared, const uint64_t *done);

/* One for the process PID: its number from 1 on, or 0 if all are in use. */
unsigned int plan_take(int pid);

/*
 * What it is. False: it is too large, or does not let the stub say that it is
 * done; the stub will look into its own memory.
 */
bool plan_publish(unsigned int number, const struct plan *plan);

/* A process with one thread makes a call: it has started, or failed to. */
void plan_let_go(int pid);

/* Nobody will start by it after all; 0 is allowed. */
void plan_give_back(unsigned int number);

#endif
