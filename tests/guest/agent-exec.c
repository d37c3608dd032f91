/* SPDX-License-Identifier: MIT */
/* Signals that come while a program is being started change nothing later. */
// rows: execve stat
// also as a fake root
#include "hot.h"

#define SIGNALS 10
#define TEXTS	4 /* the program, the vdso, and what some machines add */

static volatile sig_atomic_t signals;
static volatile sig_atomic_t wrong;

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	wrong += !text_holds(CONTEXT_PC(context));
	signals++;
}

/* What a child runs: until the handler was there, signals were ignored. */
static int program(void)
{
	struct sigaction action = {
		.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};

	text_learn();
	wrong += text_count > TEXTS;
	sigaction(SIGURG, &action, NULL);
	while (signals < SIGNALS)
		HEAT wrong += known_calls();
	return wrong != 0;
}

int main(int count, char **arguments)
{
	char *again[] = {arguments[0], (char *)"again", NULL};

	if (count > 1)
		return program();
	known_make();
	for (int i = 0; i < 3; i++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			execve("/proc/self/exe", again, environ);
			_exit(99);
		}
		WORKS(pid);
		while (waitpid(pid, &status, WNOHANG) == 0) {
			kill(pid, SIGURG);
			sched_yield();
		}
		EQUAL(0, status);
	}
	return 0;
}
