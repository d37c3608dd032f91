/* SPDX-License-Identifier: MIT */
/* What an execve that is under way is about to change. */
#include "emulate/pending.h"

#include "emulate/identity.h"
#include "emulate/plans.h"

#include "program/origin.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static unsigned int under_way; /* as many of all tasks' are */

static void end(struct pending_exec *exec)
{
	under_way -= exec->is_under_way;
	exec->is_under_way = false;
}

void pending_exec_begin(struct pending_exec *exec)
{
	exec->is_under_way = true;
	under_way++;
}

/* --- one of them --- */

/*
 * One is needed for each execve, and gone soon after: for so few of a size the
 * allocator would ask the kernel each time.
 */
static struct pending_exec *spare;

struct pending_exec *pending_exec_new(void)
{
	struct pending_exec *exec = spare;

	spare = NULL;
	if (!exec)
		return calloc(1, sizeof(*exec));
	memset(exec, 0, offsetof(struct pending_exec, space));
	return exec;
}

void pending_exec_free(struct pending_exec *exec)
{
	if (!exec)
		return;
	end(exec);
	plan_give_back(exec->number);
	if (exec->plan != (struct plan *)exec->space)
		free(exec->plan);
	free(exec->program);
	identity_free(exec->identity);
	if (spare)
		free(exec);
	else
		spare = exec;
}

/* --- what others see of it --- */

/* So often, and a failed one is taken for that. */
#define ASKED_MAX 10000

bool pending_exec_is_under_way(struct task *task)
{
	struct pending_exec *exec = task->exec;

	if (exec && ++exec->asked > ASKED_MAX)
		end(exec);
	return exec && exec->is_under_way;
}

struct search {
	const struct file_id *file;
	bool is_found;
};

static void look_at(struct task *task, void *data)
{
	struct search *search = data;

	if (task->exec && task->exec->file.inode == search->file->inode &&
		task->exec->file.device == search->file->device)
		search->is_found |= pending_exec_is_under_way(task);
}

bool pending_exec_runs(const struct file_id *file)
{
	struct search search = {file, false};

	if (under_way > 0)
		task_each(look_at, &search);
	return search.is_found;
}

/* --- its end --- */

void pending_exec_settle(struct task *task)
{
	if (task->exec)
		end(task->exec);
	if (task->process->references > 1)
		return; /* another thread may be in the middle of one */
	plan_let_go(task->process->pid);
	if (task->exec)
		task->exec->number = 0;
}

void pending_exec_apply(struct pending_exec *exec, struct task *task)
{
	struct process *process = task->process;

	origin_judge(true);
	busy_remove(&process->file);
	process->file = exec->file;
	busy_add(&process->file);
	free(process->program);
	process->program = exec->program;
	exec->program = NULL;
	identity_free(task->identity);
	task->identity = exec->identity;
	exec->identity = NULL;
	task_set_dumpable(
		task, !task->identity || identity_is_one(task->identity));
}
