/* SPDX-License-Identifier: MIT */
/* The ways out of the agent, when something comes up on the way. */
#include "trace/leave.h"

#include "agent/layout.h"
#include "emulate/owner_rules.h"
#include "program/stub.h"
#include "trace/agent.h"
#include "trace/learned.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>

/* Where a guest is on its way to the agent and back. */
enum whereabouts {
	OUTSIDE,
	AT_BACK, /* rcx is where it comes from, or goes to; no slot */
	AT_CALL, /* it is about to jump to the island's own call */
	HOLDING, /* it has a slot, and its own registers */
	LEAVING, /* likewise, at the end */
	INSIDE,	 /* the slot has its registers */
};

static bool is_in_slots(uint64_t sp)
{
	return sp > AGENT_SLOTS && sp <= SCRATCH_ADDRESS;
}

/* See loader/agent/x86_64.S: its labels are in this order. */
static enum whereabouts where_is(const struct registers *registers)
{
	uint64_t pc = reg_pc(registers);
	const struct agent_addresses *at = &agent_addresses;

	if (is_in_slots(reg_sp(registers)))
		return INSIDE;
	if (pc < at->entry || pc >= at->end)
		return OUTSIDE;
	if (pc < at->tried || (pc == at->tried && reg_carry(registers)))
		return AT_BACK;
	if (pc < at->switched)
		return HOLDING;
	if (pc < at->unlocked)
		return LEAVING;
	if (pc == at->unlocked || pc == at->passing)
		return AT_CALL;
	return AT_BACK; /* looking for another slot */
}

/* The slot's number in its different disguises, see there. */
static unsigned int slot_of(uint64_t spare)
{
	if (spare >= AGENT_LOCKS && spare < AGENT_SPACE)
		return (unsigned int)((spare - AGENT_LOCKS) / AGENT_LOCK_SIZE);
	if (spare >= AGENT_SLOTS && spare < SCRATCH_ADDRESS)
		return (unsigned int)((spare - AGENT_SLOTS) / AGENT_SLOT_SIZE);
	if (spare < AGENT_SLOT_COUNT * AGENT_LOCK_SIZE)
		return (unsigned int)(spare / AGENT_LOCK_SIZE);
	return (unsigned int)(spare / AGENT_SLOT_SIZE);
}

static void unlock(struct tracee *tracee, unsigned int slot)
{
	const uint64_t is_free = 0;

	if (slot < AGENT_SLOT_COUNT)
		guest_write(&tracee->task, AGENT_LOCKS + slot * AGENT_LOCK_SIZE,
			&is_free, sizeof(is_free));
}

/* The island's own call, of the way back behind it. */
static uint64_t call_of(uint64_t back)
{
	return back - (ISLAND_BACK - ISLAND_CALL);
}

/*
 * What the agent would have found out about its new descriptor. If that is the
 * wrong one it goes when the guest comes back with its call.
 */
static bool opened_wrong(struct tracee *tracee, long fd)
{
	struct host_path link;
	struct stat status;

	viewer_proc_path(&tracee->task.viewer, (int)fd, &link);
	if (fd < 0 || stat(link.text.bytes, &status) < 0 ||
		!owner_may_be_device(status.st_mode, (uint64_t)status.st_size))
		return false;
	if (tracee->stray_count < STRAYS_MAX)
		tracee->strays[tracee->stray_count++] = (int)fd;
	return true;
}

/* Has the guest's call been made, and by which result? */
static bool is_over(struct tracee *tracee, const struct agent_registers *saved,
	uint64_t *result)
{
	const struct registers *registers = &tracee->registers;
	uint64_t pc = reg_pc(registers);
	bool is_at_call =
		pc >= agent_addresses.final_end && pc < agent_addresses.noted;
	uint64_t stage = is_at_call ? saved->next_stage : saved->stage;

	*result = is_at_call ? (uint64_t)reg_result(registers) : saved->result;
	/* A symlink, a right or a file is in the way: the agent would go on. */
	if (saved->review != 0 &&
		(*result == (uint64_t)-ELOOP || *result == (uint64_t)-EACCES ||
			*result == (uint64_t)-EEXIST))
		return false;
	if (stage == AGENT_UNSURE || stage == AGENT_CLOSES)
		return !opened_wrong(tracee, (long)*result) &&
		       stage == AGENT_UNSURE;
	return stage == AGENT_AFTER;
}

