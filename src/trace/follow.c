/* SPDX-License-Identifier: MIT */
/* Binding chatty guests to processors. */
#include "trace/follow.h"

#include "base/clock.h"
#include "trace/stop.h"
#include "trace/tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define REST_FIRST  100000000l /* ns without binding after it did not pay */
#define REST_MAX    1600000000l
#define CHILD_DELAY 1000000000l /* ns from clone(2) to a first stop */
#define NEW	    1000000l	/* ns: what is younger has not waited long */

static struct {
	bool works;
	cpu_set_t allowed; /* the tracer's own mask */
	int tracer;	   /* the processor that it is bound to, or -1 */
	struct tracee *bound;
	unsigned int guests[CPU_SETSIZE]; /* bound to each processor */
	unsigned int used;		  /* processors with guests */
	long long rest_until;
	long rest;
} follow;

void follow_begin(void)
{
	follow.works = sched_getaffinity(0, sizeof(follow.allowed),
			       &follow.allowed) == 0 &&
		       CPU_COUNT(&follow.allowed) > 1;
	follow.tracer = -1;
	follow.rest = REST_FIRST;
}

/* --- processors --- */

static int bind_to(int tid, int processor)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	CPU_SET(processor, &one);
	return sched_setaffinity(tid, sizeof(one), &one);
}

static bool bind_tracer(int processor)
{
	if (bind_to(0, processor) < 0)
		return false;
	follow.tracer = processor;
	return true;
}

static void free_tracer(void)
{
	if (follow.tracer >= 0)
		sched_setaffinity(0, sizeof(follow.allowed), &follow.allowed);
	follow.tracer = -1;
}

/* Another one than OCCUPIED, with the fewest guests; -1: there is none. */
static int other_processor(const cpu_set_t *own, int occupied)
{
	int best = -1;

	for (int i = 1; i < CPU_SETSIZE; i++) {
		int processor = (occupied + i) % CPU_SETSIZE;

		if (CPU_ISSET(processor, own) &&
			CPU_ISSET(processor, &follow.allowed) &&
			(best < 0 ||
				follow.guests[processor] < follow.guests[best]))
			best = processor;
	}
	return best;
}

/* --- the list --- */

static void list_add(struct tracee *tracee, int processor)
{
	struct follower *follower = &tracee->follower;

	follower->delay = 0;
	follower->looked = clock_now();
	follower->previous = NULL;
	follower->next = follow.bound;
	if (follow.bound)
		follow.bound->follower.previous = tracee;
	follow.bound = tracee;
	follower->is_bound = true;
	follower->processor = processor;
	if (follow.guests[processor]++ == 0 && ++follow.used > 1)
		free_tracer();
}

static void list_remove(struct tracee *tracee)
{
	struct follower *follower = &tracee->follower;

	if (follower->next)
		follower->next->follower.previous = follower->previous;
	if (follower->previous)
		follower->previous->follower.next = follower->next;
	else
		follow.bound = follower->next;
	follower->is_bound = false;
	if (--follow.guests[follower->processor] == 0)
		follow.used--;
}

/* --- binding, freeing --- */

/* Time that a thread spent runnable but not running: proc(5), schedstat. */
static unsigned long long delay_of(const struct tracee *tracee)
{
	unsigned long long delay = 0;
	char name[64];
	char text[128];
	ssize_t size;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/schedstat", tracee->task.tid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (size <= 0)
		return 0;
	text[size] = '\0';
	return sscanf(text, "%*u %llu", &delay) == 1 ? delay : 0;
}

/* Of a guest that has not been bound yet: the others', or the tracer's. */
static int first_processor(void)
{
	int processor = follow.bound ? follow.bound->follower.processor
				     : sched_getcpu();

	return processor < CPU_SETSIZE ? processor : -1;
}

/* Of one that is not bound; others than the guest may have changed it. */
static bool learn_own(struct tracee *tracee)
{
	struct follower *follower = &tracee->follower;

	if (!follower->own_is_known)
		follower->processor = first_processor();
	follower->own_is_known =
		sched_getaffinity(tracee->task.tid, sizeof(follower->own),
			&follower->own) == 0;
	return follower->own_is_known;
}

static void bind(struct tracee *tracee)
{
	struct follower *follower = &tracee->follower;
	int tid = tracee->task.tid;

	if (!learn_own(tracee) || follower->processor < 0 ||
		!CPU_ISSET(follower->processor, &follower->own))
		return;
	if (!follow.bound && !bind_tracer(follower->processor)) {
		follow.works = false;
		return;
	}
	if (bind_to(tid, follower->processor) < 0)
		return;
	list_add(tracee, follower->processor);
	follower->delay = delay_of(tracee);
}

/* Or has somebody else changed its mask? */
static bool is_as_bound(const struct tracee *tracee)
{
	cpu_set_t mask;

	return sched_getaffinity(tracee->task.tid, sizeof(mask), &mask) == 0 &&
	       CPU_COUNT(&mask) == 1 &&
	       CPU_ISSET(tracee->follower.processor, &mask);
}

