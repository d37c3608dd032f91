/* SPDX-License-Identifier: MIT */
/* waitpid(2) and ptrace(2)'s restarting requests. */
#include "trace/stop.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#ifndef PTRACE_LISTEN
#define PTRACE_LISTEN 0x4208
#endif

/* An event that was met while waiting for another one. */
static struct event kept;

int stop_wait(struct event *event)
{
	if (kept.tid != 0) {
		*event = kept;
		kept.tid = 0;
		return 0;
	}
	event->tid = waitpid(-1, &event->status, __WALL);
	return event->tid < 0 ? -errno : 0;
}

void stop_resume(
	const struct session *session, struct tracee *tracee, int signal)
{
	bool by_call = !session->has_filter || tracee->in_call;

	/* ESRCH: it was killed meanwhile; waitpid will tell. */
	ptrace(by_call ? PTRACE_SYSCALL : PTRACE_CONT, tracee->task.tid, 0,
		signal);
}

void stop_listen(struct tracee *tracee)
{
	ptrace(PTRACE_LISTEN, tracee->task.tid, 0, 0);
}

int stop_wait_exit(const struct session *session, struct tracee *tracee)
{
	bool entry_is_due = session->has_filter && session->filter_stops_first;
	int tid = tracee->task.tid;
	int status;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, tid, 0, 0) < 0)
			return -ESRCH;
		while (waitpid(tid, &status, __WALL) < 0)
			if (errno != EINTR)
				return -ESRCH;
		if (!WIFSTOPPED(status)) {
			kept = (struct event){tid, status};
			return -ESRCH;
		}
		if (WSTOPSIG(status) != (SIGTRAP | 0x80))
			continue; /* cannot be before the call is over */
		if (!entry_is_due)
			return 0;
		entry_is_due = false;
	}
}
