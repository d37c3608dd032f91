/* SPDX-License-Identifier: MIT */
/* The table of tracees. */
#include "trace/tracee.h"

#include "base/field.h"
#include "emulate/current.h"
#include "emulate/identity.h"
#include "emulate/namespaces.h"
#include "emulate/pending.h"
#include "emulate/root.h"
#include "emulate/user_namespace.h"

#include <errno.h>
#include <linux/sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#define BUCKETS 1024

static struct tracee *table[BUCKETS];
static unsigned int threads; /* besides the first of each process */

static struct tracee **bucket(int tid)
{
	return &table[(unsigned int)tid % BUCKETS];
}

struct tracee *tracee_find(int tid)
{
	struct tracee *tracee = *bucket(tid);

	while (tracee && tracee->task.tid != tid)
		tracee = tracee->next;
	return tracee;
}

void tracee_each(void (*visit)(struct tracee *tracee))
{
	for (unsigned int i = 0; i < BUCKETS; i++)
		for (struct tracee *t = table[i]; t; t = t->next)
			visit(t);
}

void task_each(void (*visit)(struct task *task, void *data), void *data)
{
	for (unsigned int i = 0; i < BUCKETS; i++)
		for (struct tracee *t = table[i]; t; t = t->next)
			visit(&t->task, data);
}

/* --- what they share --- */

static void process_drop(struct process *process)
{
	if (!process || --process->references > 0)
		return;
	root_leave(process);
	user_namespace_leave(process->user_namespace);
	busy_remove(&process->file);
	free(process->directory);
	free(process->program);
	free(process);
}

static void space_drop(struct space *space)
{
	if (space && --space->references == 0)
		free(space);
}

static struct space *space_create(bool has_stub)
{
	struct space *space = calloc(1, sizeof(*space));

	if (space) {
		space->references = 1;
		space->has_stub = has_stub;
	}
	return space;
}

/* What fork(2) copies: all but the slots, which belong to threads. */
static struct space *space_copy(const struct space *from)
{
	struct space *space = space_create(from->has_stub);

	if (space) {
		*space = *from;
		space->references = 1;
		space->free_room = space->free_room_size = 0;
		memset(space->used_slots, 0, sizeof(space->used_slots));
	}
	return space;
}

static struct process *process_create(
	int pid, struct process *parent, bool shares_root)
{
	struct process *process = calloc(1, sizeof(*process));

	if (!process)
		return NULL;
	if (parent) {
		*process = *parent;
		root_inherit(process, parent, shares_root);
		user_namespace_share(process->user_namespace);
	}
	busy_add(&process->file);
	process->references = 1;
	process->pid = pid;
	process->directory =
		parent && parent->directory ? strdup(parent->directory) : NULL;
	process->program =
		parent && parent->program ? strdup(parent->program) : NULL;
	return process;
}

static int program_of(
	const struct viewer *viewer, int pid, struct guest_path *path)
{
	struct tracee *tracee = tracee_find(pid);
	struct tracee *asker = tracee_find(viewer->tid);
	const char *program;

	if (!tracee || !tracee->task.process)
		return -ESRCH;
	if (asker && pending_exec_is_under_way(&tracee->task)) {
		asker->has_to_wait = true;
		return -EAGAIN;
	}
	program = tracee->task.process->program;
	return program && text_set(&path->text, program, strlen(program)) == 0
		       ? 0
		       : -ESRCH;
}

static bool directory_of(int tid, struct guest_path *path)
{
	struct tracee *tracee = tracee_find(tid);
	const char *name;

	if (!tracee || !tracee->task.process)
		return false;
	name = tracee->task.process->directory;
	return name && text_set(&path->text, name, strlen(name)) == 0;
}

