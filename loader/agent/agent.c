/* SPDX-License-Identifier: MIT */
/*
 * The agent: path calls served by the thread that makes them.
 *
 * agent_step() is entered with a call, and prepares another one in its place:
 * the final call, which takes host paths. All that it asks the kernel before
 * leaves nothing behind, because a signal may take the thread away at any
 * instruction; it then comes back to its own instruction and begins anew.
 *
 * What the agent cannot do it leaves to the tracer ("punts"). It reads guest
 * memory as it comes: a fault is a signal like any other, and the tracer then
 * serves the call.
 *
 * Most symlinks at the end of a path are none: a call that would follow one is
 * tried on the name as it is, where that tells.
 */
#include "agent/serve.h"

#include "agent/patch.h"
#include "emulate/kept_names.h"
#include "emulate/lookup.h"
#include "view/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>

/* --- ends --- */

enum agent_action leave(struct agent_slot *slot, long result)
{
	slot->registers.result = (uint64_t)result;
	return AGENT_LEAVE;
}

enum agent_action punt(struct agent_slot *slot, enum agent_punt reason)
{
	if (agent_shared()->has_counters)
		__atomic_fetch_add(
			&agent_common()->punts[reason], 1, __ATOMIC_RELAXED);
	slot->registers.stage = AGENT_BEFORE;
	slot->registers.exit =
		slot->registers.back - (ISLAND_BACK - ISLAND_CALL);
	return leave(slot, (long)slot->registers.number);
}

void call_set_number(struct agent_slot *slot, long number)
{
	slot->registers.call[0] = (uint64_t)number;
}

enum agent_action make_call(struct agent_slot *slot, enum agent_stage then,
	enum agent_review review)
{
	if (review == REVIEW_NONE && agent_shared()->shows_root)
		review = REVIEW_DENIED;
	slot->registers.next_stage = then;
	slot->registers.review = review;
	return AGENT_CALL;
}

enum agent_action punt_refused(struct agent_slot *slot)
{
	return punt(slot, (enum agent_punt)slot->call.result);
}

/* --- the last name --- */

static bool is_link(uint32_t mode)
{
	return (mode & S_IFMT) == S_IFLNK;
}

long look_at(struct agent_slot *slot, unsigned int argument)
{
	return raw_syscall(__NR_newfstatat, path_dirfd(&slot->call, argument),
		(long)slot->registers.call[1 + argument],
		(long)&slot->seen.stat, AT_SYMLINK_NOFOLLOW, 0, 0);
}

static bool is_stat(const struct agent_slot *slot)
{
	return slot->call.row->handler == HANDLER_stat;
}

bool tells_links(const struct agent_slot *slot)
{
	if (slot->call.row->handler == HANDLER_getxattr)
		return name_is_list(
			(const char *)argument_of(&slot->call, XATTR_NAME));
	return is_stat(slot);
}

/* By its flags or by another name: it does not follow. */
static void ask_without_following(struct agent_slot *slot)
{
	int flags = row_index(slot->call.row, PATH_FLAGS);

	if (flags >= 0)
		slot->registers.call[1 + flags] |= AT_SYMLINK_NOFOLLOW;
	else
		call_set_number(
			slot, is_stat(slot) ? __NR_lstat : __NR_lgetxattr);
}

static uint32_t told_mode(const struct agent_slot *slot)
{
	uint64_t stat = argument_of(&slot->call, OUT_STAT);
	uint64_t statx = argument_of(&slot->call, OUT_STATX);

	return stat ? ((const struct stat *)stat)->st_mode
		    : ((const struct statx *)statx)->stx_mode;
}

/* The guest's own number and arguments. */
void begin_call(struct agent_slot *slot)
{
	call_set_number(slot, slot->call.number);
	for (unsigned int i = 0; i < ARGUMENTS; i++)
		call_set_argument(slot, i, slot->call.arguments[i]);
}

enum agent_action follow_and_call(struct agent_slot *slot)
{
	if (translate_again(slot) == PUNTED)
		return punt_refused(slot);
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}

long look_for_link(const struct agent_slot *slot)
{
	unsigned int path = (unsigned int)slot->progress.follows;
	char byte;

	return kernel_readlinkat(path_dirfd(&slot->call, path),
		(const char *)slot->registers.call[1 + path], &byte, 1);
}

/*
 * Was it perhaps a symlink? None has an access control list; some file systems
 * have no lists at all.
 */
static bool may_be_link(const struct agent_slot *slot, long result)
{
	if (is_stat(slot))
		return result == 0 && is_link(told_mode(slot));
	return result == -EOPNOTSUPP;
}

static enum agent_action review_link(struct agent_slot *slot)
{
	long result = (long)slot->registers.result;

	if (!may_be_link(slot, result)) {
		slot->registers.stage = AGENT_AFTER;
		return leave_unless_denied(slot, result);
	}
	if (agent_shared()->shows_root && !is_stat(slot) &&
		look_for_link(slot) >= 0)
		return punt(slot, PUNT_record); /* what is kept there */
	begin_call(slot);
	return follow_and_call(slot);
}

