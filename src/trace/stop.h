/* SPDX-License-Identifier: MIT */
/* Letting a stopped guest go on, and waiting for its next stop. */
#ifndef TRACE_STOP_H
#define TRACE_STOP_H

#include "trace/session.h"
#include "trace/tracee.h"

/* What waitpid(2) tells. */
struct event {
	int tid;
	int status;
};

/* The next event of any guest. -ECHILD: there is no guest; -EINTR. */
int stop_wait(struct event *event);

/* Have events of several guests come at once? */
bool stop_is_crowded(void);

/* Is there such a guest, stopped or not? */
bool stop_is_guest(int tid);

void stop_kill(struct tracee *tracee);

/* Let it run to its next stop, delivering SIGNAL unless that is 0. */
void stop_resume(
	const struct session *session, struct tracee *tracee, int signal);

/* Leave it in its group-stop, until SIGCONT (PTRACE_LISTEN). */
void stop_listen(struct tracee *tracee);

/* Make it stop, in PTRACE_EVENT_STOP or sooner. False: that is impossible. */
bool stop_interrupt(struct tracee *tracee);

/*
 * Run the call that it is about to enter, to its exit. -ESRCH when it died, or
 * its number is that of a thread that has called execve(2): the event is kept
 * for stop_wait(), and nothing can be done with the guest any more.
 */
int stop_wait_exit(const struct session *session, struct tracee *tracee);

#endif
