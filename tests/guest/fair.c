/* SPDX-License-Identifier: MIT */
/* Nobody waits for ever while younger threads and processes make calls. */
// rows: stat
// flags: -pthread
#include "probe.h"

#include <pthread.h>
#include <sched.h>

#define YOUNG 6
#define CROWD 80 /* more than are looked at together */
#define MINE  300
/* Calls of each young one, once all have begun, until it is unfair. */
#define MOST 500000

static struct shared {
	volatile bool is_over;
	int young;
	int started;
} * shared;

static bool have_all_started(void)
{
	return __atomic_load_n(&shared->started, __ATOMIC_SEQ_CST) ==
	       shared->young;
}

static void *ask(void *unused)
{
	struct stat status;
	long calls = 0;

	(void)unused;
	for (long i = 0; calls < MOST && !shared->is_over; i++) {
		if (stat("file", &status) < 0)
			return "failed";
		if (i == 20)
			__atomic_add_fetch(
				&shared->started, 1, __ATOMIC_SEQ_CST);
		calls += have_all_started();
	}
	return shared->is_over ? NULL : "the old one never got its turn";
}

static void old_one(int young)
{
	struct stat status;

	while (!have_all_started())
		sched_yield();
	for (int i = 0; i < MINE / young; i++)
		WORKS(stat("file", &status));
	shared->is_over = true;
}

static void among_threads(int young)
{
	pthread_t threads[CROWD];
	pthread_attr_t small;

	memset(shared, 0, sizeof(*shared));
	shared->young = young;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (int i = 0; i < young; i++)
		EQUAL(0, pthread_create(&threads[i], &small, ask, NULL));
	old_one(young);
	for (int i = 0; i < young; i++) {
		void *problem;

		pthread_join(threads[i], &problem);
		SAME("", problem ? problem : "");
	}
}

static void among_processes(void)
{
	pid_t children[YOUNG];

	memset(shared, 0, sizeof(*shared));
	shared->young = YOUNG;
	for (int i = 0; i < YOUNG; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(ask(NULL) != NULL);
	}
	old_one(YOUNG);
	for (int i = 0; i < YOUNG; i++)
		EQUAL(0, status_of(children[i]));
}

int main(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	file_make("file", "");
	among_threads(YOUNG);
	among_threads(CROWD);
	among_processes();
	return 0;
}