static void set_viewer(struct tracee *tracee)
{
	/* One call is entered at a time, so one workspace serves them all. */
	static struct resolution workspace;

	tracee->task.workspace = &workspace;
	tracee->task.viewer = (struct viewer){
		.pid = tracee->task.process->pid,
		.tid = tracee->task.tid,
		.program = program_of,
		.directory = directory_of,
	};
}

/* --- slots --- */

int tracee_take_slot(struct tracee *tracee)
{
	struct space *space = tracee->space;
	unsigned int count = space->has_few_slots ? SLOTS_SMALL : SLOT_COUNT;

	if (space->is_spoiled)
		return -1;
	if (tracee->slot >= 0 || !space->has_stub)
		return tracee->slot;
	for (unsigned int i = 0; i < count; i++) {
		uint32_t bit = 1u << i % 32;

		if (space->used_slots[i / 32] & bit)
			continue;
		space->used_slots[i / 32] |= bit;
		tracee->slot = (int)i;
		break;
	}
	return tracee->slot;
}

bool tracee_take_room(struct tracee *tracee, size_t size)
{
	struct space *space = tracee->space;

	if (space->free_room_size < size)
		return false;
	tracee->room = space->free_room;
	tracee->room_size = space->free_room_size;
	space->free_room_size = 0;
	return true;
}

static void leave_space(struct tracee *tracee)
{
	struct space *space = tracee->space;

	if (space && tracee->slot >= 0)
		space->used_slots[tracee->slot / 32] &=
			~(1u << tracee->slot % 32);
	if (space && tracee->room_size > space->free_room_size) {
		space->free_room = tracee->room;
		space->free_room_size = tracee->room_size;
	}
	tracee->slot = -1;
	tracee->room = tracee->room_size = 0;
	tracee->space = NULL;
	space_drop(space);
}

/* --- coming, going --- */

struct tracee *tracee_add(int tid)
{
	struct tracee *tracee = calloc(1, sizeof(*tracee));

	if (!tracee)
		return NULL;
	tracee->task.tid = tid;
	tracee->slot = -1;
	tracee->next = *bucket(tid);
	*bucket(tid) = tracee;
	return tracee;
}

static void unlink_tracee(struct tracee *tracee)
{
	struct tracee **at = bucket(tracee->task.tid);

	while (*at != tracee)
		at = &(*at)->next;
	*at = tracee->next;
}

void tracee_remove(struct tracee *tracee)
{
	struct task *task = &tracee->task;

	unlink_tracee(tracee);
	follow_forget(tracee);
	if (tracee->space && tracee->space->references > 1)
		tracee->space->has_stale_locks = true;
	leave_space(tracee);
	pending_exec_free(task->exec);
	identity_free(task->identity);
	free(task->creation);
	task_let_go(task);
	threads -= task->process && task->process->references > 1;
	process_drop(task->process);
	free(tracee);
}

static void name_directory(struct process *process, const char *name)
{
	struct guest_path guest;

	process->directory = strdup(name);
	process->has_other_name =
		text_set(&guest.text, name, strlen(name)) == 0 &&
		current_has_other_name(process->view, &guest);
}

int tracee_adopt(struct tracee *tracee, const struct session *session)
{
	tracee->task.process = process_create(tracee->task.tid, NULL, false);
	tracee->space = space_create(false);
	if (!tracee->task.process || !tracee->space)
		return -ENOMEM;
	root_begin(tracee->task.process, session->view);
	name_directory(tracee->task.process, session->directory_name);
	tracee->task.process->features = session->features;
	tracee->task.process->is_filtered = session->has_filter;
	/* A shown identity starts without whatever the real one has promised.
	 */
	tracee->task.process->has_no_new_privs =
		!identity_is_shown() &&
		prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
	/* Without a filter everything stops. */
	tracee->task.stops_for = session->has_filter ? session->features : ~0u;
	tracee->task.identity = identity_create();
	if (identity_is_shown() && !tracee->task.identity)
		return -ENOMEM;
	tracee->state = TRACEE_KNOWN;
	set_viewer(tracee);
	return 0;
}

