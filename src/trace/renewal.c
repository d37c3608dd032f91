/* SPDX-License-Identifier: MIT */
/* Believing in execve(2). */
#include "trace/renewal.h"

#include "emulate/exec.h"
#include "emulate/identity.h"
#include "emulate/plans.h"
#include "trace/agent.h"
#include "trace/dispatch.h"

#include <signal.h>
#include <sys/ptrace.h>

/* Who starts by which plan. */
static struct tracee *renewing[AGENT_PLANS];
static unsigned int count;

static void tell_exec(
	const struct session *session, struct tracee *tracee, bool tells)
{
	long options =
		session->options & ~(tells ? 0 : (long)PTRACE_O_TRACEEXEC);

	if (tracee->tells_exec != tells &&
		ptrace(PTRACE_SETOPTIONS, tracee->task.tid, 0, options) == 0)
		tracee->tells_exec = tells;
}

/*
 * With other threads its number may change; with another identity, or a name
 * for its directory, there is more to be told to the agent.
 */
static bool changes_little(const struct tracee *tracee)
{
	const struct task *task = &tracee->task;

	return task->process->references == 1 &&
	       !task->process->has_other_name &&
	       !tracee->space->identity.is_other &&
	       identity_is_same(task->identity, task->exec->identity);
}

void renewal_choose(const struct session *session, struct tracee *tracee,
	bool returns_by_stub)
{
	struct pending_exec *exec = tracee->task.exec;
	bool is_quiet = exec && exec->number != 0 && session->has_seize &&
			returns_by_stub && changes_little(tracee);

	if (is_quiet)
		exec->is_published = plan_publish(exec->number, exec->plan);
	is_quiet = is_quiet && exec->is_published;
	tell_exec(session, tracee, !is_quiet);
	if (!is_quiet || tracee->tells_exec)
		return;
	plan_hold(exec->number, true);
	renewing[exec->number - 1] = tracee;
	tracee->is_renewing = true;
	count++;
	agent_settle();
}

static void forget(struct tracee *tracee)
{
	unsigned int number = tracee->task.exec->number;

	plan_hold(number, false);
	renewing[number - 1] = NULL;
	tracee->is_renewing = false;
	count--;
}

void renewal_drop(struct tracee *tracee)
{
	if (!tracee->is_renewing)
		return;
	forget(tracee);
	exec_drop(&tracee->task);
}

static void renew(struct tracee *tracee)
{
	forget(tracee);
	if (tracee_renew(tracee, tracee->task.tid) < 0)
		kill(tracee->task.tid, SIGKILL);
	else
		dispatch_start_program(tracee);
}

void renewal_look(void)
{
	for (unsigned int i = 0; count > 0 && i < AGENT_PLANS; i++)
		if (renewing[i] && plan_is_done(i + 1))
			renew(renewing[i]);
}

void renewal_stop(struct tracee *tracee)
{
	if (registers_read(tracee->task.tid, &tracee->registers) == 0 &&
		!dispatch_is_on_way_back(tracee))
		renew(tracee);
}
