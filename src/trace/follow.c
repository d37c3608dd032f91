/* SPDX-License-Identifier: MIT */
/* Moving the tracer to the processor that its guests run on. */
#include "trace/follow.h"

#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EAGER	 8  /* stops between two looks while they disagree */
#define RELAXED	 64 /* while they agree */
#define PATIENCE 2  /* looks in a row that must agree before a move */

static struct {
	cpu_set_t allowed;
	bool works;
	int current; /* where the tracer is pinned, or -1 */
	int candidate;
	int agreed;
	int countdown;
} follow;

void follow_begin(void)
{
	follow.works = sched_getaffinity(0, sizeof(follow.allowed),
			       &follow.allowed) == 0 &&
		       CPU_COUNT(&follow.allowed) > 1;
	follow.current = follow.candidate = -1;
	follow.countdown = EAGER;
}

/* The processor that a thread was last on: field 39, proc_pid_stat(5). */
static int processor_of(int tid)
{
	char name[64];
	char text[1024];
	char *at;
	ssize_t size;
	int fd;

	snprintf(name, sizeof(name), "/proc/%d/stat", tid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	size = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (size <= 0)
		return -1;
	text[size] = '\0';
	at = strrchr(text, ')');
	for (int field = 2; at && field < 39; field++)
		at = strchr(at + 1, ' ');
	return at ? atoi(at + 1) : -1;
}

static void move_to(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	follow.works = sched_setaffinity(0, sizeof(set), &set) == 0;
	follow.current = processor;
}

static void look(int tid)
{
	int processor = processor_of(tid);

	follow.countdown = RELAXED;
	if (processor < 0 || processor == follow.current ||
		processor >= CPU_SETSIZE ||
		!CPU_ISSET(processor, &follow.allowed)) {
		follow.agreed = 0;
		return;
	}
	follow.countdown = EAGER;
	follow.agreed = processor == follow.candidate ? follow.agreed + 1 : 1;
	follow.candidate = processor;
	if (follow.agreed >= PATIENCE) {
		follow.agreed = 0;
		move_to(processor);
	}
}

void follow_stop(int tid)
{
	if (follow.works && --follow.countdown <= 0)
		look(tid);
}