static bool read_saved(
	struct tracee *tracee, unsigned int slot, struct agent_registers *saved)
{
	return guest_read(&tracee->task,
		       AGENT_SLOTS + (uint64_t)slot * AGENT_SLOT_SIZE +
			       AGENT_STACK_SIZE,
		       saved, sizeof(*saved)) == 0;
}

/* What the agent has used is the guest's again. */
static void restore_saved(
	struct registers *registers, const struct agent_registers *saved)
{
	reg_set_saved(registers,
		&(struct saved_registers){saved->rsp, saved->rbx, saved->rbp,
			saved->r12, saved->r13, saved->r14, saved->r15});
	for (unsigned int i = 0; i < ARGUMENTS; i++)
		reg_set_argument(registers, i, saved->arguments[i]);
}

static unsigned int slot_inside(const struct registers *registers)
{
	return (unsigned int)((reg_sp(registers) - 1 - AGENT_SLOTS) /
			      AGENT_SLOT_SIZE);
}

/* Who holds the lock of records, as far as guests show it. */
struct holder {
	uint64_t number;
	bool is_stopped;
	bool is_there;
};

static bool has_agent(const struct tracee *tracee)
{
	return tracee->space && tracee->space->has_agent;
}

static bool holds(
	struct tracee *tracee, unsigned int slot, const struct holder *holder)
{
	struct agent_registers saved;

	return read_saved(tracee, slot, &saved) && saved.lock == holder->number;
}

/* It leaves the agent before it goes on. */
static void find_stopped(struct task *task, void *data)
{
	struct tracee *tracee = (struct tracee *)task;
	struct holder *holder = data;
	struct registers registers;

	if (has_agent(tracee) && registers_read(task->tid, &registers) == 0 &&
		where_is(&registers) == INSIDE &&
		holds(tracee, slot_inside(&registers), holder))
		holder->is_stopped = true;
}

static void find_slot(struct task *task, void *data)
{
	struct tracee *tracee = (struct tracee *)task;
	struct holder *holder = data;

	for (unsigned int i = 0; has_agent(tracee) && i < AGENT_SLOT_COUNT; i++)
		if (holds(tracee, i, holder))
			holder->is_there = true;
}

bool leave_free_idle(uint64_t number)
{
	struct holder holder = {.number = number};

	task_each(find_stopped, &holder);
	if (!holder.is_stopped)
		task_each(find_slot, &holder);
	if (holder.is_there)
		return false;
	agent_free_records(number);
	return true;
}

/*
 * Out of a slot: before its call is over the guest has not begun it; then it
 * has its result. What the kernel has to say about an interrupted call it says
 * at the guest's own instruction.
 */
static bool leave_slot(struct tracee *tracee)
{
	struct registers *registers = &tracee->registers;
	unsigned int slot = slot_inside(registers);
	struct agent_registers saved;
	bool is_at_call = reg_pc(registers) == agent_addresses.final_end;
	bool was_called = is_at_call && reg_number(registers) >= 0;
	uint64_t result;
	bool over;

	if (!read_saved(tracee, slot, &saved))
		return false;
	over = is_over(tracee, &saved, &result);
	restore_saved(registers, &saved);
	reg_set_pc(registers, over ? saved.back : call_of(saved.back));
	reg_set_number(
		registers, over && was_called ? (long)(int)saved.number : -1);
	reg_set_result(registers, over ? (long)result : (long)saved.number);
	if (over)
		agent_forget_directories(); /* perhaps it would have done so */
	if (saved.lock != 0)
		agent_free_records(saved.lock);
	unlock(tracee, slot);
	return true;
}

bool leave_is_newborn(struct tracee *child, int *parent, uint64_t *flags)
{
	const struct registers *registers = &child->registers;

	if (!ARCH_AGENT ||
		registers_read(child->task.tid, &child->registers) < 0 ||
		reg_pc(registers) != agent_addresses.final_end)
		return false;
	*parent = (int)reg_argument(registers, CHILD_PARENT);
	*flags = reg_argument(registers, CHILD_FLAGS);
	return true;
}

