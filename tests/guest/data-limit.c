/* SPDX-License-Identifier: MIT */
/* A program starts with as little memory of its own as it does natively. */
/*
 * What a mode may refuse here tells proot of the limit: prlimit(2) is of Linux
 * 2.6.36. Guests of root start from a file that has no smaller one.
 */
// rows: execve prlimit64=setrlimit
// flags: -pthread
// not: old-kernel
#include "probe.h"

#include <pthread.h>

#define DATA (1 << 20) /* it needs half of that */

static pthread_barrier_t barrier;

/* More threads than have a place for their paths. */
static void *look(void *missing)
{
	struct stat status;

	for (int i = 0; i < 20; i++) {
		STEP(stat(absolute("file"), &status) == 0);
		FAILS(ENOENT, stat(missing, &status));
	}
	pthread_barrier_wait(&barrier);
	return NULL;
}

static void threads(void)
{
	enum { COUNT = 4 };
	pthread_t threads[COUNT];
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 32 << 10);
	pthread_barrier_init(&barrier, NULL, COUNT + 1);
	for (int i = 0; i < COUNT; i++)
		EQUAL(0, pthread_create(&threads[i], &attributes, look,
				 absolute("missing")));
	pthread_barrier_wait(&barrier);
	for (int i = 0; i < COUNT; i++)
		EQUAL(0, pthread_join(threads[i], NULL));
}

/* Again, with the same limit. */
static void start(void)
{
	execve("/proc/self/exe", (char *[]){"limited", "again", NULL}, environ);
	STEP(!"started");
}

static int limited(int arguments)
{
	struct rlimit limit;

	WORKS(getrlimit(RLIMIT_DATA, &limit));
	EQUAL(DATA, limit.rlim_cur);
	STEP(mmap(NULL, 2 * DATA, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ||
		older_than(4, 7));
	threads();
	if (arguments == 1)
		child_passes(start);
	return 0;
}

int main(int argc, char **argv)
{
	const struct rlimit limit = {DATA, RLIM_INFINITY};

	if (strcmp(argv[0], "limited") == 0)
		return limited(argc);
	if (geteuid() == 0)
		probe_skip("guests of root need more");
	file_make("file", "x");
	WORKS(setrlimit(RLIMIT_DATA, &limit));
	execve("/proc/self/exe", (char *[]){"limited", NULL}, environ);
	STEP(!"started");
}
