/* SPDX-License-Identifier: MIT */
/*
 * seccomp(2) inside a guest, and landlock(7).
 *
 * Filters of guests are installed as they are: the kernel takes the strictest
 * answer of all. Strict mode cannot be entered any more once there is a filter,
 * so that of a guest without one of its own becomes a filter, too: it stops
 * what strict mode forbids, and the tracer kills.
 */
#include "emulate/seccomp.h"

#include "emulate/handlers.h"

#include <asm/unistd.h>
#include <errno.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef LANDLOCK_CREATE_RULESET_VERSION
#define LANDLOCK_CREATE_RULESET_VERSION 1
#endif
#ifndef SECCOMP_FILTER_FLAG_NEW_LISTENER
#define SECCOMP_FILTER_FLAG_NEW_LISTENER (1 << 3)
#endif

static const struct sock_filter STRICT[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_read, 4, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_write, 3, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_exit, 2, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_rt_sigreturn, 1, 0),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

bool task_may_call(const struct task *task, long number)
{
	return !task->is_strict || number == __NR_read ||
	       number == __NR_write || number == __NR_exit ||
	       number == __NR_rt_sigreturn;
}

static void strict_exit(struct call *call)
{
	call->task->is_strict |= call->result == 0;
}

static bool may_be_strict(const struct call *call)
{
	const struct process *process = call->task->process;

	return process->is_filtered && !process->has_filter;
}

/* Put the filter in place; the call has its mode and its pointer here. */
static void enter_strict(struct call *call, unsigned int mode,
	unsigned int flags, unsigned int pointer)
{
	struct sock_fprog program = {.len = sizeof(STRICT) / sizeof(STRICT[0])};
	uint64_t code;
	uint64_t address;

	if (call_place(call, STRICT, sizeof(STRICT), &code) < 0)
		return;
	program.filter = (struct sock_filter *)(uintptr_t)code;
	if (call_place(call, &program, sizeof(program), &address) < 0)
		return;
	call_set(call, mode,
		mode == 0 ? SECCOMP_SET_MODE_FILTER : SECCOMP_MODE_FILTER);
	if (flags != mode)
		call_set(call, flags, 0);
	call_set(call, pointer, address);
	call_at_exit(call, strict_exit);
}

static void filter_exit(struct call *call)
{
	call->task->process->has_filter |= call->result >= 0;
}

/*
 * A listener may let a call continue that our filter wants to stop, and then
 * nobody does: kernel/seccomp.c, SECCOMP_RET_USER_NOTIF. There is none before
 * Linux 5.0, which knows no such flag.
 */
static bool wants_listener(const uint64_t *arguments)
{
	return (uint32_t)arguments[0] == SECCOMP_SET_MODE_FILTER &&
	       (arguments[1] & SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

/*
 * The kernel asks for a privilege, or that execve gives none: the latter was
 * promised for our own filter, but it is the guest's word that counts. See
 * seccomp_prepare_filter() in kernel/seccomp.c.
 */
static bool is_refused(struct call *call, uint64_t flags, uint64_t address)
{
	struct sock_fprog program;

	if (call->task->process->has_no_new_privs || flags >= 64 ||
		guest_read(call->task, address, &program, sizeof(program)) <
			0 ||
		program.len == 0 || program.len > BPF_MAXINSNS ||
		task_may(call->task, CAP_SYS_ADMIN))
		return false;
	call_finish(call, -EACCES);
	return true;
}

static void enter_filter(struct call *call, uint64_t flags, uint64_t address)
{
	if (!is_refused(call, flags, address))
		call_at_exit(call, filter_exit);
}

void seccomp_enter(struct call *call)
{
	const uint64_t *arguments = call->arguments;

	if (wants_listener(arguments) && call->task->process->is_filtered) {
		call_finish(call, -EINVAL);
		return;
	}
	/* It might not let the agent make its calls, in any thread. */
	if (call_without_agent(call) < 0)
		return;
	if ((uint32_t)arguments[0] == SECCOMP_SET_MODE_FILTER)
		enter_filter(call, arguments[1], arguments[2]);
	else if (may_be_strict(call) && arguments[1] == 0 && arguments[2] == 0)
		enter_strict(call, 0, 1, 2);
}

static bool has_landlock(void)
{
	return syscall(SYS_landlock_create_ruleset, NULL, 0,
		       LANDLOCK_CREATE_RULESET_VERSION) > 0;
}

/* Here the kernel asks that before anything else. */
void landlock_enter(struct call *call)
{
	if (call->task->process->has_no_new_privs ||
		task_may(call->task, CAP_SYS_ADMIN) || !has_landlock())
		return;
	call_finish(call, -EPERM);
}

void seccomp_prctl(struct call *call)
{
	task_drop_agent(call->task);
	if (call->arguments[1] == SECCOMP_MODE_FILTER)
		enter_filter(call, 0, call->arguments[2]);
	else if (call->arguments[1] == SECCOMP_MODE_STRICT &&
		 may_be_strict(call))
		enter_strict(call, 1, 1, 2);
}
