/* SPDX-License-Identifier: MIT */
/* A guest's system call, from its stop to its handler and back. */
#ifndef TRACE_DISPATCH_H
#define TRACE_DISPATCH_H

#include "trace/session.h"
#include "trace/tracee.h"

/* The tracee is about to enter a call. */
void dispatch_enter(const struct session *session, struct tracee *tracee);

/*
 * Where we have no filter: one of the guest's own asks for a tracer. It has
 * none, seccomp(2).
 */
void dispatch_refuse(struct tracee *tracee);

/* It has left the call. */
void dispatch_exit(struct tracee *tracee);

/*
 * A signal is about to be delivered: nobody may see that the guest is on its
 * way back from a call, so it gets there at once.
 */
void dispatch_settle(struct tracee *tracee);

/*
 * A signal tells that a guest which single-steps itself has made a step: true
 * if that was no step of its own code. It must not see it.
 */
bool dispatch_takes_step(struct tracee *tracee);

/*
 * A signal tells a fault at ADDRESS: true if it was ours, in the agent or on
 * the way back, where the guest has taken something away. It must not see it.
 */
bool dispatch_takes_fault(struct tracee *tracee, uint64_t address);

/* execve has succeeded: hand over to the stub. */
void dispatch_start_program(struct tracee *tracee);

#endif
