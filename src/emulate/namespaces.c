/* SPDX-License-Identifier: MIT */
/*
 * clone(2), clone3(2), unshare(2), setns(2).
 *
 * In a real user namespace a guest would gain capabilities that shut us out of
 * its memory, and lose the right to execute our binary. So CLONE_NEWUSER never
 * reaches the kernel, and nor does CLONE_NEWNS: both are emulated.
 *
 * Without privilege the kernel gives the others only within a user namespace,
 * so there is none to be had here. For somebody who may ask (in an emulated
 * user namespace, or with a shown identity) it depends on what a program would
 * make of it: names of the host, System V IPC and control groups are simply
 * shared with the host, as nobody asks for them alone. A network or process
 * numbers of one's own are refused with EPERM, as by a kernel that refuses: a
 * program must not believe that it is cut off from the network when it is not,
 * nor look for process 1.
 */
#include "emulate/namespaces.h"

#include "emulate/handlers.h"
#include "emulate/root.h"
#include "emulate/user_namespace.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

#define EMULATED (CLONE_NEWUSER | CLONE_NEWNS)
#define SHARED	 (CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWCGROUP)
#define REFUSED	 (CLONE_NEWNET | CLONE_NEWPID | CLONE_NEWTIME)

/* What unshare(2) knows, check_unshare_flags() in kernel/fork.c. */
#define UNSHARED                                                               \
	(EMULATED | SHARED | REFUSED | CLONE_THREAD | CLONE_FS |               \
		CLONE_SIGHAND | CLONE_VM | CLONE_FILES | CLONE_SYSVSEM)

/*
 * Which namespaces are ours to make, and which the kernel shall still hear of.
 * 0, or -errno. A guest that may not ask for them is told so by the kernel.
 */
static int divide(
	struct task *task, uint64_t wanted, uint64_t *ours, uint64_t *kernels)
{
	bool has_story = task->identity || (wanted & CLONE_NEWUSER);

	*ours = 0;
	*kernels = wanted;
	if (!(wanted & (EMULATED | SHARED | REFUSED)))
		return 0;
	if (!(wanted & CLONE_NEWUSER) && !task_may(task, CAP_SYS_ADMIN))
		return has_story ? -EPERM : 0;
	if (has_story && (wanted & REFUSED))
		return -EPERM;
	*ours = wanted & EMULATED;
	*kernels &= ~(uint64_t)EMULATED;
	if (has_story)
		*kernels &= ~(uint64_t)SHARED;
	return 0;
}

/* Kernel order: the user namespace first, it owns the others. */
static int enter(struct task *task, uint64_t ours)
{
	int status = 0;

	if (ours & CLONE_NEWUSER)
		status = user_namespace_enter(task);
	if (status == 0 && (ours & CLONE_NEWNS))
		status = root_unshare(
			task->process, user_namespace_number(task->process));
	return status;
}

/* From now on the guest's identity is a story: its calls have to stop. */
static bool stops_for_identity(struct call *call, uint64_t ours)
{
	return !(ours & CLONE_NEWUSER) ||
	       call_stop_for(call, FEATURE_IDENTITY) == 0;
}

/* --- unshare --- */

static void unshare_exit(struct call *call)
{
	uint64_t ours = call->saved.namespaces;

	if (call->result != 0)
		return;
	if (ours != 0)
		call->result = enter(call->task, ours);
	else
		root_stop_sharing(call->task->process);
}

void unshare_enter(struct call *call)
{
	uint64_t wanted = call->arguments[0];
	uint64_t ours;
	uint64_t kernels;
	int status = 0;

	if (wanted & ~(uint64_t)UNSHARED)
		return; /* EINVAL */
	if ((wanted & CLONE_NEWUSER) && call->task->process->references > 1)
		status = -EINVAL; /* it has other threads */
	if (status == 0)
		status = divide(call->task, wanted, &ours, &kernels);
	if (status < 0) {
		call_finish(call, status);
		return;
	}
	if (!stops_for_identity(call, ours))
		return;
	/* Both bring along a root and current directory of one's own. */
	if (ours != 0)
		kernels |= CLONE_FS;
	if (kernels != wanted)
		call_set(call, 0, kernels);
	call->saved.namespaces = ours;
	if (ours != 0 || (wanted & CLONE_FS))
		call_at_exit(call, unshare_exit);
}

