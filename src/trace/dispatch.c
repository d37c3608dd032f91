/* SPDX-License-Identifier: MIT */
/*
 * Calls with other arguments than the guest's own.
 *
 * Registers that the guest passed must be there again when the call is over.
 * Where the machine has registers to spare, the kernel is made to return
 * through the stub, which puts them back: the call needs one stop only.
 * Elsewhere, and when there is no stub yet, an exit stop does it.
 *
 * On its way back a guest may be stopped by a signal, or the kernel may start
 * the call anew from the stub's instruction. Both are recognised by the program
 * counter, and the guest is put where it would be without us.
 */
#include "trace/dispatch.h"

#include "emulate/handlers.h"
#include "emulate/pending.h"
#include "emulate/plans.h"
#include "emulate/seccomp.h"
#include "program/stub.h"
#include "trace/agent.h"
#include "trace/leave.h"
#include "trace/counters.h"
#include "trace/filter.h"
#include "trace/learned.h"
#include "trace/memory.h"
#include "trace/scratch.h"
#include "trace/stop.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_on_way_back(const struct tracee *tracee)
{
	uint64_t pc = reg_pc(&tracee->registers);

	return pc >= stub_addresses.way_back - ARCH_CALL_SIZE &&
	       pc < stub_addresses.way_back_end;
}

/* Give the guest its own arguments back, and its own program counter. */
static void restore(struct tracee *tracee)
{
	struct registers *registers = &tracee->registers;

	for (unsigned int i = 0; i < ARGUMENTS; i++)
		if (tracee->call.changes & 1u << i)
			reg_set_argument(
				registers, i, tracee->call.arguments[i]);
	if (tracee->on_way_back)
		reg_set_pc(registers, tracee->return_pc);
	tracee->call.changes = 0;
	tracee->on_way_back = false;
}

static void leave_way_back(struct tracee *tracee)
{
	bool starts_again;

	if (!is_on_way_back(tracee)) {
		tracee->on_way_back = false;
		return;
	}
	starts_again = reg_pc(&tracee->registers) < stub_addresses.way_back;
	restore(tracee);
	if (starts_again)
		reg_call_again(&tracee->registers, tracee->call.number);
	registers_write(tracee->task.tid, &tracee->registers);
}

void dispatch_settle(struct tracee *tracee)
{
	if ((!tracee->on_way_back && !tracee->space->has_agent) ||
		registers_read(tracee->task.tid, &tracee->registers) < 0)
		return;
	if (tracee->on_way_back)
		leave_way_back(tracee);
	leave_settle(tracee); /* the way may have led back to an island */
}

bool dispatch_takes_step(struct tracee *tracee)
{
	if (registers_read(tracee->task.tid, &tracee->registers) < 0)
		return false;
	if (!tracee->on_way_back || !is_on_way_back(tracee))
		return leave_step(tracee);
	leave_way_back(tracee);
	leave_settle(tracee);
	return true;
}

bool dispatch_takes_fault(struct tracee *tracee, uint64_t address)
{
	if (registers_read(tracee->task.tid, &tracee->registers) < 0)
		return false;
	if (!tracee->on_way_back || !is_on_way_back(tracee))
		return leave_takes_fault(tracee, address);
	restore(tracee);
	registers_write(tracee->task.tid, &tracee->registers);
	tracee->space->is_spoiled = true;
	return true;
}

/* --- entry --- */

static void begin(struct tracee *tracee)
{
	struct call *call = &tracee->call;
	const struct registers *registers = &tracee->registers;

	call->task = &tracee->task;
	call->number = reg_number(registers);
	call->row = row_find(ARCH_ABI, call->number);
	for (unsigned int i = 0; i < ARGUMENTS; i++)
		call->arguments[i] = reg_argument(registers, i);
	call->needs_exit = false;
	scratch_begin(tracee);
}

/*
 * Let the guest make another call in the place of its own, and wait for the
 * result. -ESRCH: it died meanwhile.
 */
static int make_call(const struct session *session, struct tracee *tracee,
	long number, const uint64_t *arguments, long *result)
{
	struct registers *registers = &tracee->registers;
	struct registers own = *registers;
	int tid = tracee->task.tid;

	for (unsigned int i = 0; i < ARGUMENTS; i++)
		reg_set_argument(registers, i, arguments[i]);
	reg_set_number(registers, number);
	if (registers_write(tid, registers) < 0 ||
		stop_wait_exit(session, tracee) < 0 ||
		registers_read(tid, registers) < 0)
		return -ESRCH;
	*result = reg_result(registers);
	*registers = own;
	return 0;
}