static void set_free(struct tracee *tracee)
{
	struct follower *follower = &tracee->follower;

	if (is_as_bound(tracee))
		sched_setaffinity(tracee->task.tid, sizeof(follower->own),
			&follower->own);
	list_remove(tracee);
	follower->freed = clock_now();
}

/* A child may have been made while its parent was still bound. */
static bool was_just_bound(const struct follower *parent)
{
	return parent->own_is_known && parent->freed != 0 &&
	       clock_now() - parent->freed < CHILD_DELAY;
}

void follow_stop(struct tracee *tracee)
{
	struct follower *follower = &tracee->follower;

	follower->has_stopped = true;
	if (!follow.works || follower->is_bound || stop_is_crowded())
		return;
	if (follow.rest_until != 0) {
		if (clock_now() < follow.rest_until)
			return;
		follow.rest_until = 0;
	}
	bind(tracee);
}

/* Is there another child of PARENT, at work on its processor? */
static bool is_beside(const struct follower *parent)
{
	const struct tracee *other = tracee_find(parent->child);

	return other && other->follower.is_bound &&
	       other->follower.has_stopped &&
	       other->follower.processor == parent->processor;
}

/* It starts on its parent's processor. */
static void bind_child(struct tracee *child, struct follower *parent)
{
	int processor = -1;

	if (is_beside(parent))
		processor = other_processor(&parent->own, parent->processor);
	if (processor < 0 || bind_to(child->task.tid, processor) < 0) {
		processor = parent->processor;
		parent->child = child->task.tid;
	}
	list_add(child, processor);
}

void follow_child(struct tracee *child, struct tracee *parent)
{
	struct follower *follower = &child->follower;

	follower->own = parent->follower.own;
	follower->own_is_known = parent->follower.own_is_known;
	follower->processor = parent->follower.processor;
	follower->has_stopped = true;
	if (parent->follower.is_bound)
		bind_child(child, &parent->follower);
	else if (was_just_bound(&parent->follower))
		sched_setaffinity(
			child->task.tid, sizeof(follower->own), &follower->own);
}

void follow_forget(struct tracee *tracee)
{
	if (tracee->follower.is_bound)
		list_remove(tracee);
}

/* --- what the guest may know --- */

/* The kernel says how large its masks are, and what is wrong. */
long follow_get_own(struct tracee *tracee, void *mask, size_t size)
{
	const struct follower *follower = &tracee->follower;
	long result =
		syscall(SYS_sched_getaffinity, tracee->task.tid, size, mask);

	if (result < 0)
		return -errno;
	if (follower->is_bound && result <= (long)sizeof(follower->own))
		memcpy(mask, &follower->own, (size_t)result);
	return result;
}

long follow_set_own(struct tracee *tracee, const void *mask, size_t size)
{
	struct follower *follower = &tracee->follower;
	int tid = tracee->task.tid;

	if (syscall(SYS_sched_setaffinity, tid, size, mask) < 0)
		return -errno;
	if (follower->is_bound)
		list_remove(tracee);
	follower->own_is_known = false;
	return 0;
}

/* --- ticks --- */

bool follow_needs_tick(void)
{
	return follow.bound || follow.tracer >= 0;
}

/*
 * How much of its time it has waited since it was looked at, in thousandths.
 * Of one that is quite new that says little.
 */
static unsigned int waiting_share(
	struct follower *follower, const struct tracee *tracee, long long time)
{
	unsigned long long delay = delay_of(tracee);
	long long elapsed = time - follower->looked;
	unsigned long long waited = delay - follower->delay;

	if (elapsed < NEW)
		elapsed = NEW;
	follower->delay = delay;
	follower->looked = time;
	return (unsigned int)(waited * 1000 / (unsigned long long)elapsed);
}

/* Frees the quiet ones; answers how many others wait, in thousandths. */
static unsigned int look_after_all(long long time)
{
	struct tracee *tracee = follow.bound;
	unsigned int waiting = 0;

	while (tracee) {
		struct follower *follower = &tracee->follower;
		struct tracee *next = follower->next;

		if (follower->has_stopped)
			waiting += waiting_share(follower, tracee, time);
		else
			set_free(tracee);
		follower->has_stopped = false;
		tracee = next;
	}
	return waiting;
}

void follow_tick(void)
{
	long long time = clock_now();
	unsigned int waiting = look_after_all(time);

	if (follow.bound && waiting > 1000 * follow.used) {
		while (follow.bound)
			set_free(follow.bound);
		follow.rest_until = time + follow.rest;
		if (follow.rest < REST_MAX)
			follow.rest *= 2;
	} else if (follow.bound) {
		follow.rest = REST_FIRST;
	}
	if (!follow.bound)
		free_tracer();
	else if (follow.used == 1 && follow.tracer < 0)
		bind_tracer(follow.bound->follower.processor);
}
