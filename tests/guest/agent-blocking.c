/* SPDX-License-Identifier: MIT */
/* A hot open(2) that blocks: EINTR, restart, and jumps out of it. */
// rows: open openat stat
// flags: -pthread
#include "hot.h"

#include <pthread.h>
#include <setjmp.h>

/* More jumps than an agent can have slots. */
#define JUMPS 150

static volatile sig_atomic_t plain;
static volatile sig_atomic_t restarting;
static volatile sig_atomic_t wrong;
static volatile bool has_returned;
static volatile bool rings_again;
static sigjmp_buf back;

static long by_libc(const char *path, int flags)
{
	return open(path, flags);
}

static long by_open(const char *path, int flags)
{
	return raw(SYS_open, path, flags, 0);
}

static long by_openat(const char *path, int flags)
{
	return raw(SYS_openat, AT_FDCWD, path, flags, 0);
}

typedef long open_function(const char *path, int flags);

static open_function *const functions[] = {by_libc, by_open, by_openat};

static void look_around(void *context)
{
	wrong += known_calls() + known_open();
	wrong += !text_holds(CONTEXT_PC(context));
}

static void on_restarting(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	restarting++;
	look_around(context);
}

static void on_jump(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	look_around(context);
	siglongjmp(back, 1);
}

static void action_set(
	int signal, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction action = {
		.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};

	sigaction(signal, &action, NULL);
}

/* The lowest free descriptor: a call that failed has left none open. */
static int free_descriptor(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void alarm_once(int microseconds)
{
	struct itimerval timer = {{0, 0}, {0, microseconds}};

	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Each from the end of the last one: a slow machine comes to the call, too. */
static void on_plain(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	look_around(context);
	plain++;
	if (rings_again)
		alarm_once(1000);
}

static void interrupted(open_function *opening)
{
	int fd = free_descriptor();

	action_set(SIGALRM, on_plain, 0);
	for (int i = 0; i < 20; i++) {
		int before = plain;

		rings_again = true;
		alarm_once(1000);
		FAILS(EINTR, opening("fifo", i % 2 ? O_RDONLY : O_WRONLY));
		rings_again = false;
		alarm_once(0);
		STEP(plain > before);
	}
	EQUAL(fd, free_descriptor());
	EQUAL(0, wrong);
}

struct other {
	pthread_t main;
	bool opens;
};

/* Signals until each has been handled; then the other end, or the last one. */
static void *signaller(void *data)
{
	const struct other *other = data;

	for (int i = 1; i <= 50; i++) {
		pthread_kill(other->main, SIGUSR1);
		while (restarting < i)
			sched_yield();
	}
	if (other->opens) {
		close(open("fifo", O_WRONLY));
		return NULL;
	}
	/* The first ones may come before the call. */
	while (!has_returned) {
		int before = plain;

		pthread_kill(other->main, SIGUSR2);
		while (plain == before && !has_returned)
			sched_yield();
	}
	return NULL;
}

/* Signals that restart the call do not end it; one that does not, does. */
static void restarted(open_function *opening, bool opens)
{
	struct other other = {pthread_self(), opens};
	pthread_t thread;
	long fd;

	action_set(SIGUSR1, on_restarting, SA_RESTART);
	action_set(SIGUSR2, on_plain, 0);
	restarting = 0;
	plain = 0;
	has_returned = false;
	EQUAL(0, pthread_create(&thread, NULL, signaller, &other));
	fd = opening("fifo", O_RDONLY);
	has_returned = true;
	if (opens)
		WORKS(fd);
	else
		FAILS(EINTR, fd);
	pthread_join(thread, NULL);
	EQUAL(50, restarting);
	STEP(opens ? plain == 0 : plain > 0);
	EQUAL(0, wrong);
	if (fd >= 0)
		close((int)fd);
}

static void jumped(open_function *opening)
{
	int fd = free_descriptor();

	action_set(SIGALRM, on_jump, SA_NODEFER);
	for (volatile int i = 0; i < JUMPS; i++)
		if (sigsetjmp(back, 1) == 0) {
			/* Before the call, on its way in, and in it. */
			alarm_once(20 + i * 10);
			opening("fifo", O_RDONLY);
			STEP(!"reached");
		} else {
			EQUAL(0, known_calls());
		}
	EQUAL(fd, free_descriptor());
	EQUAL(0, known_open());
	EQUAL(0, wrong);
}

int main(void)
{
	known_make();
	text_learn();
	WORKS(mkfifo("fifo", 0600));
	for (size_t i = 0; i < ARRAY_COUNT(functions); i++) {
		HEAT WORKS(close((int)functions[i]("known/file", O_RDONLY)));
		interrupted(functions[i]);
		restarted(functions[i], true);
		restarted(functions[i], false);
		jumped(functions[i]);
	}
	return 0;
}
