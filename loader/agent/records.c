/* SPDX-License-Identifier: MIT */
/*
 * Records (emulate/record.h) of what a call is about, which slot->seen tells
 * of: those in attributes are read and written here, of those beside the root
 * directory only the tracer knows more than whether there may be one.
 */
#include "agent/serve.h"

#include "emulate/acl.h"
#include "emulate/kept_names.h"
#include "emulate/lookup.h"
#include "emulate/settled.h"
#include "view/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

/* --- one at a time --- */

#define TRIALS 200 /* some microseconds: others need no more */

enum agent_action hold_records(struct agent_slot *slot,
	enum agent_action (*work)(struct agent_slot *slot))
{
	uint64_t *lock = &agent_common()->record_lock;
	uint64_t holder = known_now() * 2 + 2; /* the tracer is 1 */
	enum agent_action action;
	int trials = 0;

	slot->registers.lock = holder;
	while (!record_lock(lock, holder)) {
		if (++trials == TRIALS) {
			slot->registers.lock = 0;
			return punt(slot, PUNT_record);
		}
		__builtin_ia32_pause();
	}
	action = work(slot);
	record_unlock(lock, holder);
	slot->registers.lock = 0;
	return action;
}

/*
 * Before it and after it: what is seen meanwhile is not remembered, whoever is
 * stopped there.
 */
static void note_change(void)
{
	__atomic_fetch_add(
		&agent_common()->record_changes, 1, __ATOMIC_ACQ_REL);
}

/* --- beside the root directory --- */

static const struct record_summary *records(void)
{
	return (const struct record_summary *)agent_shared()->records;
}

/* Is there no line about it beside the root directory? */
static bool has_none_beside(struct agent_slot *slot)
{
	const struct record_summary *summary = records();
	struct stat status;

	if (record_may_be(summary, inode_of(slot)))
		return false;
	if (summary->path[0] == '\0' ||
		known_is_fresh(slot->records_seen, time_of(slot)))
		return true;
	/* Another proot may have written since. */
	status.st_size = 0;
	if (raw_syscall(__NR_stat, (long)summary->path, (long)&status, 0, 0, 0,
		    0) < 0)
		status.st_size = 0;
	if ((uint64_t)status.st_size != summary->size)
		return false;
	slot->records_seen = time_of(slot);
	return true;
}

/* --- in attributes --- */

/* Calls for attributes: by a path, a descriptor, or a name below one. */
enum attribute_call { GET, SET, REMOVE };

static const struct {
	uint16_t path;
	uint16_t followed;
	uint16_t descriptor;
	uint16_t name; /* Linux 6.13 */
} NUMBERS[] = {
	[GET] = {__NR_lgetxattr, __NR_getxattr, __NR_fgetxattr, 464},
	[SET] = {__NR_lsetxattr, __NR_setxattr, __NR_fsetxattr, 463},
	[REMOVE] = {__NR_lremovexattr, __NR_removexattr, __NR_fremovexattr,
		466},
};

static long call_by_name(struct agent_slot *slot, enum attribute_call which,
	const char *name, char *value, uint32_t size)
{
	const struct object *object = &slot->object;
	const struct attribute_arguments arguments = {(uint64_t)value, size, 0};
	struct host_path *path = &slot->resolution.host;
	long status = raw_syscall(NUMBERS[which].name, object->dirfd,
		(long)object->path, AT_SYMLINK_NOFOLLOW, (long)name,
		(long)&arguments, sizeof(arguments));

	if (status != -ENOSYS)
		return status;
	viewer_proc_path(&slot->task.viewer, object->dirfd, path);
	if (text_append(&path->text, "/", 1) < 0 ||
		text_append(&path->text, object->path, strlen(object->path)) <
			0)
		return -ENAMETOOLONG;
	return raw_syscall(NUMBERS[which].path, (long)path->text.bytes,
		(long)name, (long)value, size, 0, 0);
}

static long call_about(struct agent_slot *slot, enum attribute_call which,
	const char *name, char *value, uint32_t size)
{
	const struct object *object = &slot->object;
	long number = NUMBERS[which].path;
	long subject = (long)object->path;
	long status;

	if (object->path[0] == '\0' && object->dirfd == AT_FDCWD) {
		subject = (long)".";
	} else if (object->path[0] == '\0') {
		status = raw_syscall(NUMBERS[which].descriptor, object->dirfd,
			(long)name, (long)value, size, 0, 0);
		subject = status == -EBADF ? (long)path_of_descriptor(slot) : 0;
		if (subject == 0)
			return status;
		number = NUMBERS[which].followed;
	} else if (object->path[0] != '/' && object->dirfd != AT_FDCWD) {
		return call_by_name(slot, which, name, value, size);
	}
	return raw_syscall(
		number, subject, (long)name, (long)value, size, 0, 0);
}

static long call_about_record(struct agent_slot *slot,
	enum attribute_call which, char *value, uint32_t size)
{
	return call_about(slot, which, RECORD_ATTRIBUTE, value, size);
}

bool has_attribute(struct agent_slot *slot, const char *name)
{
	long status = call_about(slot, GET, name, NULL, 0);

	return status != -ENODATA && status != -EOPNOTSUPP;
}

