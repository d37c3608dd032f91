/* SPDX-License-Identifier: MIT */
/*
 * Events of guests, see ptrace(2). Those of new ones are in arrival.c.
 *
 * A stopped process (job control) must stay stopped, and yet see SIGCONT:
 * PTRACE_LISTEN does that. Without PTRACE_SEIZE it is parked in its stop, and
 * looked at from time to time.
 */
#include "trace/loop.h"

#include "base/field.h"
#include "base/log.h"
#include "trace/agent.h"
#include "trace/arrival.h"
#include "trace/counters.h"
#include "trace/dispatch.h"
#include "trace/follow.h"
#include "trace/leave.h"
#include "trace/stop.h"
#include "trace/tracee.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define STOP_TICKS 5

static struct {
	const struct session *session;
	int first; /* 0 once it has ended */
	int status;
	unsigned int parked;
	bool timer_runs;
	unsigned int stop_ticks; /* until we stop with the first guest; 0: no */
	int signals; /* bits: to hand on to the first guest; its handler adds */
	volatile sig_atomic_t tick;
} loop;

static void resume(struct tracee *tracee, int signal)
{
	stop_resume(loop.session, tracee, signal);
}

/* --- job control --- */

static int own_signals(void)
{
	return __atomic_load_n(&loop.signals, __ATOMIC_RELAXED);
}

static void run_timer(bool runs)
{
	const struct itimerval interval = {{0, FOLLOW_TICK}, {0, FOLLOW_TICK}};
	const struct itimerval none = {{0, 0}, {0, 0}};

	setitimer(ITIMER_REAL, runs ? &interval : &none, NULL);
}

static void set_timer(void)
{
	bool needed = loop.parked > 0 || arrival_is_awaited() ||
		      loop.stop_ticks > 0 || follow_needs_tick();

	if (needed != loop.timer_runs)
		run_timer(needed);
	loop.timer_runs = needed;
	if (own_signals() != 0) /* one came before that, and wants it */
		run_timer(true);
}

static unsigned long long signal_set(int tid, const char *name)
{
	struct field field;
	const char *set = status_field(tid, name, &field);

	return set ? strtoull(set, NULL, 16) : 0;
}

/* Signals that wait for a thread, or for its process. */
static unsigned long long pending_signals(int tid)
{
	return signal_set(tid, "SigPnd") | signal_set(tid, "ShdPnd");
}

/*
 * SIGCONT ends its stop. A stop signal that waits may have pushed SIGCONT out
 * of the queue: the guest goes on, and stops anew.
 */
static void unpark(struct tracee *tracee)
{
	const unsigned long long ends =
		1ull << (SIGCONT - 1) | 1ull << (SIGSTOP - 1) |
		1ull << (SIGTSTP - 1) | 1ull << (SIGTTIN - 1) |
		1ull << (SIGTTOU - 1);

	if (!tracee->is_parked || !(pending_signals(tracee->task.tid) & ends))
		return;
	tracee->is_parked = false;
	loop.parked--;
	resume(tracee, 0);
}

/*
 * Our own shell has to see that its job has stopped. Not at once: who has
 * stopped us all by SIGSTOP continues one after the other, and us perhaps
 * before the guest whose stop we see only then.
 */
static void stop_with(struct tracee *tracee)
{
	if (tracee->task.tid == loop.first &&
		getpgid(tracee->task.tid) == getpgrp())
		loop.stop_ticks = STOP_TICKS;
}

static void stop_tick(void)
{
	if (loop.stop_ticks == 0)
		return;
	if (!task_is_stopped(loop.first))
		loop.stop_ticks = 0;
	else if (--loop.stop_ticks == 0)
		raise(SIGSTOP);
}

static bool is_stop_signal(int signal)
{
	return signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
	       signal == SIGTTOU;
}

static void on_group_stop(struct tracee *tracee)
{
	tracee->is_stopped = true;
	if (loop.session->has_seize) {
		stop_listen(tracee);
	} else {
		tracee->is_parked = true;
		loop.parked++;
	}
	stop_with(tracee);
}

