/* SPDX-License-Identifier: MIT */
/* Calls by which a guest would leave our sight, or see us. */
#include "emulate/credentials.h"
#include "emulate/handlers.h"
#include "emulate/seccomp.h"

#include <errno.h>
#include <linux/prctl.h>

/* A process that we could not look into would be lost: only its word counts. */
static void set_dumpable(struct call *call)
{
	uint64_t value = call->arguments[1];

	if (value > 1) {
		call_finish(call, -EINVAL);
		return;
	}
	task_set_dumpable(call->task, value == 1);
	call_finish(call, 0);
}

static void set_no_new_privs(struct call *call)
{
	const uint64_t *arguments = call->arguments;

	if (arguments[1] != 1 || arguments[2] || arguments[3] || arguments[4])
		return; /* EINVAL */
	call->task->process->has_no_new_privs = true;
}

static void get_no_new_privs(struct call *call)
{
	const uint64_t *arguments = call->arguments;

	if (arguments[1] || arguments[2] || arguments[3] || arguments[4])
		return; /* EINVAL */
	call_finish(call, call->task->process->has_no_new_privs);
}

void prctl_enter(struct call *call)
{
	struct process *process = call->task->process;

	switch ((int)call->arguments[0]) {
	case PR_SET_DUMPABLE:
		set_dumpable(call);
		break;
	case PR_GET_DUMPABLE:
		call_finish(call, task_is_dumpable(call->task));
		break;
	case PR_SET_NO_NEW_PRIVS:
		set_no_new_privs(call);
		break;
	case PR_GET_NO_NEW_PRIVS:
		get_no_new_privs(call);
		break;
	case PR_SET_SECCOMP:
		seccomp_prctl(call);
		break;
	case PR_SET_TSC:		   /* the agent reads it */
	case PR_SET_SYSCALL_USER_DISPATCH: /* … and makes calls */
		task_drop_agent(call->task);
		break;
	case PR_GET_SECCOMP:
		if (!process->has_filter)
			call_finish(call, 0);
		break;
	default:
		credentials_prctl(call);
	}
}

/* --- ends --- */

/* Who is there to wait for is what matters; a call that blocks waits for us. */
void wait_enter(struct call *call)
{
	(void)call;
	session_hear();
}

/* --- affinity --- */

#define MASK_MAX 8192 /* bytes; the kernel's largest is 1024 */

static int affinity_tid(const struct call *call)
{
	int tid = (int)call->arguments[0];

	return tid == 0 ? call->task->tid : tid;
}

void getaffinity_enter(struct call *call)
{
	char mask[MASK_MAX];
	size_t size = call->arguments[1] & 0xffffffff;
	long result = task_get_affinity(
		affinity_tid(call), mask, size < MASK_MAX ? size : MASK_MAX);

	if (result == -ENOENT)
		return;
	if (result > 0 && guest_write(call->task, call->arguments[2], mask,
				  (size_t)result) < 0)
		result = -EFAULT;
	call_finish(call, result);
}

void setaffinity_enter(struct call *call)
{
	char mask[MASK_MAX];
	size_t size = call->arguments[1] & 0xffffffff;
	long result;

	if (size > MASK_MAX)
		size = MASK_MAX;
	if (guest_read(call->task, call->arguments[2], mask, size) < 0)
		return;
	result = task_set_affinity(affinity_tid(call), mask, size);
	if (result != -ENOENT)
		call_finish(call, result);
}
