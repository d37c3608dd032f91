/* SPDX-License-Identifier: MIT */
/* A fake root's chown(2) and chmod(2) of one file at once: both are kept. */
/*
 * Two threads, and signals, and a child that is killed in the midst of it: each
 * round both threads change the file, by a path and by a descriptor, and then
 * look whether it has the owner of the one and the mode of the other.
 */
// rows: chown fchown chmod fchmod listxattr
// options: -0
// flags: -pthread
// guest only
#include "attributes.h"
#include "hot.h"

#include <pthread.h>
#include <sys/xattr.h>

#define ROUNDS 3000

static pthread_barrier_t barrier;

static void on_alarm(int signal)
{
	(void)signal;
}

static mode_t mode_of(int round)
{
	return (mode_t)(round * 37) & 07777;
}

static void look(int round)
{
	struct stat status;

	WORKS(stat("file", &status));
	EQUAL(round, status.st_uid);
	EQUAL(round + 1, status.st_gid);
	EQUAL(mode_of(round), status.st_mode & 07777);
}

static void *change_modes(void *data)
{
	int fd = open("file", O_RDONLY | O_CLOEXEC);

	WORKS(fd);
	for (int round = 1; round <= effort(ROUNDS); round++) {
		pthread_barrier_wait(&barrier);
		if (round % 2)
			WORKS(chmod("file", mode_of(round)));
		else
			WORKS(fchmod(fd, mode_of(round)));
		pthread_barrier_wait(&barrier);
		look(round);
		pthread_barrier_wait(&barrier);
	}
	close(fd);
	return data;
}

static void change_owners(void)
{
	int fd = open("file", O_RDONLY | O_CLOEXEC);

	WORKS(fd);
	for (int round = 1; round <= effort(ROUNDS); round++) {
		/* chown(2) takes set-ID bits: it has to come first */
		bool is_before = (mode_of(round) & (S_ISUID | S_ISGID)) != 0;
		unsigned int user = (unsigned int)round;

		if (is_before)
			WORKS(chown("file", user, user + 1));
		pthread_barrier_wait(&barrier);
		if (!is_before && round % 3)
			WORKS(chown("file", user, user + 1));
		else if (!is_before)
			WORKS(fchown(fd, user, user + 1));
		pthread_barrier_wait(&barrier);
		look(round);
		pthread_barrier_wait(&barrier);
	}
	close(fd);
}

static void signals_come(int microseconds)
{
	struct sigaction action = {
		.sa_handler = on_alarm, .sa_flags = SA_RESTART};
	struct itimerval timer = {{0, microseconds}, {0, microseconds}};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

/* Killed anywhere, it leaves nobody waiting. */
static void children_die(void)
{
	for (int i = 0; i < effort(64); i++) {
		pid_t child = fork();

		WORKS(child);
		for (unsigned int n = 1; child == 0; n++) {
			chown("other", n % 100, n % 100);
			chmod("other", n % 0777);
		}
		for (unsigned int n = 0; n < 20u * (unsigned int)i; n++)
			WORKS(chown("file", n, n));
		WORKS(kill(child, SIGKILL));
		EQUAL(child, waitpid(child, NULL, 0));
		WORKS(chown("other", 5, 6));
		WORKS(chmod("other", 0640));
	}
}

/* How an owner is remembered is not for the guest. */
static void names_are_hidden(void)
{
	static const char kept[] = "security.kept";
	char names[64];

	HEAT EQUAL(0, listxattr("file", names, sizeof(names)));
	if (!keeps_attributes("file"))
		return; /* then others are not kept, either */
	WORKS(setxattr("file", kept, "value", 5, 0));
	EQUAL(sizeof(kept), listxattr("file", NULL, 0));
	EQUAL(sizeof(kept), listxattr("file", names, sizeof(names)));
	SAME(kept, names);
	FAILS(ERANGE, listxattr("file", names, sizeof(kept) - 1));
	WORKS(removexattr("file", kept));
	EQUAL(0, listxattr("file", names, sizeof(names)));
}

int main(void)
{
	pthread_t thread;

	file_make("file", "text");
	file_make("other", "text");
	STEP(pthread_barrier_init(&barrier, NULL, 2) == 0);
	for (int turn = 0; turn < 2; turn++) {
		STEP(pthread_create(&thread, NULL, change_modes, NULL) == 0);
		change_owners();
		STEP(pthread_join(thread, NULL) == 0);
		signals_come(500); /* in the second turn */
	}
	signals_come(0);
	names_are_hidden();
	children_die();
	return 0;
}
