/* SPDX-License-Identifier: MIT */
/* 2,000 short processes, and 500 threads that all ask for files. */
// rows: execve clone=pthread_create openat
// flags: -pthread
#include "probe.h"

#include <pthread.h>

#define PROCESSES 2000
#define AT_ONCE	  50
#define THREADS	  500

static void processes(void)
{
	char *arguments[] = {"program", "again", NULL};
	int running = 0;
	volatile int good = 0;
	int status;

	for (volatile int i = 0; i < PROCESSES; i++) {
		pid_t pid;

		if (running == AT_ONCE) {
			WORKS(wait(&status));
			good += status == 0;
			running--;
		}
		pid = i % 2 ? vfork() : fork();
		if (pid == 0) {
			/* Every tenth is a program of its own. */
			if (i % 10 == 0)
				execve("program", arguments, environ);
			_exit(i % 10 == 0);
		}
		WORKS(pid);
		running++;
	}
	while (running-- > 0) {
		WORKS(wait(&status));
		good += status == 0;
	}
	EQUAL(PROCESSES, good);
	FAILS(ECHILD, wait(NULL));
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *thread_main(void *number)
{
	char name[32];
	struct stat status;
	long failed = 0;

	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	snprintf(name, sizeof(name), "t%ld", (long)(intptr_t)number);
	for (int i = 0; i < 5; i++) {
		int fd = openat(AT_FDCWD, name, O_RDWR | O_CREAT, 0600);

		failed += fd < 0 || close(fd) < 0;
		failed += stat(name, &status) < 0;
		failed += unlink(name) < 0;
		failed += stat(name, &status) == 0;
	}
	return (void *)failed;
}

static void threads(void)
{
	static pthread_t thread[THREADS];
	pthread_attr_t attributes;
	long failed = 0;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 65536);
	pthread_mutex_lock(&gate);
	for (long i = 0; i < THREADS; i++)
		EQUAL(0, pthread_create(&thread[i], &attributes, thread_main,
				 (void *)i));
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < THREADS; i++) {
		void *result;

		pthread_join(thread[i], &result);
		failed += (long)(intptr_t)result;
	}
	EQUAL(0, failed);
}

/* The first thread leaves; the others go on, and the process is still there. */
static void *outlives(void *unused)
{
	struct stat status;

	(void)unused;
	await_state(getpid(), 'Z');
	_exit(stat(absolute("program"), &status) < 0);
}

static void leaderless(void)
{
	pthread_t thread;
	pid_t pid = fork();

	if (pid == 0) {
		pthread_create(&thread, NULL, outlives, NULL);
		pthread_exit(NULL);
	}
	EQUAL(0, status_of(pid));
}

int main(int argc, char **argv)
{
	struct stat status;

	(void)argv;
	if (argc > 1)
		return stat(absolute("program"), &status) < 0;
	scratch_open();
	program_copy("program");
	processes();
	threads();
	leaderless();
	return 0;
}
