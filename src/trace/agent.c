/* SPDX-License-Identifier: MIT */
/* Sharing, and spaces: sites are the business of learned.c, ways out leave.c.
 */
#include "trace/agent.h"

#include "agent/layout.h"
#include "arch/area.h"
#include "base/anonymous.h"
#include "base/log.h"
#include "emulate/planning.h"
#include "emulate/identity.h"
#include "emulate/lookup.h"
#include "emulate/owner.h"
#include "emulate/plans.h"
#include "emulate/record.h"
#include "emulate/recordless.h"
#include "program/origin.h"
#include "program/starter.h"
#include "program/stub.h"
#include "trace/counters.h"
#include "trace/learned.h"
#include "trace/stop.h"
#include "view/export.h"
#include "view/straight.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert((STUB_ADDRESS + STUB_ROOM - 1) >> 32 == ARCH_AREA &&
		       (ARCH_AGENT ? AGENT_COMMON : SCRATCH_ADDRESS) >> 32 ==
			       ARCH_AREA,
	"the filter finds what is mapped over ours");

static struct {
	struct agent_common *common;
	struct agent_shared *shared;
	bool has_others; /* guests that directories may be barred to */
} agent;

/* --- what is shared --- */

/*
 * Of the handlers, those that the agent has, too. What a feature changes is the
 * tracer's business, but for a fake root that may do everything.
 */
static bool agent_has(const struct row *row, unsigned int features)
{
	bool is_plain_or_shown =
		(features & ~(unsigned int)FEATURE_IDENTITY) == 0;

	switch (row->handler) {
	case HANDLER_clone:
	case HANDLER_clone3:
	case HANDLER_vfork:
	case HANDLER_readlink:
	case HANDLER_map:
	case HANDLER_getcwd:
		return true;
	case HANDLER_fchdir:
	case HANDLER_getuid:
	case HANDLER_geteuid:
	case HANDLER_getgid:
	case HANDLER_getegid:
	case HANDLER_getresid:
		return features == FEATURE_IDENTITY;
	case HANDLER_open:
		return (is_plain_or_shown && row_index(row, OPEN_FLAGS) >= 0) ||
		       (features == 0 && row_index(row, PATH_WRITE) >= 0);
	case HANDLER_openat2:
	case HANDLER_getdents:
	case HANDLER_getdents64:
	case HANDLER_stat:
	case HANDLER_access:
	case HANDLER_rewrite:
	case HANDLER_statfs: /* it has no tmpfs of ours */
	case HANDLER_link:
	case HANDLER_unlink:
	case HANDLER_rmdir:
	case HANDLER_rename:
	case HANDLER_chown:
	case HANDLER_chmod:
	case HANDLER_mknod:
	case HANDLER_setxattr:
	case HANDLER_getxattr:
	case HANDLER_listxattr:
	case HANDLER_removexattr:
		return is_plain_or_shown;
	default:
		return false;
	}
}

/*
 * A second path that is followed would need a second look; and where a
 * directory may have two names the tracer wants to know by which a guest has
 * entered it.
 */
static bool is_simple(const struct row *row, const struct view *view)
{
	unsigned int followed = 0;

	if (row_index(row, PATH_ENTER) >= 0 && view_has_twins(view))
		return false;
	for (unsigned int i = 0; i < ARGUMENTS; i++)
		followed += row->arguments[i] == PATH_FOLLOW ||
			    row->arguments[i] == PATH_AT ||
			    row->arguments[i] == PATH_MOVE_TO;
	return followed <= 1;
}

static void choose_numbers(
	struct agent_shared *shared, const struct session *session)
{
	unsigned int others = session->features & ~(unsigned int)FEATURE_AGENT;

	for (long number = 0; number < AGENT_NUMBER_COUNT; number++) {
		const struct row *row = row_find(ARCH_ABI, number);

		if (row && agent_has(row, others) &&
			is_simple(row, session->view))
			shared->served[number / 64] |= 1ull << number % 64;
	}
}

/* The guests' look-ups need openat2(2): they may hold no descriptor. */
static bool has_openat2(void)
{
	char path[8] = "/";

	return path_straightness(-1, path, 1, true) == STRAIGHT_DIRECTORY;
}

static void share_identity(struct agent_shared *shared)
{
	const dev_t *kernel = owner_kernel_devices();

	shared->shows_root = identity_is_shown();
	shared->host_user = identity_host_user();
	shared->host_group = getegid();
	shared->user = identity_show_user(shared->host_user);
	shared->group = identity_show_group(shared->host_group);
	for (int i = 0; i < OWNER_KERNEL_DEVICES; i++)
		shared->kernel[i] = kernel[i];
}

static bool has_own_proc(const struct view *view)
{
	struct guest_path guest;
	struct host_path host;

	text_set(&guest.text, "/proc", 5);
	return view_map(view, &guest, &host) == 0 &&
	       strcmp(host.text.bytes, "/proc") == 0 &&
	       !view_binds_below(view, &guest);
}