enum agent_action serve_following(struct agent_slot *slot)
{
	if (look_for_link(slot) >= 0)
		return follow_and_call(slot);
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}

/* --- names of directories that change --- */

void forget_directories(void)
{
	__atomic_fetch_add(&agent_common()->generation, 1, __ATOMIC_ACQ_REL);
}

static bool is_directory(struct agent_slot *slot)
{
	unsigned int path =
		(unsigned int)row_index(slot->call.row, PATH_REMOVE);

	return look_at(slot, path) == 0 && S_ISDIR(slot->seen.stat.st_mode);
}

/* May the call take a directory from its place? Rarely: files are renamed. */
static bool moves_directory(struct agent_slot *slot)
{
	if (slot->call.row->handler == HANDLER_rename &&
		rename_is_special(&slot->call))
		return true;
	return may_move_directory(&slot->call) && is_directory(slot);
}

/*
 * Once before, once after: what is looked at in between is forgotten, too. Of
 * what dpkg removes hardly anything is there, and nothing need be forgotten.
 */
static enum agent_action serve_move(struct agent_slot *slot, bool is_certain)
{
	if (is_certain)
		forget_directories();
	return make_call(slot, AGENT_AFTER, REVIEW_REMOVED);
}

enum agent_action leave_unless_denied(struct agent_slot *slot, long result)
{
	if (result == -EACCES && agent_shared()->shows_root)
		return punt(slot, PUNT_denied);
	return leave(slot, result);
}

static enum agent_action review_denied(struct agent_slot *slot)
{
	return leave_unless_denied(slot, (long)slot->registers.result);
}

static enum agent_action review_removed(struct agent_slot *slot)
{
	if (slot->registers.result == 0)
		forget_directories();
	return review_denied(slot);
}

/* --- handlers --- */

enum agent_action call_translated(struct agent_slot *slot)
{
	bool is_look = tells_links(slot);
	bool moves = !is_look && moves_directory(slot);

	if (moves || (!is_look && removes_directory(&slot->call)))
		return serve_move(slot, moves);
	if (slot->progress.follows < 0)
		return make_call(slot, AGENT_AFTER, REVIEW_NONE);
	if (!is_look)
		return serve_following(slot);
	ask_without_following(slot);
	return make_call(slot, AGENT_BEFORE, REVIEW_LINK);
}

static enum agent_action serve_paths(struct agent_slot *slot)
{
	if (translate_all(slot) == PUNTED)
		return punt_refused(slot);
	return call_translated(slot);
}

/* An empty path may mean a link of /proc that is open. */
static enum agent_action serve_readlink(struct agent_slot *slot)
{
	unsigned int path =
		(unsigned int)row_index(slot->call.row, PATH_NOFOLLOW);

	if (translate(slot, path) == PUNTED)
		return punt_refused(slot);
	if (slot->path[0] == '\0')
		return punt(slot, PUNT_path);
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}

static enum agent_action serve_getcwd(struct agent_slot *slot)
{
	struct host_path *host = &slot->resolution.host;
	struct guest_path *guest = &slot->resolution.guest;
	uint64_t out = slot->call.arguments[0];
	long size = raw_syscall(
		__NR_getcwd, (long)host->text.bytes, TEXT_MAX, 0, 0, 0, 0);

	if (agent_space()->has_other_name || size <= 1 ||
		host->text.bytes[0] != '/')
		return punt(slot, PUNT_directory);
	host->text.length = (size_t)size - 1;
	if (view_detranslate(slot->process.view, host, guest) < 0 ||
		guest->text.length + 1 > slot->call.arguments[1])
		return punt(slot, PUNT_directory);
	memcpy((void *)out, guest->text.bytes, guest->text.length + 1);
	return leave(slot, (long)guest->text.length + 1);
}

/* Names that the host does not have are the tracer's to tell, at the end. */
static enum agent_action serve_listing(struct agent_slot *slot)
{
	const struct view *view = slot->process.view;
	struct resolution *r = &slot->resolution;
	unsigned int at = 0;
	long status = viewer_host_path(
		&slot->task.viewer, (int)slot->call.arguments[0], &r->host);

	if (status == 0)
		status = view_detranslate_top(view, &r->host, &r->guest);
	if (status < 0 && status != -ENOENT)
		return punt(slot, PUNT_directory);
	if (status == 0 && view_next_ghost(view, &r->guest, &at))
		return punt(slot, PUNT_binding);
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}

static struct agent_mapping mapping_of(const uint64_t *arguments, uint64_t at)
{
	return (struct agent_mapping){(int)arguments[4], at, arguments[1],
		arguments[5], arguments[2]};
}

#define DATA_SIZE 0x8000 /* of most libraries, all of it */

/*
 * Is a library's data mapped over a part of it, as dynamic linkers do? They
 * write to most of its pages at once; a fault for each costs more.
 */
static bool is_data(const uint64_t *arguments)
{
	return arguments[1] <= DATA_SIZE &&
	       arguments[2] == (PROT_READ | PROT_WRITE) &&
	       (arguments[3] & (MAP_TYPE | MAP_FIXED | MAP_ANONYMOUS)) ==
		       (MAP_PRIVATE | MAP_FIXED);
}

