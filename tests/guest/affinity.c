/* SPDX-License-Identifier: MIT */
/* The processors that a guest may use are those that it was given. */
// rows: sched_getaffinity sched_setaffinity
#include "probe.h"

#include <sched.h>

static cpu_set_t start;

/* The call gives back how many bytes the kernel has written. */
static long allowed(pid_t pid, cpu_set_t *set)
{
	CPU_ZERO(set);
	return raw(SYS_sched_getaffinity, pid, sizeof(*set), set);
}

static bool is_allowed(pid_t pid, const cpu_set_t *wanted)
{
	cpu_set_t set;

	return allowed(pid, &set) > 0 && CPU_EQUAL(&set, wanted);
}

/* Enough calls for a tracer to think about where the guest should be. */
static void calls(void)
{
	struct stat status;

	for (int i = 0; i < 3000; i++)
		stat(absolute("file"), &status);
}

static cpu_set_t one_of(const cpu_set_t *set, int number)
{
	cpu_set_t one;

	CPU_ZERO(&one);
	for (int i = 0; i < CPU_SETSIZE; i++)
		if (CPU_ISSET(i, set) && number-- == 0)
			CPU_SET(i, &one);
	return one;
}

static void keeps_all(void)
{
	calls();
	STEP(is_allowed(0, &start));
	STEP(is_allowed(getpid(), &start));
}

static void keeps_one(void)
{
	cpu_set_t one = one_of(&start, CPU_COUNT(&start) - 1);

	WORKS(raw(SYS_sched_setaffinity, 0, sizeof(one), &one));
	STEP(is_allowed(0, &one));
	calls();
	STEP(is_allowed(0, &one));
	STEP(CPU_ISSET(sched_getcpu(), &one));
	if (fork() == 0) {
		calls();
		_exit(!is_allowed(0, &one));
	}
	EQUAL(0, status_of(-1));
	WORKS(raw(SYS_sched_setaffinity, 0, sizeof(start), &start));
	calls();
	STEP(is_allowed(0, &start));
}

/* Until the child has begun and ended one. */
static void await_round(const volatile int *rounds)
{
	time_t limit = time(NULL) + patience();
	int wanted = *rounds + 2;

	while (*rounds < wanted) {
		STEP(time(NULL) < limit);
		sched_yield();
	}
}

static void of_a_child(void)
{
	cpu_set_t one = one_of(&start, 0);
	volatile int *rounds = mmap(NULL, sizeof(*rounds),
		PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid;

	STEP(rounds != MAP_FAILED);
	pid = fork();
	if (pid == 0)
		/* Not for ever, if we fail. */
		for (alarm((unsigned int)patience());; (*rounds)++)
			calls();
	await_round(rounds);
	STEP(is_allowed(pid, &start));
	WORKS(raw(SYS_sched_setaffinity, pid, sizeof(one), &one));
	await_round(rounds);
	STEP(is_allowed(pid, &one));
	STEP(is_allowed(0, &start));
	kill(pid, SIGKILL);
	status_of(pid);
	FAILS(ESRCH, allowed(pid, &one));
}

static void refusals(void)
{
	cpu_set_t none;
	cpu_set_t set;

	CPU_ZERO(&none);
	FAILS(EINVAL, raw(SYS_sched_setaffinity, 0, sizeof(none), &none));
	FAILS(EINVAL, raw(SYS_sched_setaffinity, 0, 0L, &start));
	FAILS(EFAULT, raw(SYS_sched_setaffinity, 0, sizeof(set), BAD_POINTER));
	FAILS(EINVAL, raw(SYS_sched_getaffinity, 0, 0L, &set));
	FAILS(EINVAL, raw(SYS_sched_getaffinity, 0, 9L, &set));
	FAILS(EFAULT, raw(SYS_sched_getaffinity, 0, sizeof(set), BAD_POINTER));
	FAILS(ESRCH, raw(SYS_sched_getaffinity, -1, sizeof(set), &set));
	STEP(is_allowed(0, &start));
}

int main(void)
{
	scratch_open();
	file_make("file", "");
	WORKS(allowed(0, &start));
	keeps_all();
	keeps_one();
	of_a_child();
	refusals();
	return 0;
}
