/* SPDX-License-Identifier: MIT */
/* What the agent's parts need of each other. */
#ifndef AGENT_SERVE_H
#define AGENT_SERVE_H

#include "agent/shared.h"
#include "agent/slot.h"
#include "emulate/lookup.h"
#include "emulate/record.h"

enum translation {
	TRANSLATED,
	PUNTED, /* the reason is in slot->call.result */
};

static inline void call_set_argument(
	struct agent_slot *slot, unsigned int argument, uint64_t value)
{
	slot->registers.call[1 + argument] = value;
}

/* What is remembered for a short time is judged by one moment of a call. */
static inline uint64_t time_of(struct agent_slot *slot)
{
	if (slot->progress.time == 0)
		slot->progress.time = known_now();
	return slot->progress.time;
}

enum agent_action leave(struct agent_slot *slot, long result);

/* To the island's own instruction, which the tracer will see. */
enum agent_action punt(struct agent_slot *slot, enum agent_punt reason);
enum agent_action punt_refused(struct agent_slot *slot);

/* --- agent.c --- */

/* Make the final call; a fake root's is seen again if it is denied. */
enum agent_action make_call(struct agent_slot *slot, enum agent_stage then,
	enum agent_review review);

/* What a path argument names, as lstat(2) tells, in slot->seen; -errno. */
long look_at(struct agent_slot *slot, unsigned int argument);

/* The row's paths are translated: have the call made. */
enum agent_action call_translated(struct agent_slot *slot);

/* A directory has moved, or may be barred: nothing of them is known. */
void forget_directories(void);

/* The final call: another number; or the guest's own number and arguments. */
void call_set_number(struct agent_slot *slot, long number);
void begin_call(struct agent_slot *slot);

/* Is there something to follow at the path's end? As readlink(2). */
long look_for_link(const struct agent_slot *slot);

/*
 * Does it tell, asked not to follow the last name, whether that is a symlink?
 * stat(2) does, and who asks for an access control list.
 */
bool tells_links(const struct agent_slot *slot);

/* The last name is a symlink to follow; or: look whether it is. Then call. */
enum agent_action follow_and_call(struct agent_slot *slot);
enum agent_action serve_following(struct agent_slot *slot);

/* Of what a fake root may do, the kernel does not know. */
enum agent_action leave_unless_denied(struct agent_slot *slot, long result);

/* --- access.c --- */

enum agent_action serve_access(struct agent_slot *slot);

/* --- open.c --- */

enum agent_action serve_open(struct agent_slot *slot);
enum agent_action serve_openat2(struct agent_slot *slot);
enum agent_action serve_truncate(struct agent_slot *slot);
enum agent_action review_open(struct agent_slot *slot);

/* --- translate.c --- */

/*
 * Translate a path argument. A symlink at its end is not looked for yet:
 * slot->progress.follows says that it counts.
 */
enum translation translate(struct agent_slot *slot, unsigned int argument);

/* All of the row's path arguments. */
enum translation translate_all(struct agent_slot *slot);

/* Likewise, and what the last name leads to if it is a symlink that counts. */
enum translation translate_followed(struct agent_slot *slot);

/* Does the guest's path lead from a directory to what is below it, as named? */
bool goes_down(const struct agent_slot *slot);

/* Its last name is a symlink after all. */
enum translation translate_again(struct agent_slot *slot);

/* --- records.c --- */

enum recorded {
	RECORD_NONE,
	RECORD_FOUND,
	RECORD_UNKNOWN, /* the tracer can tell */
};

enum recorded find_record(struct agent_slot *slot, struct record *record);

/* 0 or -errno; who read it before still holds the lock. */
long write_record(struct agent_slot *slot, const struct record *record);
long remove_record(struct agent_slot *slot);

/* Has slot->object this attribute? When in doubt, it has. */
bool has_attribute(struct agent_slot *slot, const char *name);

/* Has slot->object, whose mode is not all? When in doubt, it has. */
bool has_access_list(struct agent_slot *slot);

/* How often records have changed; what is known of them holds until then. */
uint64_t record_changes_so_far(void);

