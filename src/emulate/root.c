/* SPDX-License-Identifier: MIT */
/* Standpoints of processes. */
#include "emulate/root.h"

#include "emulate/usage.h"

#include <errno.h>
#include <string.h>

/* The first namespace, from its root; made when it is needed. */
static struct {
	const struct view *view; /* the session's */
	struct standpoint *standpoint;
	bool has_changed;
} first;

static unsigned long last_sharing;

static void settle(struct process *process, struct standpoint *standpoint)
{
	standpoint_share(standpoint);
	standpoint_leave(process->standpoint);
	process->standpoint = standpoint;
	process->view = standpoint ? standpoint_view(standpoint) : first.view;
}

void root_begin(struct process *process, const struct view *view)
{
	first.view = view;
	process->sharing = ++last_sharing;
	settle(process, first.has_changed ? first.standpoint : NULL);
}

void root_inherit(
	struct process *child, struct process *parent, bool shares_root)
{
	child->standpoint = NULL; /* what was copied is its parent's */
	child->sharing = shares_root ? parent->sharing : ++last_sharing;
	settle(child, parent->standpoint);
}

void root_leave(struct process *process)
{
	standpoint_leave(process->standpoint);
	process->standpoint = NULL;
	usage_sweep();
}

void root_stop_sharing(struct process *process)
{
	process->sharing = ++last_sharing;
}

static struct standpoint *current(const struct process *process)
{
	if (process->standpoint)
		return process->standpoint;
	if (!first.standpoint)
		standpoint_create(first.view, &first.standpoint);
	return first.standpoint;
}

static void leave_session_view(struct task *task, void *unused)
{
	(void)unused;
	if (task->process && !task->process->standpoint)
		settle(task->process, first.standpoint);
}

struct standpoint *root_for_mounting(struct process *process)
{
	struct standpoint *standpoint = current(process);

	if (standpoint && !first.has_changed && first.standpoint &&
		standpoint_is_same_namespace(standpoint, first.standpoint)) {
		first.has_changed = true;
		session_drop_agent();
		task_each(leave_session_view, NULL);
	}
	return standpoint;
}

struct sharing {
	unsigned long number;
	struct standpoint *standpoint;
};

static void settle_sharer(struct task *task, void *data)
{
	const struct sharing *sharing = data;

	if (task->process && task->process->sharing == sharing->number)
		settle(task->process, sharing->standpoint);
}

static void settle_all(struct process *process, struct standpoint *standpoint)
{
	struct sharing sharing = {process->sharing, standpoint};

	task_each(settle_sharer, &sharing);
	standpoint_leave(standpoint);
}

int root_change(struct process *process, const struct guest_path *base)
{
	struct standpoint *from = current(process);
	struct standpoint *moved;
	int status = from ? standpoint_move(from, base, &moved) : -ENOMEM;

	if (status == 0)
		settle_all(process, moved);
	return status;
}

int root_change_covered(struct process *process, const struct host_path *base)
{
	struct standpoint *from = current(process);
	struct standpoint *moved;
	int status =
		from ? standpoint_move_covered(from, base, &moved) : -ENOMEM;

	if (status == 0)
		settle_all(process, moved);
	return status;
}

int root_unshare(struct process *process, unsigned int owner)
{
	struct standpoint *from = current(process);
	struct standpoint *copy;
	int status = from ? standpoint_copy(from, owner, &copy) : -ENOMEM;

	if (status < 0)
		return status;
	settle(process, copy);
	standpoint_leave(copy);
	root_stop_sharing(process);
	return 0;
}

unsigned int root_owner(const struct process *process)
{
	return process->standpoint ? standpoint_owner(process->standpoint) : 0;
}
