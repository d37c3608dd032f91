/* SPDX-License-Identifier: MIT */
/*
 * Keeping guests and their tracer on one processor, or on few.
 *
 * Waking each other across processors costs ten times the stop itself: an
 * interrupt to a sleeping processor, and another one back. Moving the tracer
 * to its guest does not help for long: the scheduler wakes the guest on
 * whichever processor is idle, which is never the tracer's. So a guest that
 * makes calls is bound to the tracer's processor, with all its children; and
 * set free
 *
 *  - when it has not stopped for a tick (it computes, or sleeps);
 *  - when, on average, more than one waits for each of the processors that
 *    guests are bound to (there is work for more of them, and then waking is
 *    cheap).
 *
 * Where several have stopped at once that need not be tried.
 *
 * A child that is made while another one of its parent's is at work runs beside
 * it (a pipeline, make -j): it is bound to another processor. As long as guests
 * are bound to more than one, the tracer is free: who stops wakes it where it
 * is itself, mostly.
 *
 * The guest cannot see it: what it asks about its affinity, and what its
 * children inherit, is its own mask (sched_setaffinity(2)).
 */
#ifndef TRACE_FOLLOW_H
#define TRACE_FOLLOW_H

#include <sched.h>
#include <stdbool.h>

#define FOLLOW_TICK 4000 /* microseconds */

struct tracee;

/* Part of every tracee. */
struct follower {
	bool is_bound;
	bool has_stopped; /* since the last tick */
	bool own_is_known;
	int processor;	  /* that it is bound to, or was last */
	int child;	  /* a tid: the last one made to run there, too */
	long long freed;  /* when it was bound last; 0: never */
	cpu_set_t own;	  /* the mask that the guest believes in */
	long long looked; /* when it was looked at last, … */
	unsigned long long delay; /* … and had waited for a processor, in ns */
	struct tracee *next;
	struct tracee *previous;
};

/* Before the first guest: which processors there are. */
void follow_begin(void);

/* It has stopped for a call. */
void follow_stop(struct tracee *tracee);

/* A new guest has its parent's mask. */
void follow_child(struct tracee *child, struct tracee *parent);

/* It is gone. */
void follow_forget(struct tracee *tracee);

/* sched_getaffinity(2) and sched_setaffinity(2) of the guest's own mask. */
long follow_get_own(struct tracee *tracee, void *mask, size_t size);
long follow_set_own(struct tracee *tracee, const void *mask, size_t size);

/* Are there guests to look after in a tick? */
bool follow_needs_tick(void);
void follow_tick(void);

#endif
