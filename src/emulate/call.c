/* SPDX-License-Identifier: MIT */
/* What a handler may say about its call. */
#include "emulate/call.h"

#include "base/field.h"
#include "emulate/identity.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void call_finish(struct call *call, long result)
{
	call->is_done = true;
	call->result = result;
}

void call_set(struct call *call, unsigned int argument, uint64_t value)
{
	call->altered[argument] = value;
	call->changes |= 1u << argument;
}

void call_at_exit(struct call *call, call_function *on_exit)
{
	call->needs_exit = true;
	call->on_exit = on_exit;
}

int call_set_path(
	struct call *call, unsigned int argument, const struct host_path *path)
{
	uint64_t address;
	int status = call_place(
		call, path->text.bytes, path->text.length + 1, &address);

	if (status == 0)
		call_set(call, argument, address);
	return status;
}

int task_hold(struct task *task, int fd)
{
	if (task->held_count == HELD_MAX) {
		close(fd);
		return -ENFILE;
	}
	task->held[task->held_count++] = fd;
	return 0;
}

void task_let_go(struct task *task)
{
	while (task->held_count > 0)
		close(task->held[--task->held_count]);
}

void lent_path(int fd, struct host_path *path)
{
	char name[64];
	int size = snprintf(
		name, sizeof(name), "/proc/%d/fd/%d", (int)getpid(), fd);

	text_set(&path->text, name, (size_t)size);
}

struct identity *task_file_identity(const struct task *task)
{
	return identity_is_shown() ? task->identity : NULL;
}

bool task_is_capable(const struct task *task, int capability)
{
	return identity_has(task->identity, capability);
}

static bool kernel_lets(int tid, int capability)
{
	struct field field;
	const char *effective = status_field(tid, "CapEff", &field);

	return effective &&
	       (strtoull(effective, NULL, 16) >> capability & 1) != 0;
}

bool task_may(const struct task *task, int capability)
{
	return task->identity ? task_is_capable(task, capability)
			      : kernel_lets(task->tid, capability);
}

bool task_suits_agent(const struct task *task)
{
	const struct process *process = task->process;

	return !process->standpoint && !process->user_namespace &&
	       !process->has_filter &&
	       (!task->identity || identity_is_whole(task->identity) ||
		       (identity_host_user() != 0 &&
			       identity_is_mere(task->identity)));
}
