/* SPDX-License-Identifier: MIT */
/* A child that is killed as soon as it has a number leaves nothing behind. */
/*
 * Whoever traces hears of a child twice, by its parent and by itself: in any
 * order, and if it is killed perhaps after its end.
 */
// rows: clone
#include "hot.h"

#include <linux/sched.h>

static volatile int *number; /* of the newest child */

static void kills(void)
{
	for (;;) {
		int pid = __atomic_exchange_n(number, 0, __ATOMIC_SEQ_CST);

		if (pid < 0)
			_exit(0);
		if (pid > 0)
			kill(pid, SIGKILL);
	}
}

static void makes_children(void)
{
	for (int i = 0; i < effort(2000); i++) {
		long pid = raw(SYS_clone, CLONE_PARENT_SETTID | SIGCHLD, NULL,
			number, NULL, 0L);

		if (pid == 0)
			for (;;)
				pause();
		WORKS(pid);
		EQUAL(pid, waitpid((pid_t)pid, NULL, 0));
		__atomic_store_n(number, 0, __ATOMIC_SEQ_CST);
	}
}

int main(int count, char **arguments)
{
	char *again[] = {"program", "again", NULL};
	pid_t pid;

	(void)arguments;
	number = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	STEP(number != MAP_FAILED);
	if (count > 1) {
		WORKS(pid = fork());
		if (pid == 0)
			kills();
		makes_children();
		__atomic_store_n(number, -1, __ATOMIC_SEQ_CST);
		EQUAL(pid, waitpid(pid, NULL, 0));
		return 0;
	}
	program_copy("program");
	WORKS(pid = fork());
	if (pid == 0) {
		execv("program", again);
		_exit(255);
	}
	EQUAL(0, status_of(pid));
	/* Nobody runs it any more. */
	WORKS(close(open("program", O_WRONLY | O_CLOEXEC)));
	return 0;
}
