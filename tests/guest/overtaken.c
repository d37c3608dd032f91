/* SPDX-License-Identifier: MIT */
/* A process ends, or runs a program, while one of its threads is waited for. */
/*
 * Without what proot has put at the slots' address, a path call needs memory:
 * proot makes the thread map some, and waits until it has. Here that takes
 * time, since another thread keeps the address space busy; and a third one
 * calls exit_group(2) or execve(2) in the meantime.
 */
// rows: chdir execve=execv
// flags: -pthread
#include "probe.h"

#include <pthread.h>
#include <sched.h>

#define ROUNDS 24
#define SIZE   (32ul << 20)

static volatile int step;
static bool ends_by_exec;

static void *busy(void *unused)
{
	char *memory = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	(void)unused;
	step = 1;
	while (step > 0) {
		mprotect(memory, SIZE, PROT_READ);
		mprotect(memory, SIZE, PROT_READ | PROT_WRITE);
	}
	return NULL;
}

static void *last_one(void *unused)
{
	char *arguments[] = {"overtaken", "5", NULL};

	(void)unused;
	while (step < 2)
		sched_yield();
	step = 3;
	if (ends_by_exec)
		execv("/proc/self/exe", arguments);
	_exit(5);
}

static void run(int round)
{
	pthread_t thread;

	munmap((void *)0x554000360000, 0x80000);
	EQUAL(0, pthread_create(&thread, NULL, busy, NULL));
	EQUAL(0, pthread_create(&thread, NULL, last_one, NULL));
	while (step < 1)
		sched_yield();
	step = 2;
	while (step < 3)
		sched_yield();
	for (volatile int i = 0; i < round * 2000; i++)
		;
	chdir("/");
	pause();
}

static void all(void)
{
	for (int round = 0; round < ROUNDS; round++) {
		pid_t pid = fork();
		int status;

		if (pid == 0) {
			run(round);
			_exit(1);
		}
		status = status_of(pid);
		STEP(WIFEXITED(status));
		EQUAL(5, WEXITSTATUS(status));
	}
}

int main(int count, char **arguments)
{
	if (count > 1)
		return atoi(arguments[1]);
	all();
	ends_by_exec = true;
	all();
	return 0;
}
