/* SPDX-License-Identifier: MIT */
/* Another process's status, open once and read again, shows what it does. */
/*
 * Where identities are shown that is a copy of the moment it was opened; and
 * before Linux 3.4 somebody has to look whether a guest goes on.
 */
// rows: open=fopen
// not: identity
// not: old-kernel
#include "probe.h"

#include <sched.h>

static FILE *status_open(pid_t pid)
{
	char name[32];
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/status", pid);
	file = fopen(name, "r");
	STEP(file != NULL);
	return file;
}

static char state_of(FILE *file)
{
	char line[256];
	char state = '\0';

	rewind(file);
	while (state == '\0' && fgets(line, sizeof(line), file))
		sscanf(line, "State: %c", &state);
	STEP(state != '\0');
	return state;
}

/* Until the child is in one of these states. */
static void await(FILE *file, const char *states)
{
	while (!strchr(states, state_of(file)))
		sched_yield();
}

static void stops_and_goes_on(int round)
{
	pid_t pid = fork();
	FILE *before;
	FILE *after;
	int told;

	if (pid == 0) {
		raise(SIGSTOP);
		for (;;)
			pause();
	}
	before = status_open(pid);
	if (round % 2)
		await(before, "Tt"); /* perhaps for another reason */
	EQUAL(pid, waitpid(pid, &told, WUNTRACED));
	await(before, "Tt");
	WORKS(kill(pid, SIGCONT));
	after = status_open(pid); /* it may not have heard of that yet */
	await(after, "S");
	fclose(before);
	fclose(after);
	WORKS(kill(pid, SIGKILL));
	EQUAL(pid, waitpid(pid, &told, 0));
}

int main(void)
{
	for (int round = 0; round < 60; round++)
		stops_and_goes_on(round);
	return 0;
}