long write_record(struct agent_slot *slot, const struct record *record)
{
	char text[RECORD_SIZE];
	size_t size = record_print(record, text);
	long status;

	note_change();
	status = call_about_record(slot, SET, text, (uint32_t)size);
	note_change();
	return status;
}

long remove_record(struct agent_slot *slot)
{
	long status;

	note_change();
	status = call_about_record(slot, REMOVE, NULL, 0);
	note_change();
	return status == -ENODATA ? 0 : status;
}

/* --- either --- */

static enum recorded find_beside(struct agent_slot *slot)
{
	return has_none_beside(slot) ? RECORD_NONE : RECORD_UNKNOWN;
}

static void count_question(void)
{
	if (agent_shared()->has_counters)
		__atomic_fetch_add(
			&agent_common()->records_asked, 1, __ATOMIC_RELAXED);
}

uint64_t record_changes_so_far(void)
{
	return __atomic_load_n(
		&agent_common()->record_changes, __ATOMIC_ACQUIRE);
}

/*
 * A file is asked about again and again while it is copied or unpacked. That it
 * had no record is true as long as no guest gets one, and for a short time,
 * since another proot may write one.
 */
static bool is_recordless(const struct recordless *entry,
	struct agent_slot *slot, uint64_t changes)
{
	return entry->inode == inode_of(slot) &&
	       entry->device == device_of(slot) && entry->changes == changes &&
	       known_is_fresh(entry->born, time_of(slot));
}

/* CHANGES there were before it was looked at. */
static void note_recordless(
	struct recordless *entry, struct agent_slot *slot, uint64_t changes)
{
	*entry = (struct recordless){
		inode_of(slot), device_of(slot), changes, time_of(slot)};
}

static bool asks_for_many(struct agent_slot *slot)
{
	if (slot->asked < SETTLED_MANY)
		slot->asked++;
	return slot->asked == SETTLED_MANY;
}

/* Is this call for the tracer, so that it fetches them first? Once in a run. */
static bool wants_earlier_runs(void)
{
	uint64_t *is_wanted = &agent_common()->settled_is_wanted;

	return agent_shared()->has_earlier_runs &&
	       __atomic_load_n(is_wanted, __ATOMIC_RELAXED) == 0 &&
	       __atomic_exchange_n(is_wanted, 1, __ATOMIC_RELAXED) == 0;
}

static struct settled_file settled_file_of(const struct agent_slot *slot)
{
	return (struct settled_file){
		device_of(slot), inode_of(slot), changed_of(slot)};
}

static bool is_settled(const struct agent_slot *slot)
{
	const struct settled_file file = settled_file_of(slot);

	return settled_has_none(
		agent_common()->settled, &agent_shared()->local, &file);
}

static void note_settled(const struct agent_slot *slot, int64_t calm)
{
	const struct settled_file file = settled_file_of(slot);

	if (settled_note(agent_common()->settled, &agent_shared()->local, &file,
		    calm))
		__atomic_fetch_add(
			&agent_common()->settled_added, 1, __ATOMIC_RELAXED);
}

enum recorded find_record(struct agent_slot *slot, struct record *record)
{
	uint64_t changes = record_changes_so_far();
	struct recordless *entry =
		&slot->recordless[inode_of(slot) % RECORDLESS_COUNT];
	char text[RECORD_SIZE];
	bool asks_table;
	int64_t calm;
	long status;

	if (!S_ISDIR(mode_of(slot)) && !S_ISREG(mode_of(slot)))
		return find_beside(slot);
	if (is_recordless(entry, slot, changes))
		return RECORD_NONE;
	asks_table = asks_for_many(slot);
	calm = local_calm(&agent_shared()->local);
	if (asks_table && wants_earlier_runs())
		return RECORD_UNKNOWN;
	if (asks_table && is_settled(slot)) {
		note_recordless(entry, slot, changes);
		return RECORD_NONE;
	}
	entry->inode = 0;
	count_question();
	status = call_about_record(slot, GET, text, sizeof(text) - 1);
	if (status == -EOPNOTSUPP)
		return find_beside(slot);
	if (status == -ENODATA) {
		note_recordless(entry, slot, changes);
		if (asks_table)
			note_settled(slot, calm);
	}
	/* EACCES: records are where the user may read. */
	if (status == -ENODATA || status == -EACCES)
		return RECORD_NONE;
	if (status <= 0)
		return RECORD_UNKNOWN;
	text[status] = '\0';
	return record_parse(text, mode_of(slot), record) &&
			       (record->mode & S_IFMT) ==
				       (mode_of(slot) & S_IFMT)
		       ? RECORD_FOUND
		       : RECORD_UNKNOWN;
}

/* --- access control lists --- */

bool has_access_list(struct agent_slot *slot)
{
	return records()->has_lists &&
	       has_attribute(slot, RECORD_PREFIX ACL_ACCESS);
}

bool has_default_list(
	struct agent_slot *slot, unsigned int argument, const char *parent)
{
	if (!records()->has_lists)
		return false;
	slot->object = (struct object){
		path_dirfd(&slot->call, argument), parent, AT_SYMLINK_NOFOLLOW};
	if (parent[0] != '\0' && parent[0] != '/' &&
		slot->object.dirfd != AT_FDCWD)
		return true; /* to ask would take the room that its path has */
	return has_attribute(slot, RECORD_PREFIX ACL_DEFAULT);
}