/* Then let it do its own call again, or hear of an error. */
static void end_call(struct tracee *tracee, long error)
{
	struct registers *registers = &tracee->registers;

	if (error < 0)
		reg_set_result(registers, error);
	else
		reg_call_again(registers, tracee->call.number);
	registers_write(tracee->task.tid, registers);
}

/* One at a time: the guest makes its own call again after each. */
static void close_stray(const struct session *session, struct tracee *tracee)
{
	const uint64_t arguments[ARGUMENTS] = {
		(uint64_t)tracee->strays[--tracee->stray_count]};
	long result;

	if (make_call(session, tracee, SYS_close, arguments, &result) == 0)
		end_call(tracee, 0);
}

/* Memory for what the slot cannot hold. */
static void make_room(
	const struct session *session, struct tracee *tracee, size_t size)
{
	uint64_t unit = tracee->space->has_few_slots ? SLOT_SIZE : 0x10000;
	const uint64_t arguments[ARGUMENTS] = {0,
		(size + unit - 1) & ~(unit - 1), PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, (uint64_t)-1, 0};
	long result;

	if (make_call(session, tracee, ARCH_MMAP, arguments, &result) < 0)
		return;
	if (result < 0 && result > -4096) {
		end_call(tracee, -ENOMEM);
		return;
	}
	tracee->room = (uint64_t)result;
	tracee->room_size = arguments[1];
	end_call(tracee, 0);
}

int call_stop_for(struct call *call, unsigned int feature)
{
	struct tracee *tracee = (struct tracee *)call->task;

	if ((tracee->task.stops_for & feature) == feature)
		return 0;
	tracee->wanted_features |= feature;
	return -EAGAIN;
}

/* Put the code of a filter, and what prctl(2) takes, into guest memory. */
static int place_filter(
	struct tracee *tracee, unsigned int features, uint64_t *address)
{
	static struct filter filter;
	struct sock_fprog program = {0};
	uint64_t code;
	int status =
		filter_build_more(&filter, tracee->task.stops_for, features);

	scratch_begin(tracee);
	if (status == 0)
		status = call_place(&tracee->call, filter.code,
			filter.length * sizeof(filter.code[0]), &code);
	if (status < 0)
		return status;
	program.len = filter.length;
	program.filter = (struct sock_filter *)(uintptr_t)code;
	status = call_place(&tracee->call, &program, sizeof(program), address);
	return status < 0 ? status : scratch_commit(tracee);
}

/* One filter more, which stops for the calls of the wanted features. */
static void make_filter(const struct session *session, struct tracee *tracee)
{
	unsigned int features =
		tracee->task.stops_for | tracee->wanted_features;
	uint64_t address;
	long result;
	int status = place_filter(tracee, features, &address);

	if (status == -EAGAIN) {
		if (!tracee_take_room(tracee, scratch_missing()))
			make_room(session, tracee, scratch_missing());
		else
			end_call(tracee, 0);
		return;
	}
	if (status == 0) {
		const uint64_t arguments[ARGUMENTS] = {
			PR_SET_SECCOMP, SECCOMP_MODE_FILTER, address};

		if (make_call(session, tracee, SYS_prctl, arguments, &result) <
			0)
			return;
		status = (int)result;
	}
	if (status == 0)
		tracee->task.stops_for = features;
	end_call(tracee, status < 0 ? -EPERM : 0);
}

/* Choose how the guest gets its registers back, and change them. */
static void change_arguments(
	const struct session *session, struct tracee *tracee)
{
	struct call *call = &tracee->call;
	struct registers *registers = &tracee->registers;

	for (unsigned int i = 0; i < ARGUMENTS; i++)
		if (call->changes & 1u << i)
			reg_set_argument(registers, i, call->altered[i]);
	if (ARCH_SPARE && session->has_filter && !call->needs_exit &&
		tracee->space->has_stub && !tracee->space->is_spoiled) {
		tracee->on_way_back = true;
		tracee->return_pc = reg_pc(registers);
		reg_set_way_back(registers, scratch_block(), tracee->return_pc);
		reg_set_pc(registers, stub_addresses.way_back);
	} else {
		call->needs_exit = true;
	}
}

static void commit(const struct session *session, struct tracee *tracee)
{
	struct call *call = &tracee->call;
	struct registers *registers = &tracee->registers;

	if (call->is_done) {
		call->changes = 0;
		call->on_exit = NULL;
		call->needs_exit = false;
		reg_set_number(registers, -1);
		reg_set_result(registers, call->result);
	} else if (call->changes) {
		change_arguments(session, tracee);
	} else {
		return;
	}
	registers_write(tracee->task.tid, registers);
}

