/* SPDX-License-Identifier: MIT */
/*
 * The guests that we trace: threads, and what they share.
 *
 * A tracee is a thread. Threads of one process share a struct process; all
 * that share memory (threads, and children of vfork) share a struct space.
 */
#ifndef TRACE_TRACEE_H
#define TRACE_TRACEE_H

#include "agent/layout.h"
#include "arch/registers.h"
#include "emulate/call.h"
#include "stub/plan.h"
#include "trace/follow.h"
#include "trace/session.h"

#include <stdbool.h>

#define HOPELESS_MAX 64
#define STRAYS_MAX   16

/* An address space, as far as we put something into it. */
struct space {
	unsigned int references;
	bool has_stub;
	bool has_few_slots; /* SLOTS_SMALL */
	bool is_spoiled;    /* the guest has unmapped what the stub made */
	bool is_undumpable; /* see task_set_dumpable() */
	uint64_t free_room; /* left behind by a thread that is gone */
	uint64_t free_room_size;
	uint32_t used_slots[SLOT_COUNT / 32];

	/* Of the agent; see learned.c. */
	bool has_agent;	    /* its programs were started with one */
	bool keeps_program; /* its own code is not changed, only libraries' */
	bool places_are_known;
	struct agent_identity identity;
	bool has_stale_locks; /* of slots, see agent_free_locks() */
	bool is_untaught; /* no more ways are made, those that are lead past it
			   */
	uint64_t places[AGENT_PLACES];
	uint16_t used_islands[AGENT_PLACES]; /* in the tracer's halves */
	unsigned int hopeless_count;
	uint64_t hopeless[HOPELESS_MAX]; /* sites that cannot become ways */
};

enum tracee_state {
	TRACEE_UNKNOWN,	 /* stopped; its parent's event has not come yet */
	TRACEE_EXPECTED, /* the event came first, its own first stop is due */
	TRACEE_KNOWN,
};

struct tracee {
	struct task task; /* first: emulate/ hands back pointers to it */
	struct tracee *next;
	enum tracee_state state;
	unsigned int ticks; /* spent as TRACEE_UNKNOWN */

	struct space *space;
	int slot;      /* in the space, or -1 */
	uint64_t room; /* memory of its own for what a slot cannot hold */
	uint64_t room_size;

	struct follower follower;

	struct call call;
	bool in_call;		      /* an exit stop is due */
	bool is_leaving;	      /* the agent: a stop was asked for */
	bool has_to_wait;	      /* for others that do, with its call */
	bool is_overtaken;	      /* by its end, or a thread's execve(2) */
	bool is_stopped;	      /* by job control */
	bool is_parked;		      /* in an old kernel's group-stop */
	unsigned int wanted_features; /* that its filters do not know yet */
	unsigned int stray_count;
	int strays[STRAYS_MAX]; /* descriptors to close: the agent was just
				   about to, when a signal came */
	bool entry_is_due; /* before Linux 4.8 the entry stop comes second */
	bool on_way_back;  /* the last call returns through the stub */
	uint64_t return_pc;
	struct registers registers;
};

/* The one with this number, or null. */
struct tracee *tracee_find(int tid);

/* A tracee that nothing is known of but its number; null: no memory. */
struct tracee *tracee_add(int tid);

/* It has ended: what it shared with others may go, too. */
void tracee_remove(struct tracee *tracee);

/* PARENT's new child; what it shares follows from clone(2)'s flags. */
int tracee_inherit(struct tracee *child, struct tracee *parent, uint64_t flags);

/*
 * A process's first stop came before its parent's event, which will not come if
 * another thread ends the parent: as fork(2) would have it, for the time being.
 */
void tracee_inherit_early(struct tracee *child);

/* The first guest. */
int tracee_adopt(struct tracee *tracee, const struct session *session);

/*
 * After execve: memory of its own, no other threads, perhaps another number
 * (FORMER: the thread that called it takes over its leader's).
 */
int tracee_renew(struct tracee *tracee, int former);

/* Call VISIT for every tracee; it may not add or remove any. */
void tracee_each(void (*visit)(struct tracee *tracee));

/* Take a room of at least SIZE that some thread has left in the space. */
bool tracee_take_room(struct tracee *tracee, size_t size);

/* A slot of the space, or -1. */
int tracee_take_slot(struct tracee *tracee);

#endif
