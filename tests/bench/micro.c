/* SPDX-License-Identifier: MIT */
/* Time one small operation: what one call costs, natively and in a guest.
 *
 * usage: micro         print the names of the operations
 *        micro NAME    print the nanoseconds that NAME takes, a median
 *
 * An operation is repeated in batches that are long enough for the clock; the
 * median batch counts, so that a batch which was interrupted does not. Each
 * operation looks at its result: a wrong one ends the program with status 1.
 * It uses no file that a Debian root file system lacks, and links statically
 * too.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCHES	 21
#define BATCH_NS 5e6

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char directory[] = "/usr/share/doc";
static const char file[] = "/usr/bin/env";
static const char missing[] = "/usr/lib/there-is-no-such-file";
static const char symlink_name[] = "/etc/os-release";
static const char symlink_text[] = "../usr/lib/os-release";

static void need(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "micro: wrong result: %s (errno: %s)\n", what,
		strerror(errno));
	exit(1);
}

/* --- path calls --- */

static void stat_once(void)
{
	struct stat status;

	need(stat(file, &status) == 0 && S_ISREG(status.st_mode), "stat");
}

static void stat_enoent_once(void)
{
	struct stat status;

	need(stat(missing, &status) == -1 && errno == ENOENT, "stat ENOENT");
}

static void open_close_once(void)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	need(fd >= 0 && close(fd) == 0, "open and close");
}

static void readlink_once(void)
{
	char text[sizeof(symlink_text)];
	ssize_t size = readlink(symlink_name, text, sizeof(text));

	need(size == sizeof(symlink_text) - 1 &&
			memcmp(text, symlink_text, (size_t)size) == 0,
		"readlink");
}

static void access_once(void)
{
	need(access(file, X_OK) == 0, "access");
}

static void access_read_once(void)
{
	need(access(file, R_OK) == 0, "access");
}

static void getcwd_set_up(void)
{
	need(chdir(directory) == 0, "chdir");
}

static void getcwd_once(void)
{
	char path[256];

	need(getcwd(path, sizeof(path)) && strcmp(path, directory) == 0,
		"getcwd");
}

/* --- processes --- */

static void child_reap(pid_t pid)
{
	int status;

	need(waitpid(pid, &status, 0) == pid && WIFEXITED(status) &&
			WEXITSTATUS(status) == 0,
		"the child's status");
}

static void fork_once(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	need(pid > 0, "fork");
	child_reap(pid);
}

static void spawn_once(void)
{
	char *arguments[] = {"true", NULL};
	char *environment[] = {NULL};
	pid_t pid;

	need(posix_spawn(&pid, "/bin/true", NULL, NULL, arguments,
		     environment) == 0,
		"posix_spawn");
	child_reap(pid);
}

/* --- calls without paths --- */

static pid_t parent;

static void getppid_set_up(void)
{
	parent = getppid();
}

static void getppid_once(void)
{
	need(getppid() == parent, "getppid");
}

static int to_echo, from_echo;

/* A child sends back each byte that it reads, until its pipe is closed. */
static void pipe_set_up(void)
{
	int forth[2], back[2];
	char byte;
	pid_t pid;

	need(pipe(forth) == 0 && pipe(back) == 0, "pipe");
	pid = fork();
	need(pid >= 0, "fork");
	if (pid == 0) {
		close(forth[1]);
		close(back[0]);
		while (read(forth[0], &byte, 1) == 1)
			need(write(back[1], &byte, 1) == 1, "the echo's write");
		_exit(0);
	}
	close(forth[0]);
	close(back[1]);
	to_echo = forth[1];
	from_echo = back[0];
}

static void pipe_once(void)
{
	static char sent;
	char got;

	sent++;
	need(write(to_echo, &sent, 1) == 1 && read(from_echo, &got, 1) == 1 &&
			got == sent,
		"the byte that came back");
}

static void pipe_take_down(void)
{
	int status;

	close(to_echo);
	need(wait(&status) > 0 && status == 0, "the echo's status");
}

/* --- timing --- */

static const struct operation {
	const char *name;
	void (*once)(void);
	void (*set_up)(void);
	void (*take_down)(void);
} operations[] = {
	{"stat", stat_once, NULL, NULL},
	{"stat-enoent", stat_enoent_once, NULL, NULL},
	{"open-close", open_close_once, NULL, NULL},
	{"readlink", readlink_once, NULL, NULL},
	{"access", access_once, NULL, NULL},
	{"access-read", access_read_once, NULL, NULL},
	{"getcwd", getcwd_once, getcwd_set_up, NULL},
	{"getppid", getppid_once, getppid_set_up, NULL},
	{"pipe", pipe_once, pipe_set_up, pipe_take_down},
	{"fork", fork_once, NULL, NULL},
	{"spawn", spawn_once, NULL, NULL},
};

static double batch_ns(const struct operation *operation, long count)
{
	struct timespec start, end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (long i = 0; i < count; i++)
		operation->once();
	clock_gettime(CLOCK_MONOTONIC, &end);
	return 1e9 * (double)(end.tv_sec - start.tv_sec) +
	       (double)(end.tv_nsec - start.tv_nsec);
}

/* How many fill a batch. The doubling also warms the caches. */
static long batch_count(const struct operation *operation)
{
	long count = 1;

	while (batch_ns(operation, count) < BATCH_NS)
		count *= 2;
	return count;
}

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

static double operation_ns(const struct operation *operation)
{
	double batches[BATCHES];
	long count;

	if (operation->set_up)
		operation->set_up();
	count = batch_count(operation);
	for (int i = 0; i < BATCHES; i++)
		batches[i] = batch_ns(operation, count) / (double)count;
	if (operation->take_down)
		operation->take_down();
	qsort(batches, BATCHES, sizeof(batches[0]), ascending);
	return batches[BATCHES / 2];
}

int main(int argc, char **argv)
{
	for (size_t i = 0; i < ARRAY_COUNT(operations); i++) {
		if (argc < 2)
			puts(operations[i].name);
		else if (strcmp(argv[1], operations[i].name) == 0) {
			printf("%.1f\n", operation_ns(&operations[i]));
			return 0;
		}
	}
	if (argc >= 2)
		fprintf(stderr, "micro: there is no operation %s\n", argv[1]);
	return argc >= 2;
}
