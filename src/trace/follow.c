/* SPDX-License-Identifier: MIT */
/* Binding chatty guests to the tracer's processor. */
#include "trace/follow.h"

#include "trace/stop.h"
#include "trace/tracee.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define REST_FIRST  100000000l /* ns without binding after it did not pay */
#define REST_MAX    1600000000l
#define CHILD_DELAY 1000000000l /* ns from clone(2) to a first stop */
#define NEW	    1000000l	/* ns: what is younger has not waited long */

static struct {
	bool works;
	cpu_set_t allowed; /* the tracer's own mask */
	int processor;	   /* that all are bound to, or -1 */
	struct tracee *bound;
	long long rest_until;
	long rest;
} follow;

static long long now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

void follow_begin(void)
{
	follow.works = sched_getaffinity(0, sizeof(follow.allowed),
			       &follow.allowed) == 0 &&
		       CPU_COUNT(&follow.allowed) > 1;
	follow.processor = -1;
	follow.rest = REST_FIRST;
}

/* --- the list --- */

static void list_add(struct tracee *tracee)
{
	struct follower *follower = &tracee->follower;

	follower->delay = 0;
	follower->looked = now();
	follower->previous = NULL;
	follower->next = follow.bound;
	if (follow.bound)
		follow.bound->follower.previous = tracee;
	follow.bound = tracee;
	follower->is_bound = true;
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
}

/* --- binding, freeing --- */

static bool bind_tracer(void)
{
	cpu_set_t one;
	int processor = sched_getcpu();

	if (processor < 0 || processor >= CPU_SETSIZE)
		return false;
	CPU_ZERO(&one);
	CPU_SET(processor, &one);
	if (sched_setaffinity(0, sizeof(one), &one) < 0)
		return false;
	follow.processor = processor;
	return true;
}

static void free_tracer(void)
{
	if (follow.processor >= 0)
		sched_setaffinity(0, sizeof(follow.allowed), &follow.allowed);
	follow.processor = -1;
}

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

static void bind(struct tracee *tracee)
{
	struct follower *follower = &tracee->follower;
	int tid = tracee->task.tid;
	cpu_set_t one;

	if (!follower->own_is_known &&
		sched_getaffinity(tid, sizeof(follower->own), &follower->own) <
			0)
		return;
	follower->own_is_known = true;
	if (follow.processor < 0 && !bind_tracer()) {
		follow.works = false;
		return;
	}
	if (!CPU_ISSET(follow.processor, &follower->own))
		return;
	CPU_ZERO(&one);
	CPU_SET(follow.processor, &one);
	if (sched_setaffinity(tid, sizeof(one), &one) < 0)
		return;
	list_add(tracee);
	follower->delay = delay_of(tracee);
}

static void set_free(struct tracee *tracee)
{
	struct follower *follower = &tracee->follower;

	sched_setaffinity(
		tracee->task.tid, sizeof(follower->own), &follower->own);
	list_remove(tracee);
	follower->freed = now();
}

/* A child may have been made while its parent was still bound. */
static bool was_just_bound(const struct follower *parent)
{
	return parent->own_is_known && parent->freed != 0 &&
	       now() - parent->freed < CHILD_DELAY;
}

void follow_stop(struct tracee *tracee)
{
	struct follower *follower = &tracee->follower;

	follower->has_stopped = true;
	if (!follow.works || follower->is_bound || stop_is_crowded())
		return;
	if (follow.rest_until != 0) {
		if (now() < follow.rest_until)
			return;
		follow.rest_until = 0;
	}
	bind(tracee);
}

void follow_child(struct tracee *child, const struct tracee *parent)
{
	struct follower *follower = &child->follower;

	follower->own = parent->follower.own;
	follower->own_is_known = parent->follower.own_is_known;
	follower->has_stopped = true;
	if (parent->follower.is_bound)
		list_add(child);
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
	return follow.bound != NULL;
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
	long long time = now();
	unsigned int waiting = look_after_all(time);

	if (follow.bound && waiting > 1000) {
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
}