/* Guests may write to the one and read the other, and no more than that. */
static int share(const struct session *session)
{
	size_t size = sizeof(struct agent_shared) +
		      sizeof(struct record_summary) +
		      view_export_size(session->view);
	struct starter_shared shared = {.address = AGENT_SHARED,
		.size = (size + STARTER_SHARED - 1) & ~(STARTER_SHARED - 1ul)};
	struct record_summary *records;
	void *area;
	int common;
	int fd;

	if (shared.size > AGENT_LOCKS - AGENT_SHARED)
		return -ENOMEM;
	common = anonymous_area("proot-agent", COMMON_SIZE, false, &area);
	if (common < 0)
		return common;
	agent.common = area;
	fd = starter_create(&shared);
	if (fd < 0) {
		agent.common = NULL;
		close(common);
		return fd;
	}
	agent.shared = shared.area;
	agent.shared->version = AGENT_VERSION;
	agent.shared->has_counters = counters_are_wanted();
	agent.shared->has_twins = view_has_twins(session->view);
	agent.shared->has_proc = has_own_proc(session->view);
	agent.shared->size = shared.size;
	share_identity(agent.shared);
	local_find(&agent.shared->local, session->view);
	recordless_use(agent.common->settled, &agent.shared->local);
	agent.shared->has_earlier_runs = recordless_can_be_kept();
	records = (struct record_summary *)(agent.shared + 1);
	agent.shared->records = AGENT_SHARED + sizeof(*agent.shared);
	record_share(records);
	record_share_changes(
		&agent.common->record_lock, &agent.common->record_changes);
	agent.shared->view = agent.shared->records + sizeof(*records);
	view_export(session->view, records + 1, agent.shared->view);
	choose_numbers(agent.shared, session);
	learned_begin(agent.shared);
	planning_offer_agent(common, fd, size);
	plans_offer(agent.shared->plans, agent.common->plans_done);
	origin_offer_starter(fd);
	return 0;
}

int agent_begin(const struct session *session, const char **reason)
{
	int status;

	*reason = "this machine has none";
	if (!ARCH_AGENT)
		return -ENOSYS;
	*reason = "it needs seccomp, Linux 4.8";
	if (!session->has_filter || session->filter_stops_first)
		return -ENOSYS;
	*reason = "calls are to be told";
	if (log_enabled(LOG_CALLS))
		return -ENOSYS;
	*reason = "it needs openat2, Linux 5.6";
	if (!has_openat2())
		return -ENOSYS;
	status = share(session);
	*reason = strerror(-status);
	return status;
}

/* Guests look at this for every call. */
void session_drop_agent(void)
{
	if (agent.shared)
		memset(agent.shared->served, 0, sizeof(agent.shared->served));
}

bool agent_serves(long number)
{
	return agent.shared && number >= 0 && number < AGENT_NUMBER_COUNT &&
	       (agent.shared->served[number / 64] >> number % 64 & 1) != 0;
}

void agent_end(void)
{
	recordless_end(agent.common ? agent.common->settled_added : 0);
	counters_write(agent.common);
}

void agent_fetch_earlier_runs(void)
{
	if (agent.common && agent.common->settled_is_wanted)
		recordless_fetch();
}

void agent_free_records(uint64_t holder)
{
	record_unlock(&agent.common->record_lock, holder);
}

void agent_count_fault(void)
{
	if (agent.shared->has_counters)
		agent.common->punts[PUNT_fault]++;
}

void agent_forget_directories(void)
{
	if (agent.common)
		__atomic_fetch_add(
			&agent.common->generation, 1, __ATOMIC_ACQ_REL);
}

/* Is what guests know of directories void after it? */
static bool concerns_directories(const struct call *call)
{
	return agent.common && call->row &&
	       (may_move_directory(call) ||
		       (agent.has_others && changes_permissions(call)));
}

/* What guests look at until the call is over must be forgotten, too. */
void agent_watch_call(struct call *call)
{
	if (!concerns_directories(call))
		return;
	agent_forget_directories();
	call->needs_exit |= !call->is_done;
}

void agent_watch_result(const struct call *call)
{
	if (concerns_directories(call))
		agent_forget_directories();
}

/* --- spaces --- */

void task_name_directory(struct task *task)
{
	struct tracee *tracee = (struct tracee *)task;
	uint64_t value = task->process->has_other_name;

	if (tracee->space->has_agent)
		guest_write(task,
			AGENT_SPACE +
				offsetof(struct agent_space, has_other_name),
			&value, sizeof(value));
}

/* False: it cannot be told in the agent's terms. */
static bool describe(
	const struct identity *identity, struct agent_identity *who)
{
	*who = (struct agent_identity){0};
	if (!identity || identity_is_whole(identity))
		return true;
	if (identity->group_count > AGENT_GROUPS)
		return false;
	who->is_other = 1;
	who->user = identity->user.fs;
	who->group = identity->group.fs;
	who->group_count = identity->group_count;
	if (who->group_count > 0)
		memcpy(who->groups, identity->groups,
			who->group_count * sizeof(who->groups[0]));
	return true;
}

