/* SPDX-License-Identifier: MIT */
/* Programs that start one after the other, fail to, or are seen doing so. */
/*
 * What a tracer believes of a new program has to be true for who looks from
 * outside, and undone when the kernel refuses it after all.
 */
// rows: execve vfork open readlink
// also as a fake root
// flags: -pthread
#include "hot.h"

#include <pthread.h>
#include <sys/resource.h>

#define SLEEPERS 20

static int rounds;
static char *too_much[3];

/* --- what the kernel refuses --- */

/* One argument is longer than MAX_ARG_STRLEN, 32 pages. */
static void too_much_make(void)
{
	static char text[160 * 1024];

	memset(text, 'x', sizeof(text) - 1);
	too_much[0] = (char *)"again";
	too_much[1] = text;
}

static int refused(void)
{
	static const char program[] = "/proc/self/exe";

	errno = 0;
	return execve(program, too_much, environ) == -1 && errno == E2BIG &&
			       strcmp(program, "/proc/self/exe") == 0
		       ? known_calls()
		       : 1;
}

static void refusals(void)
{
	char *const again[] = {"again", NULL};

	for (volatile int i = 0; i < rounds; i++) {
		volatile int wrong = -1;
		pid_t pid;

		EQUAL(0, refused());
		pid = vfork();
		if (pid == 0) {
			wrong = refused() + refused();
			execve("/proc/self/exe", again, environ);
			_exit(99);
		}
		EQUAL(0, status_of(pid));
		EQUAL(0, wrong);
	}
}

/* --- signals --- */

static void storm(void)
{
	storm_begin(150);
	for (int i = 0; i < rounds * 2; i++)
		EQUAL(0, refused());
	storm_end();
}

/* --- seen from outside --- */

static bool runs(pid_t pid, const char *program)
{
	char link[64];
	char name[PATH_MAX];
	ssize_t size;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)pid);
	size = readlink(link, name, sizeof(name) - 1);
	if (size < 0)
		return false;
	name[size] = '\0';
	return strcmp(name, program) == 0;
}

static void sleeper(int says)
{
	if (write(says, "s", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

static pid_t sleeper_start(const char *program, const int *ends)
{
	char number[16];
	char byte;
	char *arguments[] = {"sleep", number, NULL};
	pid_t pid;

	snprintf(number, sizeof(number), "%d", ends[1]);
	pid = vfork();
	if (pid == 0) {
		execve(program, arguments, environ);
		_exit(99);
	}
	WORKS(pid);
	EQUAL(1, read(ends[0], &byte, 1));
	return pid;
}

/*
 * Many start and then make no call that anybody sees. Each one's program is
 * known, and may not be written to.
 */
static void sleepers(void)
{
	char program[PATH_MAX];
	pid_t pids[SLEEPERS];
	int ends[2];

	snprintf(program, sizeof(program), "%s", absolute("sleeper"));
	program_copy(program);
	WORKS(pipe(ends));
	for (int i = 0; i < SLEEPERS; i++) {
		pids[i] = sleeper_start(program, ends);
		STEP(runs(pids[i], program));
		FAILS(ETXTBSY, open(program, O_WRONLY | O_CLOEXEC));
	}
	for (int i = 0; i < SLEEPERS; i++)
		STEP(runs(pids[i], program));
	for (int i = 0; i < SLEEPERS / 2; i++) {
		kill(pids[i], SIGKILL);
		EQUAL(SIGKILL, WTERMSIG(status_of(pids[i])));
	}
	close(ends[1]);
	for (int i = SLEEPERS / 2; i < SLEEPERS; i++)
		kill(pids[i], SIGTERM);
	for (int i = SLEEPERS / 2; i < SLEEPERS; i++)
		EQUAL(SIGTERM, WTERMSIG(status_of(pids[i])));
	WORKS(close(open(program, O_WRONLY | O_CLOEXEC)));
	close(ends[0]);
}

/* Killed anywhere between the call and the program's first steps. */
static void killed(void)
{
	for (int i = 0; i < rounds; i++) {
		char *const again[] = {"again", NULL};
		pid_t pid = fork();

		WORKS(pid);
		if (pid == 0) {
			execve("/proc/self/exe", again, environ);
			_exit(99);
		}
		for (int k = 0; k < i % 32 * 4; k++)
			getppid();
		kill(pid, SIGKILL);
		status_of(pid);
	}
}

/* --- another identity --- */

/* What a fake root has become is true for its programs from the start. */
static void become_another(void)
{
	char *const arguments[] = {"denied", NULL};

	WORKS(setgid(1000));
	WORKS(setuid(1000));
	execve("/proc/self/exe", arguments, environ);
	_exit(99);
}

static void identities(void)
{
	if (geteuid() != 0)
		return;
	WORKS(chmod(".", 0755));
	file_make("secret", "x");
	WORKS(chmod("secret", 0600));
	for (int i = 0; i < rounds / 4; i++)
		child_passes(become_another);
}

/* --- threads --- */

static void *runs_another(void *unused)
{
	char *const again[] = {"again", NULL};

	(void)unused;
	execve("/proc/self/exe", again, environ);
	_exit(99);
}

static void from_threads(void)
{
	for (int i = 0; i < rounds / 4; i++) {
		pid_t pid = fork();
		pthread_t thread;

		WORKS(pid);
		if (pid == 0) {
			if (refused() != 0 || pthread_create(&thread, NULL,
						      runs_another, NULL) != 0)
				_exit(98);
			for (;;)
				pause();
		}
		EQUAL(0, status_of(pid));
	}
}

int main(int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "again") == 0)
		return known_calls();
	if (argc == 1 && strcmp(argv[0], "denied") == 0)
		return open("secret", O_RDONLY) >= 0 || errno != EACCES;
	if (argc == 2 && strcmp(argv[0], "sleep") == 0)
		sleeper(atoi(argv[1]));
	alarm((unsigned int)patience());
	rounds = effort(200);
	known_make();
	too_much_make();
	refusals();
	storm();
	alarm((unsigned int)patience());
	sleepers();
	killed();
	from_threads();
	identities();
	return 0;
}
