/* SPDX-License-Identifier: MIT */
/* Guests that restrict themselves. */
#ifndef EMULATE_SECCOMP_H
#define EMULATE_SECCOMP_H

#include "emulate/call.h"

/* prctl(PR_SET_SECCOMP, …) */
void seccomp_prctl(struct call *call);

/* False: the task is in strict mode, and dies for the call. */
bool task_may_call(const struct task *task, long number);

#endif
