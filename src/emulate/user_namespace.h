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
#include "emulate/identity.h"
#include "view/procfs.h"

/* The number of a process's namespace; 0: the first. */
unsigned int user_namespace_number(const struct process *process);

/* A new one, within the one that the task is in. -errno as unshare(2). */
int user_namespace_enter(struct task *task);

/* References: one more, and one less. Null is the first namespace. */
struct user_namespace *user_namespace_share(struct user_namespace *namespace);
void user_namespace_leave(struct user_namespace *namespace);

/*
 * uid_map, gid_map or setgroups of a process: our file, or -ENOENT when the
 * kernel's own will do.
 */
int user_namespace_file(struct task *reader, const struct process *process,
	enum proc_kind kind, bool writes);

/*
 * Ids are kept as the first namespace has them. How a process sees one: 65534
 * where its namespace has no name for it.
 */
uint32_t user_namespace_show(
	const struct process *process, enum id_kind kind, uint32_t id);

/* What a process means by an id; -EINVAL. ID_NONE stays what it is. */
int user_namespace_take(
	const struct process *process, enum id_kind kind, uint32_t *id);

/* Does its namespace have names for both? */
bool user_namespace_maps(
	const struct process *process, uint32_t user, uint32_t group);

/* Is this the user 0 of its namespace, or of one around it? */
bool user_namespace_is_below_root(const struct process *process, uint32_t user);

/* setgroups(2): /proc/PID/setgroups may deny it. */
bool user_namespace_lets_set_groups(const struct process *process);

/* Is some guest's map still to be written? Then look, at every stop. */
extern unsigned int user_namespaces_waiting;
void user_namespaces_look(void);

#endif
