/* SPDX-License-Identifier: MIT */
/* Signals that come faster than one path call of the agent ends. */
/*
 * The agent leaves its call unfinished for each of them, and begins anew: not
 * for ever, since natively the call is made once, whatever comes. Each handler
 * sets the timer for the next signal: a guest that gets no further has had
 * tens of thousands in the end.
 */
// rows: stat
// also as a fake root
// Each call of the handler stops there, and takes longer than the timer:
// not: no-seccomp
// not: old-kernel
#include "hot.h"

#define LINKS	  39 /* the kernel follows 40 */
#define SOON	  20 /* microseconds; the links take longer */
#define TOO_OFTEN 50000

static volatile sig_atomic_t signals;
static volatile sig_atomic_t is_over;

static void set_timer(int microseconds)
{
	struct itimerval timer = {{0, 0}, {0, microseconds}};

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void on_alarm(int signal)
{
	(void)signal;
	signals++;
	STEP(signals < TOO_OFTEN);
	if (!is_over)
		set_timer(SOON);
}

static void make_links(void)
{
	char name[16];
	char next[16] = "file";

	file_make("file", "end");
	for (int i = 1; i <= LINKS; i++) {
		snprintf(name, sizeof(name), "link%d", i);
		WORKS(symlink(next, name));
		memcpy(next, name, sizeof(next));
	}
}

static void cut_a_call(const char *path)
{
	struct stat status;
	int result;

	is_over = 0;
	signals = 0;
	set_timer(SOON);
	result = stat(path, &status);
	is_over = 1;
	set_timer(0);
	EQUAL(0, result);
	EQUAL(3, status.st_size);
}

int main(void)
{
	struct sigaction action = {.sa_handler = on_alarm};
	struct stat status;
	char path[16];

	make_links();
	snprintf(path, sizeof(path), "link%d", LINKS);
	HEAT WORKS(stat(path, &status));
	sigaction(SIGALRM, &action, NULL);
	for (int i = 0; i < effort(80); i++)
		cut_a_call(path);
	return 0;
}
