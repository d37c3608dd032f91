/* SPDX-License-Identifier: MIT */
/* What a fake root has found out of old files is forgotten when it must be. */
/*
 * Files without owners of their own, that have been so for some seconds, are
 * asked about again and again; then others change them by all ways that there
 * are, and the next look has to tell.
 */
// rows: stat statx chown fchown
// options: -0
// guest only
#include "hot.h"

#include <time.h>

#define FILES 64

static char names[FILES][16];

static void make(void)
{
	for (int i = 0; i < FILES; i++) {
		snprintf(names[i], sizeof(names[i]), "old%d", i);
		if (i % 4 == 0)
			WORKS(mkdir(names[i], 0755));
		else
			close(creat(names[i], 0644));
	}
}

/*
 * It is by the clock that a file is old, and nothing else tells: one of the few
 * tests that sleep. A program that starts sees it.
 */
static void grow_old(void)
{
	struct stat status;

	WORKS(stat(names[FILES - 1], &status));
	while (time(NULL) < status.st_ctim.tv_sec + 3)
		nanosleep(&(struct timespec){0, 100000000}, NULL);
	EQUAL(0, system("true"));
}

static void look(int i, uid_t user, gid_t group)
{
	struct stat status;
	uint32_t extended[64]; /* struct statx: owner and group are 5 and 6 */

	WORKS(lstat(names[i], &status));
	EQUAL(user, status.st_uid);
	EQUAL(group, status.st_gid);
	WORKS(syscall(SYS_statx, AT_FDCWD, names[i], 0, 0x7ff, extended));
	EQUAL(user, extended[5]);
	EQUAL(group, extended[6]);
}

static void change(int i)
{
	int fd;

	switch (i / 4 % 4) {
	case 0:
		WORKS(chown(names[i], 5, 6));
		break;
	case 1:
		fd = open(names[i], O_RDONLY | O_CLOEXEC);
		WORKS(fchown(fd, 5, 6));
		close(fd);
		break;
	case 2: /* one that has many records to ask for */
		for (int j = 0; j < 20; j++)
			look(i, 0, 0);
		WORKS(lchown(names[i], 5, 6));
		break;
	default: /* elsewhere, and back */
		WORKS(rename(names[i], "elsewhere"));
		WORKS(chown("elsewhere", 5, 6));
		WORKS(rename("elsewhere", names[i]));
	}
}

static void change_back(int i)
{
	WORKS(chown(names[i], 0, 0));
}

static void each_in_child(void (*function)(int i), int i)
{
	pid_t pid = fork();
	int status;

	WORKS(pid);
	if (pid == 0) {
		function(i);
		_exit(0);
	}
	EQUAL(pid, waitpid(pid, &status, 0));
	EQUAL(0, status);
}

int main(void)
{
	make();
	grow_old();
	for (int round = 0; round < 3; round++)
		for (int i = 0; i < FILES; i++)
			look(i, 0, 0);
	for (int i = 0; i < FILES; i++) {
		each_in_child(change, i);
		look(i, 5, 6);
		look((i + 1) % FILES, i == FILES - 1 ? 5 : 0,
			i == FILES - 1 ? 6 : 0);
	}
	for (int i = 0; i < FILES; i++) {
		each_in_child(change_back, i);
		look(i, 0, 0);
	}
	return 0;
}
