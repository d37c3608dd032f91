/* SPDX-License-Identifier: MIT */
/* A handler's stack trace, taken amid path calls, leads back to the start. */
/*
 * As profilers, garbage collectors and exceptions do it: from wherever a signal
 * comes, every frame is in the program or its libraries, and the function that
 * the thread began with is among them.
 */
// rows: stat open access readlink
// flags: -pthread -fno-optimize-sibling-calls -fno-plt
#include "hot.h"

#include <pthread.h>
#include <semaphore.h>
#include <unwind.h>

#define THREADS 8
#define TRACES	200 /* in each thread */

static volatile bool is_over;
static sem_t done;
static volatile int missing;
static volatile int strange;
static __thread volatile int traces;

struct trace {
	int frames;
	bool has_start;
};

static void *thread_main(void *unused);

static _Unwind_Reason_Code frame(struct _Unwind_Context *context, void *data)
{
	struct trace *trace = data;
	uintptr_t address = _Unwind_GetIP(context);

	if (address == 0)
		return _URC_END_OF_STACK;
	if (!text_holds(address))
		strange++;
	/* An address behind a call may be the next function's first. */
	if (_Unwind_FindEnclosingFunction((void *)(address - 1)) ==
		(void *)thread_main)
		trace->has_start = true;
	return ++trace->frames < 100 ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
	struct trace trace = {0, false};

	(void)signal;
	(void)info;
	_Unwind_Backtrace(frame, &trace);
	if (!text_holds(CONTEXT_PC(context)))
		strange++;
	if (!trace.has_start)
		missing++;
	traces++;
}

static __attribute__((noinline)) int work(int depth)
{
	if (depth > 0)
		return work(depth - 1) + 1;
	return known_calls() + known_open();
}

static __attribute__((noinline)) void *thread_main(void *unused)
{
	long wrong = 0;
	sigset_t none;

	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	while (traces < effort(TRACES))
		wrong += work(5) - 5;
	(void)unused;
	sigfillset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	sem_post(&done);
	return (void *)(intptr_t)wrong;
}

/* Signals for one thread, from a thread of its own. */
static void *signals(void *thread)
{
	while (!is_over) {
		pthread_kill(*(pthread_t *)thread, SIGPROF);
		usleep(50); /* a pace: nobody waits for it */
	}
	return NULL;
}

int main(void)
{
	struct sigaction action = {
		.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
	pthread_t workers[THREADS];
	pthread_t senders[THREADS];
	sigset_t all;

	sem_init(&done, 0, 0);
	known_make();
	text_learn();
	sigfillset(&action.sa_mask);
	sigaction(SIGPROF, &action, NULL);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	for (int i = 0; i < THREADS; i++)
		EQUAL(0, pthread_create(&workers[i], NULL, thread_main, NULL));
	for (int i = 0; i < THREADS; i++)
		EQUAL(0, pthread_create(
				 &senders[i], NULL, signals, &workers[i]));
	for (int i = 0; i < THREADS; i++)
		sem_wait(&done);
	is_over = true;
	for (int i = 0; i < THREADS; i++) {
		void *wrong;

		pthread_join(senders[i], NULL);
		pthread_join(workers[i], &wrong);
		EQUAL(0, (long)(intptr_t)wrong);
	}
	EQUAL(0, strange);
	EQUAL(0, missing);
	return 0;
}