/* Without PTRACE_SEIZE only this tells it from a signal, ptrace(2). */
static bool is_old_group_stop(struct tracee *tracee, int signal)
{
	siginfo_t info;

	return !loop.session->has_seize && is_stop_signal(signal) &&
	       ptrace(PTRACE_GETSIGINFO, tracee->task.tid, 0, &info) < 0 &&
	       errno == EINVAL;
}

/* --- events --- */

static void on_exec(struct tracee *tracee)
{
	int tid = tracee->task.tid;
	unsigned long former = (unsigned long)tid;

	/* With other threads, any of them may have done it; Linux 3.0. */
	if (tracee->task.process->references > 1 &&
		(ptrace(PTRACE_GETEVENTMSG, tid, 0, &former) < 0 ||
			former == 0))
		former = (unsigned long)tid;
	if (tracee->is_parked)
		loop.parked--;
	tracee->is_parked = false;
	if (tracee_renew(tracee, (int)former) < 0) {
		kill(tid, SIGKILL);
		return;
	}
	tracee = tracee_find(tid);
	follow_stop(tracee);
	dispatch_start_program(tracee);
	resume(tracee, 0);
}

static void on_call_stop(struct tracee *tracee)
{
	if (tracee->entry_is_due) {
		tracee->entry_is_due = false;
	} else if (tracee->in_call) {
		dispatch_exit(tracee);
	} else {
		follow_stop(tracee);
		dispatch_enter(loop.session, tracee);
	}
	resume(tracee, 0);
}

/* Is it the kernel's, about the memory at *ADDRESS? */
static bool is_fault(struct tracee *tracee, int signal, uint64_t *address)
{
	siginfo_t info;

	if ((signal != SIGSEGV && signal != SIGBUS) ||
		ptrace(PTRACE_GETSIGINFO, tracee->task.tid, 0, &info) < 0 ||
		info.si_code <= 0)
		return false;
	*address = (uintptr_t)info.si_addr;
	return true;
}

/* Has it set the trap flag, and made one step? */
static bool is_step(struct tracee *tracee, int signal)
{
	siginfo_t info;

	return signal == SIGTRAP &&
	       ptrace(PTRACE_GETSIGINFO, tracee->task.tid, 0, &info) == 0 &&
	       info.si_code == TRAP_TRACE;
}

static void on_signal(struct tracee *tracee, int signal)
{
	uint64_t address;

	if (is_old_group_stop(tracee, signal)) {
		on_group_stop(tracee);
		return;
	}
	if (is_fault(tracee, signal, &address) &&
		dispatch_takes_fault(tracee, address)) {
		resume(tracee, 0);
		return;
	}
	if (is_step(tracee, signal) && dispatch_takes_step(tracee)) {
		resume(tracee, 0);
		return;
	}
	if (signal == SIGSYS)
		leave_amend_trap(tracee);
	dispatch_settle(tracee);
	resume(tracee, signal);
}

static void on_stop(struct tracee *tracee, int signal, int event)
{
	tracee->is_leaving = false;
	if (arrival_stop(tracee, signal, event))
		return;
	switch (event) {
	case PTRACE_EVENT_SECCOMP:
		follow_stop(tracee);
		if (loop.session->has_filter)
			dispatch_enter(loop.session, tracee);
		else
			dispatch_refuse(tracee);
		resume(tracee, 0);
		break;
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		arrival_announced(tracee, event);
		resume(tracee, 0);
		break;
	case PTRACE_EVENT_EXEC:
		on_exec(tracee);
		break;
	case PTRACE_EVENT_STOP:
		dispatch_settle(tracee);
		if (is_stop_signal(signal))
			on_group_stop(tracee);
		else
			resume(tracee, 0);
		break;
	default:
		if (signal == (SIGTRAP | 0x80))
			on_call_stop(tracee);
		else
			on_signal(tracee, signal);
	}
}

static void on_end(int tid, int status)
{
	struct tracee *tracee = tracee_find(tid);

	if (WIFSIGNALED(status))
		agent_forget_directories(); /* it may have been moving one */
	if (tracee && tracee->is_parked)
		loop.parked--;
	if (tracee)
		arrival_forget(tracee);
	if (tracee)
		tracee_remove(tracee);
	if (tid != loop.first)
		return;
	loop.first = 0;
	loop.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status)
					  : WEXITSTATUS(status);
	if (loop.session->kill_on_exit)
		tracee_each(stop_kill);
}