/* --- clone --- */

/* The kernel does not see what it would have refused: copy_process(). */
static bool is_contradiction(uint64_t flags)
{
	return ((flags & CLONE_NEWNS) && (flags & CLONE_FS)) ||
	       ((flags & CLONE_NEWUSER) && (flags & (CLONE_FS | CLONE_THREAD)));
}

static void clone_exit(struct call *call)
{
	call->task->new_namespaces = 0;
}

/* -EAGAIN: the call will be made again. */
static int clone_with(struct call *call, uint64_t *flags)
{
	uint64_t ours;
	int status;

	if (is_contradiction(*flags))
		return -EINVAL;
	status = divide(call->task, *flags, &ours, flags);
	if (status < 0)
		return status;
	if (!stops_for_identity(call, ours))
		return -EAGAIN;
	*flags &= ~(uint64_t)CLONE_UNTRACED;
	call->task->new_namespaces = ours;
	call_at_exit(
		call, clone_exit); /* the child must not need the way back */
	return 0;
}

#define NOTICED (CLONE_UNTRACED | EMULATED | SHARED | REFUSED)

/* Its lowest byte is a signal, where clone3(2) and unshare(2) have flags. */
void clone_enter(struct call *call)
{
	uint64_t signal = call->arguments[0] & CSIGNAL;
	uint64_t flags = call->arguments[0] - signal;
	int status;

	if (!(flags & NOTICED))
		return;
	status = clone_with(call, &flags);
	if (status == 0)
		call_set(call, 0, flags | signal);
	else if (status != -EAGAIN)
		call_finish(call, status);
}

/* Only a stop proves that the agent may serve it. */
void vfork_enter(struct call *call)
{
	(void)call;
}

#define CLONE_ARGS_MAX 4096 /* the kernel takes no larger structure */

void clone3_enter(struct call *call)
{
	char bytes[CLONE_ARGS_MAX];
	struct clone_args *arguments = (struct clone_args *)bytes;
	uint64_t size = call->arguments[1];
	uint64_t address;
	uint64_t flags;
	int status;

	if (size < CLONE_ARGS_SIZE_VER0 || size > sizeof(bytes) ||
		guest_read(call->task, call->arguments[0], bytes, size) < 0 ||
		!(arguments->flags & NOTICED))
		return;
	flags = arguments->flags;
	status = clone_with(call, &flags);
	arguments->flags = flags;
	if (status == 0)
		status = call_place(call, bytes, size, &address);
	if (status == 0)
		call_set(call, 0, address);
	else if (status != -EAGAIN)
		call_finish(call, status);
}

int namespaces_enter(struct task *child, struct task *parent)
{
	uint64_t ours = parent->new_namespaces;

	parent->new_namespaces = 0;
	return ours != 0 ? enter(child, ours) : 0;
}

/* --- links of /proc --- */

#define FIRST_NUMBER 4027000000u /* clear of the kernel's inode numbers */

bool namespaces_link_text(
	const struct process *process, const char *kind, struct text *text)
{
	char line[64];
	unsigned int number = 0;

	if (strcmp(kind, "mnt") == 0 && process->standpoint)
		number = standpoint_number(process->standpoint);
	else if (strcmp(kind, "user") == 0)
		number = user_namespace_number(process);
	if (number == 0)
		return false;
	snprintf(line, sizeof(line), "%s:[%u]", kind, FIRST_NUMBER + number);
	return text_set(text, line, strlen(line)) == 0;
}

/* --- setns --- */

/* Of namespaces that exist, the type may be told or be the descriptor's. */
void setns_enter(struct call *call)
{
	struct host_path link;
	struct text text;

	if (call->arguments[1] & CLONE_NEWUSER) {
		call_finish(call, -EPERM);
		return;
	}
	viewer_proc_path(&call->task->viewer, (int)call->arguments[0], &link);
	if (view_link_text(call->task->process->view, link.text.bytes, &text) ==
			0 &&
		memcmp(text.bytes, "user:", 5) == 0)
		call_finish(call, -EPERM);
}