bool agent_identify(struct tracee *tracee)
{
	return task_suits_agent(&tracee->task) &&
	       describe(tracee->task.identity, &tracee->space->identity);
}

void agent_introduce(struct tracee *tracee)
{
	const struct agent_identity *who = &tracee->space->identity;

	local_settle(&agent.shared->local);
	if (!who->is_other)
		return;
	agent.has_others = true;
	guest_write(&tracee->task,
		AGENT_SPACE + offsetof(struct agent_space, identity), who,
		sizeof(*who));
}

/* It has become another one, or does not suit the agent any more. */
void agent_check(struct tracee *tracee)
{
	struct agent_identity who;

	if (!task_suits_agent(&tracee->task) ||
		!describe(tracee->task.identity, &who) ||
		memcmp(&who, &tracee->space->identity, sizeof(who)) != 0)
		task_drop_agent(&tracee->task);
}

/* --- spaces without an agent --- */

bool agent_is_ours(uint64_t address)
{
	uint64_t start = ARCH_AGENT ? AGENT_COMMON : SCRATCH_ADDRESS;

	return address >= start && address < STUB_ADDRESS + STUB_ROOM;
}

/* A call that a thread sleeps in, and from where. */
struct sleep {
	long number;
	uint64_t stack;
	uint64_t pc;
};

/* proc_pid_syscall(5); false: it runs, or that cannot be known. */
static bool read_sleep(int tid, struct sleep *sleep)
{
	char name[64];
	char text[256];
	char *pc;
	char *stack;
	ssize_t size;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/syscall", tid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[size > 0 ? size : 0] = '\0';
	pc = strrchr(text, ' ');
	if (!pc)
		return false; /* "running" */
	*pc++ = '\0';
	stack = strrchr(text, ' ');
	if (!stack)
		return false;
	sleep->number = strtol(text, NULL, 10);
	sleep->stack = strtoull(stack, NULL, 16);
	sleep->pc = strtoull(pc, NULL, 16);
	return true;
}

/*
 * Who sleeps elsewhere is not in the agent. Only the others are stopped, since
 * that may end a call with EINTR.
 */
static bool may_be_inside(int tid)
{
	struct sleep sleep;

	return !read_sleep(tid, &sleep) || agent_is_ours(sleep.stack) ||
	       agent_is_ours(sleep.pc);
}

/* Who waits for a vfork child does not stop, and makes no call any more. */
static bool waits_for_child(int tid)
{
	const struct row *row;
	struct sleep sleep;

	if (!read_sleep(tid, &sleep) || sleep.pc != agent_addresses.final_end)
		return false;
	row = row_find(ARCH_ABI, sleep.number);
	return row && (row->handler == HANDLER_clone ||
			      row->handler == HANDLER_clone3);
}

static void send_out(struct task *task, void *data)
{
	struct tracee *tracee = (struct tracee *)task;
	const struct tracee *caller = data;

	if (tracee->space == caller->space && tracee != caller &&
		may_be_inside(task->tid))
		tracee->is_leaving = stop_interrupt(tracee);
}

void task_drop_agent(struct task *task)
{
	struct tracee *tracee = (struct tracee *)task;

	if (tracee->space->is_untaught)
		return;
	learned_close(tracee);
	if (tracee->space->is_untaught && tracee->space->references > 1)
		task_each(send_out, tracee);
}

static void find_leaving(struct task *task, void *data)
{
	struct tracee *tracee = (struct tracee *)task;
	struct tracee *caller = data;

	if (task->process == caller->task.process && tracee->is_leaving &&
		!waits_for_child(task->tid))
		caller->has_to_wait = true;
}

int call_without_agent(struct call *call)
{
	struct tracee *tracee = (struct tracee *)call->task;

	task_drop_agent(call->task);
	task_each(find_leaving, tracee);
	if (tracee->has_to_wait)
		return -EAGAIN;
	learned_close(tracee); /* they may have made some in the meantime */
	return 0;
}

void task_lose_area(struct task *task, uint64_t start, uint64_t size)
{
	struct tracee *tracee = (struct tracee *)task;

	if (!agent_is_ours(start) && !agent_is_ours(start + size - 1) &&
		!(start < SCRATCH_ADDRESS && start + size > STUB_ADDRESS))
		return;
	task_drop_agent(task);
	tracee->space->is_spoiled = true;
}

void agent_free_locks(struct tracee *tracee)
{
	static const char free_locks[AGENT_SLOT_COUNT * AGENT_LOCK_SIZE];
	struct space *space = tracee->space;

	if (!space->has_stale_locks || space->references > 1)
		return;
	if (space->has_agent)
		guest_write(&tracee->task, AGENT_LOCKS, free_locks,
			sizeof(free_locks));
	space->has_stale_locks = false;
}

void agent_forked(struct tracee *child)
{
	agent_free_locks(child);
	agent_check(child);
}

bool task_hides(int tid, uint64_t start)
{
	struct tracee *tracee = tracee_find(tid);

	return agent_is_ours(start) || (tracee && learned_place(tracee, start));
}