static const char *event_name(int status)
{
	switch (status >> 16) {
	case PTRACE_EVENT_SECCOMP:
		return "enters a call";
	case PTRACE_EVENT_FORK:
	case PTRACE_EVENT_VFORK:
	case PTRACE_EVENT_CLONE:
		return "has a child";
	case PTRACE_EVENT_EXEC:
		return "starts a program";
	case PTRACE_EVENT_STOP:
		return "is stopped";
	default:
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			return "enters or leaves a call";
		return "gets a signal";
	}
}

static void tell(const struct event *event)
{
	int status = event->status;

	if (WIFEXITED(status))
		log_debug(LOG_EVENTS, "%d exits with status %d", event->tid,
			WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		log_debug(LOG_EVENTS, "%d is killed by signal %d", event->tid,
			WTERMSIG(status));
	else
		log_debug(LOG_EVENTS, "%d %s (signal %d)", event->tid,
			event_name(status), WSTOPSIG(status) & 0x7f);
}

static void on_event(const struct event *event)
{
	struct tracee *tracee = tracee_find(event->tid);

	if (log_enabled(LOG_EVENTS))
		tell(event);
	if (!WIFSTOPPED(event->status)) {
		on_end(event->tid, event->status);
		return;
	}
	if (!tracee)
		tracee = arrival_add(event->tid);
	if (tracee)
		on_stop(tracee, WSTOPSIG(event->status), event->status >> 16);
}

/* --- signals --- */

/*
 * The terminal's signals reach the guests by themselves; ours are those that
 * somebody has sent to proot alone. One that comes just before the next event
 * is waited for would wait for that, too: the timer ends the waiting.
 */
static void on_own_signal(int signal, siginfo_t *info, void *context)
{
	(void)context;
	if (info->si_code > 0)
		return;
	__atomic_fetch_or(&loop.signals, 1 << signal, __ATOMIC_RELAXED);
	run_timer(true);
}

static void hand_on_signal(void)
{
	int signals = __atomic_exchange_n(&loop.signals, 0, __ATOMIC_RELAXED);

	loop.timer_runs = true;
	if (loop.first == 0)
		tracee_each(stop_kill);
	for (int signal = 1; loop.first != 0 && signal < 31; signal++)
		if (signals & 1 << signal)
			kill(loop.first, signal);
}

static void on_tick(void)
{
	loop.tick = 0;
	follow_tick();
	stop_tick();
	if (loop.parked > 0)
		tracee_each(unpark);
	arrival_tick();
}

static void on_alarm(int signal)
{
	(void)signal;
	loop.tick = 1;
}

static void take_signals(void)
{
	static const int handed_on[] = {
		SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
	struct sigaction action = {
		.sa_sigaction = on_own_signal, .sa_flags = SA_SIGINFO};

	for (size_t i = 0; i < sizeof(handed_on) / sizeof(handed_on[0]); i++)
		sigaction(handed_on[i], &action, NULL);
	signal(SIGTSTP, SIG_IGN);
	signal(SIGTTIN, SIG_IGN);
	signal(SIGTTOU, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN); /* a lease is wanted back, executable.c */
	/* Stops are waited for: no signal for each of them. */
	action = (struct sigaction){
		.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDSTOP};
	sigaction(SIGCHLD, &action, NULL);
	action = (struct sigaction){.sa_handler = on_alarm};
	sigaction(SIGALRM, &action, NULL);
}

int loop_run(const struct session *session, int first)
{
	struct event event;
	int status;

	loop.session = session;
	loop.first = first;
	take_signals();
	arrival_begin(session);
	follow_begin();
	for (;;) {
		set_timer();
		status = stop_wait(&event);
		if (status == -ECHILD)
			return loop.status;
		if (status == 0)
			on_event(&event);
		if (own_signals() != 0)
			hand_on_signal();
		if (loop.tick != 0)
			on_tick();
	}
}
