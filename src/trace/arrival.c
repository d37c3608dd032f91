/* SPDX-License-Identifier: MIT */
/* New guests: see arrival.h. */
#include "trace/arrival.h"

#include "trace/agent.h"
#include "trace/follow.h"
#include "trace/leave.h"
#include "trace/stop.h"

#include <linux/kcmp.h>
#include <linux/sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ORPHAN_TICKS 50

static struct {
	const struct session *session;
	unsigned int unknown; /* guests whose parent's event has not come */
} arrivals;

void arrival_begin(const struct session *session)
{
	arrivals.session = session;
}

struct tracee *arrival_add(int tid)
{
	struct tracee *tracee = tracee_add(tid);

	if (tracee)
		arrivals.unknown++;
	else
		kill(tid, SIGKILL);
	return tracee;
}

void arrival_forget(const struct tracee *tracee)
{
	arrivals.unknown -= tracee->state == TRACEE_UNKNOWN;
}

bool arrival_is_awaited(void)
{
	return arrivals.unknown > 0;
}

static uint64_t clone_flags(struct tracee *parent, int event)
{
	const struct registers *registers = &parent->registers;
	const struct row *row;
	uint64_t flags = 0;

	if (registers_read(parent->task.tid, &parent->registers) < 0)
		return 0;
	row = row_find(ARCH_ABI, reg_number(registers));
	if (!row)
		return 0;
	if (row->handler == HANDLER_clone)
		return reg_argument(registers, 0);
	if (row->handler == HANDLER_clone3) {
		guest_read(&parent->task, reg_argument(registers, 0), &flags,
			sizeof(flags));
		return flags;
	}
	return event == PTRACE_EVENT_VFORK ? CLONE_VM | CLONE_VFORK : 0;
}

/* What we have changed of the call, it does not find in its registers. */
static void restore_arguments(struct tracee *child)
{
	struct call *call = &child->call;

	if (!call->changes)
		return;
	if (registers_read(child->task.tid, &child->registers) == 0) {
		for (unsigned int i = 0; i < ARGUMENTS; i++)
			if (call->changes & 1u << i)
				reg_set_argument(&child->registers, i,
					call->arguments[i]);
		registers_write(child->task.tid, &child->registers);
	}
	call->changes = 0;
}

static void start_child(struct tracee *child)
{
	restore_arguments(child);
	agent_forked(child);
	stop_resume(arrivals.session, child, 0);
}

/* False: there is no memory for it, and it has to go. */
static bool take_child(
	struct tracee *child, struct tracee *parent, uint64_t flags)
{
	arrivals.unknown -= child->state == TRACEE_UNKNOWN;
	child->state = TRACEE_KNOWN;
	if (parent->in_call) {
		child->call.changes = parent->call.changes;
		memcpy(child->call.arguments, parent->call.arguments,
			sizeof(child->call.arguments));
	}
	if (tracee_inherit(child, parent, flags) < 0) {
		stop_kill(child);
		return false;
	}
	follow_stop(parent); /* the child has the mask of before */
	return true;
}

/*
 * The one that its parent tells of. Null: it was killed, and its end was heard
 * before its parent's event.
 */
static struct tracee *announced(int tid)
{
	struct tracee *child = tracee_find(tid);

	if (child || !stop_is_guest(tid))
		return child;
	child = tracee_add(tid);
	if (child)
		child->state = TRACEE_EXPECTED;
	else
		kill(tid, SIGKILL);
	return child;
}

void arrival_announced(struct tracee *parent, int event)
{
	unsigned long tid = 0;
	struct tracee *child = NULL;
	bool has_stopped;

	agent_free_locks(parent);
	/* ESRCH: it was killed, too. */
	if (ptrace(PTRACE_GETEVENTMSG, parent->task.tid, 0, &tid) == 0 &&
		tid != 0)
		child = announced((int)tid);
	has_stopped = child && child->state == TRACEE_UNKNOWN;
	if (child && child->state != TRACEE_KNOWN &&
		take_child(child, parent, clone_flags(parent, event))) {
		if (has_stopped)
			start_child(child);
		else
			child->state = TRACEE_EXPECTED;
	}
}

/*
 * By kcmp(2). A number may have another owner by now: after a thread's
 * execve(2) the leader's, even if that has just made a child.
 */
static bool have_same_memory(const struct tracee *one, const struct tracee *two)
{
	return syscall(SYS_kcmp, one->task.tid, two->task.tid, KCMP_VM, 0ul,
		       0ul) <= 0;
}

/* No event of its parent will come, which waits for it in the agent. */
static void start_newborn(struct tracee *child)
{
	struct tracee *parent;
	uint64_t flags;
	int tid;

	if (!leave_is_newborn(child, &tid, &flags))
		return;
	parent = tracee_find(tid);
	if (!parent || parent->state != TRACEE_KNOWN ||
		!have_same_memory(child, parent) ||
		!take_child(child, parent, flags))
		return;
	leave_newborn(child);
	start_child(child);
}

/*
 * Its parent was killed between making it and telling so. What it has inherited
 * early must do, or else as little as will do: what it really shares cannot be
 * known any more.
 */
static void adopt_orphan(struct tracee *tracee)
{
	uint64_t flags;
	int parent;

	if (tracee->state != TRACEE_UNKNOWN || ++tracee->ticks < ORPHAN_TICKS)
		return;
	arrivals.unknown--;
	tracee->state = TRACEE_KNOWN;
	if (!tracee->task.process) {
		if (tracee_adopt(tracee, arrivals.session) < 0) {
			stop_kill(tracee);
			return;
		}
		tracee->space->has_stub = true;
		tracee->space->is_spoiled = true;
	}
	if (leave_is_newborn(tracee, &parent, &flags))
		leave_newborn(tracee);
	start_child(tracee);
}

bool arrival_stop(struct tracee *tracee, int signal, int event)
{
	bool is_first = arrivals.session->has_seize ? event == PTRACE_EVENT_STOP
						    : signal == SIGSTOP;

	if (tracee->state == TRACEE_KNOWN)
		return false;
	if (tracee->state == TRACEE_UNKNOWN) {
		start_newborn(tracee); /* or else its parent's event will */
		if (tracee->state == TRACEE_UNKNOWN)
			tracee_inherit_early(tracee);
		return true;
	}
	if (!is_first)
		return false;
	tracee->state = TRACEE_KNOWN;
	start_child(tracee);
	return true;
}

void arrival_tick(void)
{
	if (arrivals.unknown > 0)
		tracee_each(adopt_orphan);
}