/* What it had for the time being. */
static void disinherit(struct tracee *child)
{
	leave_space(child);
	identity_free(child->task.identity);
	process_drop(child->task.process);
	child->task.identity = NULL;
	child->task.process = NULL;
}

static int share(struct tracee *child, struct tracee *parent, uint64_t flags)
{
	if (child->task.process)
		disinherit(child);
	if (flags & CLONE_THREAD) {
		child->task.process = parent->task.process;
		child->task.process->references++;
		threads++;
	} else {
		child->task.process = process_create(child->task.tid,
			parent->task.process, (flags & CLONE_FS) != 0);
	}
	if (flags & CLONE_VM) {
		child->space = parent->space;
		child->space->references++;
	} else {
		child->space = space_copy(parent->space);
		if (child->space && parent->space->references > 1)
			child->space->has_stale_locks = true;
	}
	child->task.identity = identity_copy(parent->task.identity);
	if (!child->task.process || !child->space ||
		(parent->task.identity && !child->task.identity))
		return -ENOMEM;
	child->task.stops_for = parent->task.stops_for;
	set_viewer(child);
	return 0;
}

int tracee_inherit(struct tracee *child, struct tracee *parent, uint64_t flags)
{
	int status = share(child, parent, flags);

	if (status < 0)
		return status;
	follow_child(child, parent);
	return namespaces_enter(&child->task, &parent->task);
}

static struct tracee *parent_of(const struct tracee *child)
{
	struct field field;
	const char *number = status_field(child->task.tid, "PPid", &field);
	struct tracee *parent = tracee_find(number ? atoi(number) : 0);

	return parent && parent->state == TRACEE_KNOWN ? parent : NULL;
}

void tracee_inherit_early(struct tracee *child)
{
	struct tracee *parent;

	if (threads == 0)
		return;
	parent = parent_of(child);
	if (parent && share(child, parent, 0) < 0)
		disinherit(child);
}

int tracee_renew(struct tracee *tracee, int former)
{
	struct tracee *caller = NULL;

	if (former != tracee->task.tid)
		caller = tracee_find(former);
	if (caller) {
		/* The leader is gone; its number lives on in the caller. */
		int tid = tracee->task.tid;

		tracee_remove(tracee);
		unlink_tracee(caller);
		caller->task.tid = tid;
		caller->next = *bucket(tid);
		*bucket(tid) = caller;
		tracee = caller;
	}
	leave_space(tracee);
	tracee->space = space_create(true);
	if (!tracee->space)
		return -ENOMEM;
	if (tracee->task.process->references > 1) {
		/* Other threads are dying; a vfork child has its own. */
		tracee->task.process->references--;
		threads--;
		tracee->task.process = process_create(
			tracee->task.tid, tracee->task.process, true);
	}
	if (!tracee->task.process)
		return -ENOMEM;
	set_viewer(tracee);
	return 0;
}

long task_get_affinity(int tid, void *mask, size_t size)
{
	struct tracee *tracee = tracee_find(tid);

	return tracee ? follow_get_own(tracee, mask, size) : -ENOENT;
}

long task_set_affinity(int tid, const void *mask, size_t size)
{
	struct tracee *tracee = tracee_find(tid);

	return tracee ? follow_set_own(tracee, mask, size) : -ENOENT;
}

void task_set_dumpable(struct task *task, bool is_dumpable)
{
	((struct tracee *)task)->space->is_undumpable = !is_dumpable;
}

bool task_is_dumpable(const struct task *task)
{
	return !((const struct tracee *)task)->space->is_undumpable;
}

const struct process *task_process(int tid)
{
	struct tracee *tracee = tracee_find(tid);

	return tracee ? tracee->task.process : NULL;
}

const struct identity *task_identity(int tid)
{
	struct tracee *tracee = tracee_find(tid);

	return tracee ? tracee->task.identity : NULL;
}