/* A filter of the guest's own asks for a tracer: it has none, seccomp(2). */
static bool is_stopped_by_guest(const struct tracee *tracee)
{
	unsigned long mark = FILTER_MARK;

	if (!tracee->task.process->has_filter)
		return false;
	ptrace(PTRACE_GETEVENTMSG, tracee->task.tid, 0, &mark);
	return mark != FILTER_MARK;
}

/*
 * A call of another machine's interface: its numbers are not ours. The filter
 * knows; without one, the instruction tells.
 */
static bool is_foreign_call(struct tracee *tracee)
{
	uint16_t instruction = ARCH_CALL_CODE;
	uint64_t pc = reg_pc(&tracee->registers);

	if (ARCH_CALL_CODE != 0)
		guest_read(&tracee->task, pc - ARCH_CALL_SIZE, &instruction,
			sizeof(instruction));
	return instruction != ARCH_CALL_CODE;
}

/* Ask the handler, and write what it has placed. -EAGAIN: there is no room. */
static int ask(const struct session *session, struct tracee *tracee)
{
	struct call *call = &tracee->call;
	int status = 0;

	begin(tracee);
	if (!task_may_call(&tracee->task, call->number))
		kill(tracee->task.tid, SIGKILL);
	if (session->has_filter ? is_stopped_by_guest(tracee)
				: is_foreign_call(tracee))
		call_finish(call, -ENOSYS);
	else
		call_dispatch(call);
	if (memory_was_denied() && !call->is_done)
		call_finish(call, -EPERM);
	if (!call->is_done && call->changes && scratch_missing() == 0)
		status = scratch_commit(tracee);
	if (status < 0 && status != -EAGAIN)
		call_finish(call, status);
	if (tracee->wanted_features != 0 || tracee->has_to_wait)
		return -EAGAIN;
	return scratch_missing() > 0 && !call->is_done ? -EAGAIN : 0;
}

void call_wait(struct call *call)
{
	((struct tracee *)call->task)->has_to_wait = true;
}

/* Without a filter the exit of the call that is skipped is a stop, too. */
static void call_later(const struct session *session, struct tracee *tracee)
{
	struct registers *registers = &tracee->registers;
	int tid = tracee->task.tid;

	tracee->has_to_wait = false;
	if (!session->has_filter) {
		reg_set_number(registers, -1);
		if (registers_write(tid, registers) < 0 ||
			stop_wait_exit(session, tracee) < 0)
			return;
	}
	reg_call_again(registers, tracee->call.number);
	reg_set_number(registers, -1);
	registers_write(tid, registers);
}

/* False: the guest will do the call again, when it has what it needs. */
static bool decide(const struct session *session, struct tracee *tracee)
{
	while (ask(session, tracee) < 0) {
		if (tracee->wanted_features != 0) {
			make_filter(session, tracee);
			tracee->wanted_features = 0;
			return false;
		}
		if (tracee->has_to_wait) {
			call_later(session, tracee);
			return false;
		}
		if (tracee_take_room(tracee, scratch_missing()))
			continue;
		make_room(session, tracee, scratch_missing());
		return false;
	}
	return true;
}

/* The stub's own calls; only without a filter do they stop at all. */
static bool is_stub_call(const struct tracee *tracee)
{
	return reg_pc(&tracee->registers) == stub_addresses.call_end;
}

/*
 * Before Linux 4.8 a filter of the guest's own is asked before the entry stop.
 * A call that it refuses has only an exit; or, on x86-64 from 3.19 on, an entry
 * with the number -1.
 */
static bool is_exit_alone(const struct tracee *tracee)
{
	return reg_number(&tracee->registers) != -1 &&
	       reg_has_result(&tracee->registers);
}

/* Without a filter: a stop that is none of a call that the guest makes. */
static bool is_idle_stop(const struct tracee *tracee)
{
	return is_stub_call(tracee) || is_exit_alone(tracee) ||
	       reg_number(&tracee->registers) == -1;
}

