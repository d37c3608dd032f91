/* SPDX-License-Identifier: MIT */
/* Whoever sees that a child has ended can wait for it at once. */
// rows: wait4=waitpid waitid waitpid
#include "probe.h"

#include <poll.h>
#include <sched.h>

#define ROUNDS	 60
#define BY_PIDFD 3 /* P_PIDFD, waitid(2) */

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

/* Ends with STATUS, a moment after it was made. */
static pid_t child(int status)
{
	pid_t pid = fork();

	if (pid != 0)
		return pid;
	for (int i = 0; i < 20 * (status % 8); i++)
		sched_yield();
	_exit(status);
}

static bool is_zombie(pid_t pid)
{
	char state = process_state(pid);

	STEP(state != '\0');
	return state == 'Z';
}

/* By which of the calls, with nothing to wait for that would block. */
static void ended(pid_t pid, int pidfd, int status)
{
	siginfo_t info = {.si_pid = 0};
	int told = 0;

	switch (status % 4) {
	case 0:
		EQUAL(pid, waitpid(pid, &told, WNOHANG));
		EQUAL(status, WEXITSTATUS(told));
		break;
	case 1:
		EQUAL(pid, waitpid(0, &told, WNOHANG)); /* of its group */
		EQUAL(status, WEXITSTATUS(told));
		break;
	case 2:
		WORKS(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG));
		EQUAL(pid, info.si_pid);
		EQUAL(status, info.si_status);
		break;
	default:
		WORKS(waitid(pidfd < 0 ? P_PGID : BY_PIDFD,
			(id_t)(pidfd < 0 ? getpgrp() : pidfd), &info,
			WEXITED | WNOHANG));
		EQUAL(pid, info.si_pid);
		EQUAL(status, info.si_status);
		break;
	}
	FAILS(ECHILD, waitpid(pid, &told, WNOHANG));
}

static void seen_in_proc(int status)
{
	pid_t pid = child(status);

	while (!is_zombie(pid))
		sched_yield();
	ended(pid, -1, status);
}

static void seen_by_descriptor(int status)
{
	pid_t pid = child(status);
	struct pollfd pidfd = {
		(int)syscall(SYS_pidfd_open, (long)pid, 0L), POLLIN, 0};

	WORKS(pidfd.fd);
	EQUAL(1, poll(&pidfd, 1, -1));
	ended(pid, pidfd.fd, status);
	close(pidfd.fd);
}

int main(void)
{
	for (int i = 1; i <= ROUNDS; i++)
		seen_in_proc(i);
	for (int i = 1; i <= ROUNDS && !older_than(5, 4); i++)
		seen_by_descriptor(i);
	return 0;
}