void leave_newborn(struct tracee *child)
{
	struct registers *registers = &child->registers;
	uint64_t stack = reg_sp(registers);
	struct agent_registers saved;

	if (!read_saved(child, slot_of(reg_slot(registers)), &saved))
		return;
	restore_saved(registers, &saved);
	if (!is_in_slots(stack))
		reg_set_sp(registers, stack); /* it was given one */
	reg_set_pc(registers, saved.back);
	registers_write(child->task.tid, registers);
}

/* To an island. False: it was outside of the agent. */
static bool leave_agent(struct tracee *tracee)
{
	struct registers *registers = &tracee->registers;

	switch (where_is(registers)) {
	case INSIDE:
		return leave_slot(tracee);
	case HOLDING:
		unlock(tracee, slot_of(reg_spare(registers)));
		/* fall through */
	case AT_BACK:
		reg_set_pc(registers, call_of(reg_back(registers)));
		return true;
	case LEAVING:
		unlock(tracee, slot_of(reg_spare(registers)));
		/* fall through */
	case AT_CALL:
		reg_set_pc(registers, reg_back(registers));
		return true;
	default:
		return false;
	}
}

/* From an island, or the dead bytes in front of it, to the guest's code. */
static bool leave_island(struct tracee *tracee)
{
	struct registers *registers = &tracee->registers;
	uint64_t island;
	uint64_t guest;

	/* Behind a call that it has made itself: mostly so, and cheap to see.
	 */
	if (reg_number(registers) >= 0 &&
		!learned_place(tracee, reg_pc(registers)))
		return false;
	if (!learned_island(tracee, reg_pc(registers), &island, &guest))
		return false;
	if (reg_pc(registers) == island) /* the number is not loaded yet */
		reg_set_pc(registers, guest + PADDING_IN_FRONT);
	else if (reg_pc(registers) == island + ISLAND_BACK)
		reg_set_pc(registers, guest);
	else
		reg_set_pc(registers, guest - ARCH_CALL_SIZE);
	return true;
}

bool leave_step(struct tracee *tracee)
{
	struct registers *registers = &tracee->registers;
	uint64_t pc = reg_pc(registers);
	uint64_t island;
	uint64_t guest;
	int32_t number;

	if (!tracee->space->has_agent ||
		!learned_island(tracee, pc, &island, &guest) ||
		pc == island + ISLAND_BACK)
		return false;
	if (pc != island) {
		reg_set_pc(registers, island + ISLAND_CALL);
	} else if (guest_read(&tracee->task, island + 1, &number,
			   sizeof(number)) == 0) {
		reg_set_result(registers, number);
		reg_set_pc(registers, guest - ARCH_CALL_SIZE);
	}
	registers_write(tracee->task.tid, registers);
	return pc != island;
}

void leave_amend_trap(struct tracee *tracee)
{
	siginfo_t info;
	uint64_t island;
	uint64_t guest;

	if (!tracee->space->has_agent ||
		ptrace(PTRACE_GETSIGINFO, tracee->task.tid, 0, &info) < 0 ||
		!learned_island(
			tracee, (uintptr_t)info.si_call_addr, &island, &guest))
		return;
	info.si_call_addr = (void *)(uintptr_t)guest;
	ptrace(PTRACE_SETSIGINFO, tracee->task.tid, 0, &info);
}

void leave_settle(struct tracee *tracee)
{
	bool has_moved;

	if (!tracee->space->has_agent)
		return;
	has_moved = leave_agent(tracee);
	has_moved |= leave_island(tracee);
	if (has_moved)
		registers_write(tracee->task.tid, &tracee->registers);
}

/*
 * The island's own call stops; the tracer then finds what the agent found. If
 * that is the guest's doing to what is ours, there is an end of it.
 */
bool leave_takes_fault(struct tracee *tracee, uint64_t address)
{
	if (!tracee->space->has_agent || !leave_agent(tracee))
		return false;
	agent_count_fault();
	registers_write(tracee->task.tid, &tracee->registers);
	if (agent_is_ours(address))
		task_drop_agent(&tracee->task);
	return true;
}
