/* SPDX-License-Identifier: MIT */
/*
 * A child by vfork(2), the way of posix_spawn(3), compilers, make and dash.
 *
 * Natively traced it takes three stops: the tracer looks at what a call asks
 * for, hears of it from the parent, and sees the child. Only the last one is
 * needed. CLONE_PTRACE alone has a child traced as its parent is, and
 * CLONE_UNTRACED lets the parent go on without telling; the child's own
 * registers say whose it is. Its parent waits until it is gone, or runs another
 * program, so nothing of what it inherits can change before it is seen.
 *
 * The child comes to life in this slot, which is its parent's: the tracer puts
 * it where it belongs at once (trace/leave.h).
 */
#include "agent/serve.h"

#include "view/kernel.h"

#include <signal.h>
#include <string.h>

#ifndef CLONE_CLEAR_SIGHAND
#define CLONE_CLEAR_SIGHAND 0x100000000ull
#endif

/* All others are for the tracer: threads, namespaces, other parents. */
#define SERVED                                                                 \
	(CSIGNAL | CLONE_VM | CLONE_VFORK | CLONE_FS | CLONE_FILES |           \
		CLONE_PARENT_SETTID | CLONE_CHILD_SETTID |                     \
		CLONE_CHILD_CLEARTID | CLONE_PIDFD | CLONE_CLEAR_SIGHAND)

#define UNSEEN (CLONE_PTRACE | CLONE_UNTRACED)

static bool is_served(uint64_t flags)
{
	return (flags & CLONE_VM) && (flags & CLONE_VFORK) &&
	       !(flags & ~SERVED);
}

static enum agent_action make_child(struct agent_slot *slot, uint64_t flags)
{
	call_set_argument(slot, CHILD_FLAGS, flags);
	call_set_argument(slot, CHILD_PARENT,
		(uint64_t)raw_syscall(__NR_gettid, 0, 0, 0, 0, 0, 0));
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}

static enum agent_action serve_clone(struct agent_slot *slot, uint64_t flags)
{
	if (!is_served(flags))
		return punt(slot, PUNT_child);
	call_set_number(slot, __NR_clone);
	call_set_argument(slot, 0, flags | UNSEEN);
	return make_child(slot, flags);
}

/* Like clone(2) without a stack: the call takes no arguments. */
static enum agent_action serve_vfork(struct agent_slot *slot)
{
	call_set_argument(slot, 1, 0);
	return serve_clone(slot, CLONE_VM | CLONE_VFORK | SIGCHLD);
}

/* Its arguments are read once: other threads may change them. */
static enum agent_action serve_clone3(struct agent_slot *slot)
{
	uint64_t size = slot->call.arguments[1];
	uint64_t flags;

	if (size < CLONE_ARGS_SIZE_VER0 || size > sizeof(slot->child))
		return punt(slot, PUNT_child);
	memcpy(&slot->child, (const void *)slot->call.arguments[0], size);
	flags = slot->child.flags;
	if (!is_served(flags) || (flags & CSIGNAL))
		return punt(slot, PUNT_child); /* there it has no signal */
	slot->child.flags = flags | UNSEEN;
	call_set_argument(slot, 0, (uint64_t)&slot->child);
	return make_child(slot, flags);
}

enum agent_action serve_child(struct agent_slot *slot)
{
	switch (slot->call.row->handler) {
	case HANDLER_vfork:
		return serve_vfork(slot);
	case HANDLER_clone:
		return serve_clone(slot, slot->call.arguments[0] & 0xffffffff);
	default:
		return serve_clone3(slot);
	}
}
