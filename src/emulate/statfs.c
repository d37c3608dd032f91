/* SPDX-License-Identifier: MIT */
/*
 * statfs(2): what is on the host another directory is a file system of its own.
 *
 * Only the type is changed: it is the first word in all ABIs, and its upper
 * half, if it has one, is 0. The host's space is what a tmpfs of ours has.
 */
#include "emulate/handlers.h"
#include "emulate/paths.h"

#include "view/mounts.h"

#include <linux/magic.h>
#include <string.h>

static void statfs_exit(struct call *call)
{
	int out = row_index(call->row, OUT_STATFS);

	if (call->result == 0)
		guest_write(call->task, call->arguments[out],
			&call->saved.magic, sizeof(call->saved.magic));
}

/* 0: it is as the host says. */
static uint32_t magic_of(
	const struct process *process, const struct resolution *r)
{
	const struct binding *binding =
		r->has_guest ? view_find_binding(process->view, &r->guest)
			     : NULL;
	const char *type =
		binding ? mount_facts(process->standpoint, binding).type : NULL;

	if (type && strcmp(type, "tmpfs") == 0)
		return TMPFS_MAGIC;
	return type && strcmp(type, "ramfs") == 0 ? RAMFS_MAGIC : 0;
}

void statfs_enter(struct call *call)
{
	unsigned int path = (unsigned int)row_index(call->row, PATH_FOLLOW);
	const struct process *process = call->task->process;
	struct resolution *r;

	if (!process->standpoint) {
		rewrite_enter(call);
		return;
	}
	if (path_look_up_named(call, path, &r) != PATH_FOUND)
		return;
	path_set(call, path, r);
	call->saved.magic = magic_of(process, r);
	if (!call->is_done && !call->needs_exit && call->saved.magic != 0)
		call_at_exit(call, statfs_exit);
}