/* Code with known sites is mapped writable, and prepared before it is used. */
static enum agent_action serve_map(struct agent_slot *slot)
{
	const uint64_t *arguments = slot->call.arguments;
	struct agent_mapping mapping = mapping_of(arguments, 0);

	if (maps_near(arguments))
		return punt(slot, PUNT_area);
	slot->site = 0;
	if ((arguments[2] & PROT_EXEC) && !(arguments[2] & PROT_WRITE) &&
		(arguments[3] & (MAP_TYPE | MAP_ANONYMOUS)) == MAP_PRIVATE &&
		agent_has_libraries())
		slot->site = agent_find_sites(&mapping);
	if (is_data(arguments))
		call_set_argument(slot, 3, arguments[3] | MAP_POPULATE);
	if (slot->site == 0)
		return make_call(slot, AGENT_AFTER, REVIEW_NONE);
	call_set_argument(slot, 2, arguments[2] | PROT_WRITE);
	return make_call(slot, AGENT_AFTER, REVIEW_MAPPED);
}

static enum agent_action review_map(struct agent_slot *slot)
{
	struct agent_mapping mapping =
		mapping_of(slot->call.arguments, slot->registers.result);

	if (mapping.address < -4096ull) {
		agent_patch(&mapping, slot->site);
		return leave(slot, (long)mapping.address);
	}
	/* Perhaps a policy against code that can be written. */
	slot->registers.stage = AGENT_BEFORE;
	begin_call(slot);
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}

/* --- steps --- */

static void begin(struct agent_slot *slot)
{
	struct call *call = &slot->call;

	call->task = &slot->task;
	call->number = (int)slot->registers.number;
	call->row = row_find(ABI_X86_64, call->number);
	memcpy(call->arguments, slot->registers.arguments,
		sizeof(call->arguments));
	slot->task.process = &slot->process;
	slot->process.view = (const struct view *)agent_shared()->view;
	slot->progress = NO_PROGRESS;
	begin_call(slot);
}

/* Has this call begun so often, and not ended, that the tracer shall do it? */
static bool is_cut_too_often(struct agent_slot *slot)
{
	struct restart *restart = &slot->restart;

	if (restart->begun != 0) {
		restart->count =
			restart->begun == restart->cut ? restart->count + 1 : 1;
		restart->cut = restart->begun;
	}
	restart->begun = slot->registers.back;
	if (restart->count < RESTARTS_MAX || restart->begun != restart->cut)
		return false;
	restart->count = 0;
	return true;
}

static bool makes_child(const struct row *row)
{
	return row->handler == HANDLER_vfork || row->handler == HANDLER_clone ||
	       row->handler == HANDLER_clone3;
}

static enum agent_action serve(struct agent_slot *slot)
{
	enum agent_action action = AGENT_GO_ON;

	begin(slot);
	if (is_cut_too_often(slot))
		return punt(slot, PUNT_signals);
	if (makes_child(slot->call.row))
		return serve_child(slot);
	if (agent_shared()->shows_root)
		action = is_other() ? serve_other(slot) : serve_shown(slot);
	if (action != AGENT_GO_ON)
		return action;
	switch (slot->call.row->handler) {
	case HANDLER_access:
		return serve_access(slot);
	case HANDLER_open:
		return row_index(slot->call.row, PATH_WRITE) >= 0
			       ? serve_truncate(slot)
			       : serve_open(slot);
	case HANDLER_openat2:
		return serve_openat2(slot);
	case HANDLER_readlink:
		return serve_readlink(slot);
	case HANDLER_getcwd:
		return serve_getcwd(slot);
	case HANDLER_getdents:
	case HANDLER_getdents64:
		return serve_listing(slot);
	case HANDLER_map:
		return serve_map(slot);
	default: /* the tracer has chosen what comes here: choose_numbers() */
		return serve_paths(slot);
	}
}

static void count(const struct agent_slot *slot)
{
	bool is_served = slot->registers.exit == slot->registers.back;

	if (is_served && agent_shared()->has_counters)
		__atomic_fetch_add(&agent_common()->served[slot->call.number],
			1, __ATOMIC_RELAXED);
}

static enum agent_action step(struct agent_slot *slot)
{
	enum agent_action action;

	switch ((enum agent_review)slot->registers.review) {
	case REVIEW_LINK:
		return review_link(slot);
	case REVIEW_OPEN:
		return review_open(slot);
	case REVIEW_REMOVED:
		return review_removed(slot);
	case REVIEW_DENIED:
		return review_denied(slot);
	case REVIEW_MAPPED:
		return review_map(slot);
	default:
		action = serve(slot);
		count(slot);
		return action;
	}
}

enum agent_action agent_step(struct agent_slot *slot)
{
	enum agent_action action = step(slot);

	if (action == AGENT_LEAVE || slot->registers.review == REVIEW_NONE)
		slot->restart.begun = 0;
	return action;
}