void dispatch_enter(const struct session *session, struct tracee *tracee)
{
	struct call *call = &tracee->call;

	if (registers_read(tracee->task.tid, &tracee->registers) < 0)
		return;
	if (tracee->on_way_back && is_on_way_back(tracee))
		restore(tracee); /* the kernel started the call anew */
	tracee->on_way_back = false;
	tracee->in_call = !session->has_filter && !is_exit_alone(tracee);
	call->changes = 0;
	call->is_done = false;
	call->on_exit = NULL;
	if (!session->has_filter && is_idle_stop(tracee))
		return;
	if (tracee->stray_count > 0) {
		tracee->call.number = reg_number(&tracee->registers);
		close_stray(session, tracee);
		tracee->in_call = false;
		return;
	}
	counters_add_call(reg_number(&tracee->registers));
	task_let_go(&tracee->task);
	pending_exec_settle(&tracee->task);
	agent_free_locks(tracee);
	if (tracee->space->has_agent &&
		agent_serves(reg_number(&tracee->registers)) &&
		learned_teach(tracee)) {
		tracee->in_call = false;
		return;
	}
	if (!decide(session, tracee)) {
		tracee->in_call = false;
		return;
	}
	agent_watch_call(call);
	agent_fetch_earlier_runs();
	agent_check(tracee);
	commit(session, tracee);
	if (call->needs_exit) {
		tracee->in_call = true;
		tracee->entry_is_due =
			session->has_filter && session->filter_stops_first;
	}
}

void dispatch_refuse(struct tracee *tracee)
{
	struct call *call = &tracee->call;

	if (registers_read(tracee->task.tid, &tracee->registers) < 0)
		return;
	if (!tracee->in_call) { /* before Linux 4.8: only the exit will come */
		call->changes = 0;
		call->is_done = false;
		call->on_exit = NULL;
		tracee->in_call = true;
	}
	reg_set_number(&tracee->registers, -1);
	reg_set_result(&tracee->registers, -ENOSYS);
	registers_write(tracee->task.tid, &tracee->registers);
}

/* --- exit --- */

void dispatch_exit(struct tracee *tracee)
{
	struct call *call = &tracee->call;
	struct registers *registers = &tracee->registers;

	tracee->in_call = false;
	agent_watch_result(call);
	if (!call->changes && !call->on_exit && !call->is_done)
		return;
	if (registers_read(tracee->task.tid, registers) < 0)
		return;
	call->result = call->is_done ? call->result : reg_result(registers);
	restore(tracee);
	call->starts_again = false;
	if (call->on_exit)
		call->on_exit(call);
	call->repeats = call->starts_again ? call->repeats + 1 : 0;
	/*
	 * On aarch64 both are x0: the result has overwritten the first argument
	 * there, and restore() the result.
	 */
	if (call->starts_again) {
		reg_set_argument(registers, 0, call->arguments[0]);
		reg_call_again(registers, call->number);
	} else {
		reg_set_result(registers, call->result);
	}
	registers_write(tracee->task.tid, registers);
	call->on_exit = NULL;
	call->is_done = false;
}

/* --- programs --- */

/* The starter begins at the stub by itself, proot's own binary does not. */
static bool hand_over(struct tracee *tracee, struct pending_exec *exec)
{
	struct registers *registers = &tracee->registers;
	unsigned int number = exec->number;

	exec->number = 0;
	if ((number == 0 || !plan_publish(number, exec->plan)) &&
		guest_write(&tracee->task, PLAN_ADDRESS, exec->plan,
			exec->plan->size) < 0)
		return false;
	if (exec->is_from_starter)
		return true;
	if (registers_read(tracee->task.tid, registers) < 0)
		return false;
	reg_set_pc(registers, stub_addresses.entry);
	return registers_write(tracee->task.tid, registers) == 0;
}

void dispatch_start_program(struct tracee *tracee)
{
	struct task *task = &tracee->task;
	struct pending_exec *exec = task->exec;

	task->exec = NULL;
	tracee->call.changes = 0;
	tracee->call.on_exit = NULL;
	tracee->call.is_done = false;
	tracee->on_way_back = false;
	if (exec)
		pending_exec_apply(exec, task);
	if (exec && !agent_identify(tracee))
		exec->plan->agent = 0; /* it has another identity now */
	tracee->space->has_agent = exec && exec->plan->agent != 0;
	if (tracee->space->has_agent)
		agent_introduce(tracee);
	tracee->space->has_few_slots = exec && exec->is_small;
	tracee->space->keeps_program =
		exec && exec->plan->image[PLAN_INTERPRETER].path != 0;
	if (task->process->has_other_name)
		task_name_directory(task);
	/* Else it would run proot's own code as if it were the program. */
	if (!exec || !hand_over(tracee, exec))
		kill(task->tid, SIGKILL);
	pending_exec_free(exec);
}
