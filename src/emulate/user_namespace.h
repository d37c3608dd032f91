/* SPDX-License-Identifier: MIT */
/*
 * User namespaces of guests, see user_namespaces(7).
 *
 * A real one would shut the tracer out of the guest's memory. So it is a story
 * that the guest is told: its shown identity has all capabilities there, and
 * the ids that /proc/PID/uid_map and gid_map say. The kernel knows nothing of
 * it, and gives nothing for it.
 *
 * Writing to a map is not a call that stops. The guest writes to a file of
 * ours, and what it wrote counts from the next call of any guest on that stops.
 * A map that the kernel would have refused is lost without an error.
 */
#ifndef EMULATE_USER_NAMESPACE_H
#define EMULATE_USER_NAMESPACE_H

#include "emulate/call.h"
#include "view/procfs.h"

/* The number of a process's namespace; 0: the first. */
unsigned int user_namespace_number(const struct process *process);

/* A new one, within the one that the task is in. -errno as unshare(2). */
int user_namespace_enter(struct task *task);

struct user_namespace *user_namespace_share(struct user_namespace *namespace);
void user_namespace_leave(struct user_namespace *namespace);

/*
 * uid_map, gid_map or setgroups of a process: our file, or -ENOENT when the
 * kernel's own will do.
 */
int user_namespace_file(struct task *reader, const struct process *process,
	enum proc_kind kind, bool writes);

/* A host's id as the namespace of a process has it, when a map says so. */
uint32_t user_namespace_show(
	const struct process *process, bool is_group, uint32_t id);

/* Is some guest's map still to be written? Then look, at every stop. */
extern unsigned int user_namespaces_waiting;
void user_namespaces_look(void);

#endif
