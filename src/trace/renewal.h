/* SPDX-License-Identifier: MIT */
/*
 * execve(2) without its event.
 *
 * What the tracer has to do when an execve has succeeded is mostly to believe
 * in it: the plan can be where the stub looks, and nothing else depends on what
 * the kernel did. Then PTRACE_EVENT_EXEC is a stop too many. The stub says when
 * it is done, and a guest that stops before it has said so tells by its program
 * counter; until then the guest is `renewing`. If the call fails, it returns to
 * an instruction of the stub that tells.
 */
#ifndef TRACE_RENEWAL_H
#define TRACE_RENEWAL_H

#include "trace/session.h"
#include "trace/tracee.h"

/*
 * The tracee is about to make its execve: with its event or, if it returns by
 * the stub and all that changes is known, without.
 */
void renewal_choose(const struct session *session, struct tracee *tracee,
	bool returns_by_stub);

/* Something has happened somewhere: who runs its new program? */
void renewal_look(void);

/* A tracee that is renewing has stopped. */
void renewal_stop(struct tracee *tracee);

/* It is not renewing, or is not any more: its execve has failed, or it ends. */
void renewal_drop(struct tracee *tracee);

#endif
