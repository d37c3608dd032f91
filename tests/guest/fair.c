/* SPDX-License-Identifier: MIT */
/* Nobody waits for ever while younger threads and processes make calls. */
// rows: stat
// flags: -pthread
#include "probe.h"

#include <pthread.h>
#include <sched.h>

#define YOUNG 6
#define MINE  300
#define MOST                                                                   \
	500000 /* calls of each young one, before the old one is through       \
		*/

static struct shared {
	volatile bool is_over;
	int started;
} * shared;

static void *ask(void *unused)
{
	struct stat status;

	(void)unused;
	for (long i = 0; i < MOST && !shared->is_over; i++)
		if (stat("file", &status) < 0)
			return "failed";
		else if (i == 100)
			__atomic_add_fetch(
				&shared->started, 1, __ATOMIC_SEQ_CST);
	return shared->is_over ? NULL : "the old one never got its turn";
}

static void old_one(void)
{
	struct stat status;

	while (__atomic_load_n(&shared->started, __ATOMIC_SEQ_CST) < YOUNG)
		sched_yield();
	for (int i = 0; i < MINE; i++)
		WORKS(stat("file", &status));
	shared->is_over = true;
}

static void among_threads(void)
{
	pthread_t threads[YOUNG];

	memset(shared, 0, sizeof(*shared));
	for (int i = 0; i < YOUNG; i++)
		EQUAL(0, pthread_create(&threads[i], NULL, ask, NULL));
	old_one();
	for (int i = 0; i < YOUNG; i++) {
		void *problem;

		pthread_join(threads[i], &problem);
		SAME("", problem ? problem : "");
	}
}

static void among_processes(void)
{
	pid_t children[YOUNG];

	memset(shared, 0, sizeof(*shared));
	for (int i = 0; i < YOUNG; i++) {
		children[i] = fork();
		if (children[i] == 0)
			_exit(ask(NULL) != NULL);
	}
	old_one();
	for (int i = 0; i < YOUNG; i++)
		EQUAL(0, status_of(children[i]));
}

int main(void)
{
	shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	file_make("file", "");
	among_threads();
	among_processes();
	return 0;
}
