/* SPDX-License-Identifier: MIT */
/* 500 threads at once look up paths; a thread that does not lead calls exec. */
// flags: -pthread
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define THREADS 500

static pthread_barrier_t barrier;

static void *look_up(void *failures)
{
	struct stat status;

	pthread_barrier_wait(&barrier);
	for (int i = 0; i < 10; i++)
		if (stat("/proc/self/exe", &status) < 0 ||
			stat("none", &status) == 0 || errno != ENOENT)
			__atomic_fetch_add(
				(int *)failures, 1, __ATOMIC_RELAXED);
	return NULL;
}

/* The new program is told which process it must be. */
static void *exec_child(void *unused)
{
	char pid[32];
	char *argv[] = {"child", pid, NULL};
	char *envp[] = {NULL};

	(void)unused;
	snprintf(pid, sizeof(pid), "%d", getpid());
	execve("/proc/self/exe", argv, envp);
	_exit(9);
}

int main(int argc, char **argv)
{
	static pthread_t threads[THREADS];
	int failures = 0, status;
	pthread_attr_t small;
	pid_t pid;

	if (argc > 1)
		return atoi(argv[1]) == getpid() && gettid() == getpid() ? 0
									 : 8;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], &small, look_up, &failures))
			return 1;
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	if (failures)
		return 2;

	pid = fork();
	if (pid == 0) {
		pthread_create(&threads[0], NULL, exec_child, NULL);
		for (;;)
			pause();
	}
	if (waitpid(pid, &status, 0) != pid)
		return 3;
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return 4;
	return 0;
}
