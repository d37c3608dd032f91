/* SPDX-License-Identifier: MIT */
/* Children that share memory, or die, or are made amid path calls. */
/*
 * A child of vfork(2) or clone(2) with CLONE_VM runs in the memory of a parent
 * that waits, or does not: whatever serves calls inside a process must not take
 * the one for the other, and nothing that a dead one held may stay held.
 */
// rows: clone stat open execve
// flags: -pthread
#include "hot.h"

#include <pthread.h>

#define CLONE_STACK 65536

static int rounds;
static volatile bool is_over;

/* --- vfork ---------------------------------------------------------------- */

static void vforks(void)
{
	char *arguments[] = {"again", NULL};

	for (volatile int i = 0; i < rounds; i++) {
		volatile int wrong = -1;
		pid_t pid = vfork();

		if (pid == 0) {
			wrong = known_calls() + known_open();
			if (i % 4 == 0)
				execve("/proc/self/exe", arguments, environ);
			if (i % 4 == 1)
				kill(getpid(), SIGKILL);
			_exit(i % 100);
		}
		WORKS(pid);
		EQUAL(0, wrong);
		if (i % 4 == 1)
			EQUAL(SIGKILL, WTERMSIG(status_of(pid)));
		else
			EQUAL(i % 4 == 0 ? 0 : i % 100,
				WEXITSTATUS(status_of(pid)));
		EQUAL(0, known_calls());
	}
}

/* The child changes directory; the parent, which shares memory, does not. */
static void directories(void)
{
	struct stat status;

	for (volatile int i = 0; i < rounds; i++) {
		volatile int found = 0;
		pid_t pid = vfork();

		if (pid == 0) {
			found = chdir("known") == 0 &&
				stat("file", &status) == 0 &&
				stat("known/file", &status) == -1;
			_exit(0);
		}
		EQUAL(0, status_of(pid));
		EQUAL(1, found);
		EQUAL(0, known_calls());
		FAILS(ENOENT, stat("file", &status));
	}
}

/* --- CLONE_VM, both run --------------------------------------------------- */

static volatile int laps;

/* Calls until it is killed; what it finds wrong is counted for its parent. */
static int calls_for_ever(void *wrong)
{
	for (; !is_over; laps++)
		__atomic_add_fetch(
			(int *)wrong, known_calls(), __ATOMIC_SEQ_CST);
	return 0;
}

static int calls_some(void *wrong)
{
	for (int i = 0; i < 20; i++)
		__atomic_add_fetch(
			(int *)wrong, known_calls(), __ATOMIC_SEQ_CST);
	syscall(SYS_exit, 7);
	return 0;
}

static pid_t clone_vm(int (*function)(void *), void *argument, int flags)
{
	static char stacks[16][CLONE_STACK] __attribute__((aligned(16)));
	static unsigned int next;
	char *stack = stacks[next++ % 16];

	return clone(function, stack + CLONE_STACK, CLONE_VM | SIGCHLD | flags,
		argument);
}

/*
 * Without CLONE_SETTLS they share errno with us: what they must not do is make
 * us see their errors, so none of ours is looked at while they run.
 */
static void clones(void)
{
	static int wrong;

	for (int i = 0; i < rounds; i++) {
		int flags = i % 2 ? CLONE_FILES : 0;
		pid_t pid = clone_vm(calls_some, &wrong, flags);

		EQUAL(7, WEXITSTATUS(status_of(pid)));
	}
	EQUAL(0, wrong);
	EQUAL(0, known_calls());
}

/* Killed in the middle of calls, more often than an agent can have slots. */
static void killed(void)
{
	for (int i = 0; i < rounds; i++) {
		static int unused;
		pid_t pid = clone_vm(calls_for_ever, &unused, 0);
		struct stat status;
		int lap = laps;

		while (laps == lap)
			sched_yield();
		for (int k = 0; k < i % 10; k++)
			stat("known/file", &status);
		kill(pid, SIGKILL);
		EQUAL(SIGKILL, WTERMSIG(status_of(pid)));
	}
	EQUAL(0, known_calls());
	EQUAL(0, known_open());
	WORKS(chdir(".")); /* a call that stops */
	EQUAL(0, slots_in_use());
}

/* --- fork of one thread among many -----------------------------------------
 */

#define THREADS 6

static void *calls_all_the_time(void *wrong)
{
	while (!is_over)
		__atomic_add_fetch((int *)wrong, known_calls() + known_open(),
			__ATOMIC_SEQ_CST);
	return NULL;
}

static void *forks(void *wrong)
{
	for (int i = 0; i < rounds; i++) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(slots_in_use() + known_calls() + known_open());
		if (pid < 0 || status_of(pid) != 0)
			__atomic_add_fetch((int *)wrong, 1, __ATOMIC_SEQ_CST);
	}
	return NULL;
}

/* What other threads held at the time is nobody's in the child. */
static void among_threads(void)
{
	pthread_t threads[THREADS];
	pthread_t forking[2];
	int wrong = 0;

	for (int i = 0; i < THREADS; i++)
		EQUAL(0, pthread_create(&threads[i], NULL, calls_all_the_time,
				 &wrong));
	for (int i = 0; i < 2; i++)
		EQUAL(0, pthread_create(&forking[i], NULL, forks, &wrong));
	for (int i = 0; i < 2; i++)
		pthread_join(forking[i], NULL);
	is_over = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	EQUAL(0, wrong);
	EQUAL(0, slots_in_use());
}

/* A child's child's child: slots of the first are long nobody's. */
static void generations(void)
{
	for (int i = 0; i < 80; i++) {
		pid_t pid;

		EQUAL(0, known_calls());
		pid = fork();
		WORKS(pid);
		if (pid > 0) {
			/* Each is its parent's status. */
			int status = status_of(pid);

			if (i > 0)
				_exit(WIFEXITED(status) ? WEXITSTATUS(status)
							: 99);
			EQUAL(0, status);
			return;
		}
	}
	_exit(known_calls() + known_open());
}

int main(int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "again") == 0)
		return known_calls();
	rounds = effort(300);
	known_make();
	vforks();
	directories();
	clones();
	killed();
	among_threads();
	generations();
	return 0;
}