/*
 * Has the directory that a path argument's last name is in, PARENT on the host,
 * a default access control list? When in doubt, it has.
 */
bool has_default_list(
	struct agent_slot *slot, unsigned int argument, const char *parent);

/* Do this while the lock of records is held; or else the tracer does. */
enum agent_action hold_records(struct agent_slot *slot,
	enum agent_action (*work)(struct agent_slot *slot));

/* --- shown.c: a fake root's calls --- */

/* AGENT_GO_ON: the kernel shall serve it, as for everybody. */
enum agent_action serve_shown(struct agent_slot *slot);

/*
 * Find slot->object, what the call is about; slot->seen tells of it then.
 * False: the call ends with *END.
 */
bool find_object(struct agent_slot *slot, enum agent_action *end);

/* Has the call flags that all of its kind know? */
bool flags_are_usual(const struct agent_slot *slot);

enum agent_action serve_shown_stat(struct agent_slot *slot);

/* getresuid(2), and getresgid(2). */
enum agent_action serve_ids(
	struct agent_slot *slot, uint32_t user, uint32_t group);

/*
 * Of slot->object, a descriptor by O_PATH, which the kernel's calls do not take
 * where the guest's own call may: by a path, or fstat(2). Null: that does not
 * take it either. The path is in slot->resolution.
 */
const char *path_of_descriptor(struct agent_slot *slot);

/* Fill slot->seen with what the kernel says of slot->object: 0 or -errno. */
long look_at_object(struct agent_slot *slot);

/* Of what is in slot->seen: its mode and so on, and is it proot's user's? */
uint32_t mode_of(const struct agent_slot *slot);
uint64_t device_of(const struct agent_slot *slot);
uint64_t inode_of(const struct agent_slot *slot);
struct timespec changed_of(const struct agent_slot *slot);
bool is_own(const struct agent_slot *slot);

/* How guests see it; RECORD_UNKNOWN: the tracer can tell. */
enum recorded find_shown(struct agent_slot *slot, struct record *shown);

/* Likewise, false then. */
bool read_shown(struct agent_slot *slot, struct record *shown);

/*
 * The directory that a path argument names something in, when that has been
 * translated: its path, of the same DIRFD; empty: that itself. False: it is too
 * long.
 */
bool name_parent(const struct agent_slot *slot, unsigned int argument,
	struct text *parent);

/* May what a call makes need a record? PATH: which argument names it. */
bool may_need_record(struct agent_slot *slot, unsigned int path);

/* --- other.c: calls of who is not all that the command line says --- */

/* AGENT_GO_ON: as above. */
enum agent_action serve_other(struct agent_slot *slot);

static inline bool is_other(void)
{
	return agent_space()->identity.is_other != 0;
}

/*
 * May it search all directories on the way to a path argument, which is in
 * slot->path (SIZE bytes)? When in doubt, it may not.
 */
bool may_search_way(struct agent_slot *slot, unsigned int argument, size_t size,
	unsigned int lookup);

/* May it open what a path argument names, with look_at()'s answer? */
bool other_may_open(struct agent_slot *slot, unsigned int path, uint64_t flags);

/* --- changed.c: chmod(2), chown(2) and their relatives --- */

/* A file that shall be changed. */
struct subject {
	bool has_record;
	struct record shown;
};

/* Like find_object(), of what can be changed here. */
bool find_changed(struct agent_slot *slot, struct subject *subject,
	enum agent_action *end);

/* Make it look so. The lock of records is held. */
enum agent_action change(struct agent_slot *slot, const struct subject *subject,
	const struct record *wanted);

enum agent_action serve_shown_chmod(struct agent_slot *slot);
enum agent_action serve_shown_chown(struct agent_slot *slot);

/* --- child.c: vfork(2), and what clone(2) and clone3(2) do like it --- */

enum agent_action serve_child(struct agent_slot *slot);

/* --- kept.c: extended attributes --- */

enum agent_action serve_shown_getxattr(struct agent_slot *slot);
enum agent_action serve_shown_setxattr(struct agent_slot *slot);
enum agent_action serve_shown_listxattr(struct agent_slot *slot);

#endif
