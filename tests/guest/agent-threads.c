/* SPDX-License-Identifier: MIT */
/* Threads that end, are cancelled, call exec, or block, amid path calls. */
// rows: stat open execve
// also as a fake root
// flags: -pthread
#include "hot.h"

#include <pthread.h>

#define MANY	200 /* threads at once: more than there are slots */
#define BLOCKED 70  /* and so are these */
#define STACK	65536

static pthread_attr_t small;
static int rounds;
static volatile bool is_over;

static pthread_t start(void *(*function)(void *), void *argument)
{
	pthread_t thread;

	EQUAL(0, pthread_create(&thread, &small, function, argument));
	return thread;
}

static long joined(pthread_t thread)
{
	void *result;

	EQUAL(0, pthread_join(thread, &result));
	return (long)(intptr_t)result;
}

/* --- Many, and short ones --------------------------------------------------
 */

static pthread_barrier_t barrier;

static void *all_at_once(void *times)
{
	long wrong = 0;

	pthread_barrier_wait(&barrier);
	for (int i = 0; i < (int)(intptr_t)times; i++)
		wrong += known_calls() + known_open();
	return (void *)(intptr_t)wrong;
}

static void many(void)
{
	static pthread_t threads[MANY];

	pthread_barrier_init(&barrier, NULL, MANY);
	for (int i = 0; i < MANY; i++)
		threads[i] = start(all_at_once, (void *)(intptr_t)effort(40));
	for (int i = 0; i < MANY; i++)
		EQUAL(0, joined(threads[i]));
}

/* Each thread makes a few calls, the last by exit itself. */
static void *short_one(void *number)
{
	long wrong = known_calls();

	if ((intptr_t)number % 3 == 0)
		pthread_exit((void *)(intptr_t)wrong);
	return (void *)(intptr_t)(wrong + known_open());
}

static void short_ones(void)
{
	for (int i = 0; i < rounds; i++) {
		pthread_t threads[4];

		for (intptr_t k = 0; k < 4; k++)
			threads[k] = start(short_one, (void *)(i + k));
		for (int k = 0; k < 4; k++)
			EQUAL(0, joined(threads[k]));
	}
}

/* --- Blocked in open(2) ----------------------------------------------------
 */

static void *opens_fifo(void *unused)
{
	int fd = open("fifo", O_RDONLY);
	char byte = 0;
	long right = fd >= 0 && read(fd, &byte, 1) == 1 && byte == 'x';

	(void)unused;
	if (fd >= 0)
		close(fd);
	return (void *)(intptr_t)!right;
}

/* Each holds whatever it needs for its call; the others must do without. */
static void blocked(void)
{
	static pthread_t threads[BLOCKED];
	pthread_t others[4];
	int fd;

	WORKS(mkfifo("fifo", 0600));
	for (int i = 0; i < BLOCKED; i++)
		threads[i] = start(opens_fifo, NULL);
	pthread_barrier_init(&barrier, NULL, 4);
	for (int i = 0; i < 4; i++)
		others[i] = start(all_at_once, (void *)(intptr_t)rounds);
	for (int i = 0; i < 4; i++)
		EQUAL(0, joined(others[i]));
	/* Those that come late find both ends open. */
	WORKS(fd = open("fifo", O_RDWR));
	for (int i = 0; i < BLOCKED; i++)
		EQUAL(1, write(fd, "x", 1));
	for (int i = 0; i < BLOCKED; i++)
		EQUAL(0, joined(threads[i]));
	close(fd);
}

/* --- Cancelled -------------------------------------------------------------
 */

static int cleaned;

static void clean_up(void *unused)
{
	(void)unused;
	__atomic_add_fetch(&cleaned, known_calls() == 0, __ATOMIC_SEQ_CST);
}

static void *waits_in_open(void *started)
{
	pthread_cleanup_push(clean_up, NULL);
	HEAT known_open();
	__atomic_store_n((int *)started, 1, __ATOMIC_SEQ_CST);
	for (;;) {
		int fd = open("never", O_RDONLY);

		if (fd >= 0)
			return "the FIFO was opened";
	}
	pthread_cleanup_pop(1);
	return NULL;
}

static void *opens_for_ever(void *started)
{
	pthread_cleanup_push(clean_up, NULL);
	for (;;) {
		int fd;

		__atomic_store_n((int *)started, 1, __ATOMIC_SEQ_CST);
		/* A cancellation point that must not leave one open. */
		fd = open("known/file", O_RDONLY | O_CLOEXEC);
		pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
		if (fd >= 0)
			close(fd);
		pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	}
	pthread_cleanup_pop(1);
	return NULL;
}

static void cancelled(void)
{
	int before, after;

	WORKS(mkfifo("never", 0600));
	WORKS(before = dup(0));
	close(before);
	cleaned = 0;
	for (int i = 0; i < rounds; i++) {
		int started = 0;
		pthread_t thread = start(
			i % 10 ? opens_for_ever : waits_in_open, &started);

		while (!__atomic_load_n(&started, __ATOMIC_SEQ_CST))
			sched_yield();
		EQUAL(0, pthread_cancel(thread));
		EQUAL((intptr_t)PTHREAD_CANCELED, joined(thread));
	}
	EQUAL(rounds, cleaned);
	WORKS(after = dup(0));
	close(after);
	/* glibc cancels the call even when it has succeeded. */
#ifndef __GLIBC__
	EQUAL(before, after);
#endif
}

/* --- exec and exit ----------------------------------------------------------
 */

static void *calls_for_ever(void *unused)
{
	for (;;)
		if (known_calls() + known_open() != 0)
			_exit(99);
	return unused;
}

static void *execs(void *unused)
{
	char *arguments[] = {"again", NULL};

	HEAT known_calls();
	execve("/proc/self/exe", arguments, environ);
	_exit(98);
	return unused;
}

static void *exits(void *unused)
{
	HEAT known_calls();
	_exit(5);
	return unused;
}

static void *is_killed(void *unused)
{
	HEAT known_calls();
	kill(getpid(), SIGKILL);
	for (;;)
		known_calls();
	return unused;
}

/* A thread that is not the first one decides, the others are amid calls. */
static int decided_by(void *(*function)(void *))
{
	pid_t pid = fork();

	if (pid == 0) {
		for (int i = 0; i < 4; i++)
			start(calls_for_ever, NULL);
		start(function, NULL);
		calls_for_ever(NULL);
	}
	return status_of(pid);
}

static void ends(void)
{
	for (int i = 0; i < effort(16); i++) {
		EQUAL(0, decided_by(execs));
		EQUAL(5, WEXITSTATUS(decided_by(exits)));
		EQUAL(SIGKILL, WTERMSIG(decided_by(is_killed)));
	}
}

int main(int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "again") == 0) {
		HEAT EQUAL(0, known_calls() + known_open());
		return 0;
	}
	rounds = effort(200);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, STACK);
	known_make();
	many();
	short_ones();
	blocked();
	cancelled();
	ends();
	return 0;
}
