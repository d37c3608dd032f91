/* SPDX-License-Identifier: MIT */
/* waitpid(2) and ptrace(2)'s restarting requests. */
/*
 * waitpid(2) tells of the youngest guest that has an event. Whoever resumes
 * that one and asks again may never hear of the older ones: two or three young
 * guests that stop as fast as they are served keep all others waiting. So, as
 * soon as there is more than one, all events that have come are fetched, and
 * served in that order before the next are asked for. All: of a limited number,
 * as many young guests would keep the others waiting. One guest is enough for
 * that on a machine with one processor, where it may run whenever it is resumed
 * and stop before we ask: from time to time its events do not come alone.
 *
 * A stop that waits here may be overtaken: its guest is killed, or another
 * thread's execve takes its number. Then nothing is left of what had stopped.
 */
#include "trace/stop.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#define QUEUE_FIRST 64
#define STREAK_MAX  16

static struct {
	struct event *events;
	unsigned int size;
	unsigned int first;
	unsigned int end;
	int last;	     /* whose event was served last */
	unsigned int streak; /* how often it alone has been asked about since */
} queue;

static int event_fetch(struct event *event, int flags)
{
	event->tid = waitpid(-1, &event->status, __WALL | flags);
	return event->tid < 0 ? -errno : 0;
}

static void queue_forget(int tid)
{
	for (unsigned int i = queue.first; i < queue.end; i++)
		if (queue.events[i].tid == tid)
			queue.events[i].tid = 0;
}

/* Is there room for one more event? Without memory some guests wait longer. */
static bool queue_grow(void)
{
	unsigned int size = queue.size == 0 ? QUEUE_FIRST : queue.size * 2;
	struct event *longer;

	if (queue.end < queue.size)
		return true;
	longer = realloc(queue.events, size * sizeof(*longer));
	if (!longer)
		return false;
	queue.events = longer;
	queue.size = size;
	return true;
}

/* Whose event cannot be kept has no future. */
static void queue_add(const struct event *event)
{
	queue_forget(event->tid);
	if (queue_grow())
		queue.events[queue.end++] = *event;
	else
		kill(event->tid, SIGKILL);
}

/* All events that have come. */
static void queue_fill(void)
{
	struct event event;

	while (queue_grow() && event_fetch(&event, WNOHANG) == 0 &&
		event.tid != 0)
		queue_add(&event);
}

void session_hear(void)
{
	queue_fill();
}

/* What waitid(2) would tell; false: there is no such guest. */
static bool peek(int tid, siginfo_t *news)
{
	*news = (siginfo_t){0};
	return waitid(P_PID, (id_t)tid, news,
		       WSTOPPED | WEXITED | WNOWAIT | WNOHANG | __WALL) == 0;
}

/* Is there an event of this guest that has not been served yet? */
static bool has_news(int tid)
{
	siginfo_t news;

	for (unsigned int i = queue.first; i < queue.end; i++)
		if (queue.events[i].tid == tid)
			return true;
	return peek(tid, &news) && news.si_pid != 0;
}

bool stop_is_guest(int tid)
{
	siginfo_t news;

	return peek(tid, &news);
}

void stop_kill(struct tracee *tracee)
{
	kill(tracee->task.tid, SIGKILL);
}

/* Who has news goes on, or ends. */
bool task_is_stopped(int tid)
{
	struct tracee *tracee = tracee_find(tid);

	return tracee && tracee->is_stopped && !has_news(tid);
}

static bool queue_take(struct event *event)
{
	while (queue.first < queue.end) {
		*event = queue.events[queue.first++];
		if (event->tid != 0)
			return true;
	}
	queue.first = 0;
	queue.end = 0;
	return false;
}

bool stop_is_crowded(void)
{
	return queue.end > 1;
}

int stop_wait(struct event *event)
{
	int status;

	if (queue_take(event))
		return 0;
	status = event_fetch(event, 0);
	if (status < 0 ||
		(event->tid == queue.last && ++queue.streak < STREAK_MAX))
		return status;
	queue.last = event->tid;
	queue.streak = 0;
	if (!queue_grow())
		return 0;
	queue_add(event);
	queue_fill();
	queue_take(event);
	return 0;
}

void stop_resume(
	const struct session *session, struct tracee *tracee, int signal)
{
	bool by_call = !session->has_filter || tracee->in_call;

	tracee->is_stopped = false;
	if (tracee->is_overtaken)
		return;
	/* ESRCH: it was killed meanwhile; waitpid will tell. */
	ptrace(by_call ? PTRACE_SYSCALL : PTRACE_CONT, tracee->task.tid, 0,
		signal);
}

void stop_listen(struct tracee *tracee)
{
	ptrace(PTRACE_LISTEN, tracee->task.tid, 0, 0);
}

bool stop_interrupt(struct tracee *tracee)
{
	return ptrace(PTRACE_INTERRUPT, tracee->task.tid, 0, 0) == 0;
}

/*
 * The next event of one guest. Those of others are kept for later, but fetched:
 * the end of a thread is not told before those of all others in its process
 * have been heard, and execve(2) waits for that, too.
 */
static int wait_for(int tid, struct event *event)
{
	int status;

	for (;;) {
		status = event_fetch(event, 0);
		if (event->tid == tid || (status < 0 && status != -EINTR))
			return status;
		if (status == 0)
			queue_add(event);
	}
}

int stop_wait_exit(const struct session *session, struct tracee *tracee)
{
	bool entry_is_due = session->has_filter && session->filter_stops_first;
	int tid = tracee->task.tid;
	struct event event;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, tid, 0, 0) < 0 ||
			wait_for(tid, &event) < 0)
			return -ESRCH;
		if (!WIFSTOPPED(event.status) ||
			event.status >> 16 == PTRACE_EVENT_EXEC) {
			tracee->is_overtaken = true;
			queue_add(&event);
			return -ESRCH;
		}
		if (WSTOPSIG(event.status) != (SIGTRAP | 0x80))
			continue; /* cannot be before the call is over */
		if (!entry_is_due)
			return 0;
		entry_is_due = false;
	}
}
