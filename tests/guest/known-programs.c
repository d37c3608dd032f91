/* SPDX-License-Identifier: MIT */
/* Programs that have run before, when they or the way to them have changed. */
/*
 * What was found out of a program may be remembered while nothing changes. Each
 * case here runs one until that is so, then changes one thing.
 */
// rows: execve rename symlink chmod
#include "probe.h"

#define CASES 8

/* A copy of this program; its last byte tells which one. */
static void program_make(const char *name, char version)
{
	int fd;

	program_copy(name);
	fd = open(name, O_WRONLY | O_APPEND | O_CLOEXEC);
	WORKS(fd);
	EQUAL(1, write(fd, &version, 1));
	close(fd);
}

/* The version that runs by this name, if it is CALLED so; -errno. */
static int run(const char *name, const char *called)
{
	char *arguments[] = {"version", (char *)called, NULL};
	int status;
	pid_t pid = fork();

	WORKS(pid);
	if (pid == 0) {
		execve(name, arguments, environ);
		_exit(100 + errno);
	}
	EQUAL(pid, waitpid(pid, &status, 0));
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 99;
	return status > 100 ? 100 - status : status;
}

/* In the program that runs: is it what it should be? */
static int version(const char *called)
{
	char name[PATH_MAX];
	char byte = 98;
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	ssize_t size = readlink("/proc/self/exe", name, sizeof(name) - 1);

	if (fd < 0 || size < 0 || lseek(fd, -1, SEEK_END) < 0 ||
		read(fd, &byte, 1) != 1)
		return 97;
	name[size] = '\0';
	return strcmp(name, called) == 0 ? byte : 96;
}

/* DIRECTORY/bin/program, and the way to it by a symlink. */
static void case_make(unsigned int number)
{
	char name[64];
	char link[64];

	for (char kind = 'a'; kind <= 'b'; kind++) {
		snprintf(name, sizeof(name), "%c%u", kind, number);
		WORKS(mkdir(name, 0755));
		snprintf(name, sizeof(name), "%c%u/bin", kind, number);
		WORKS(mkdir(name, 0755));
		snprintf(name, sizeof(name), "%c%u/bin/program", kind, number);
		program_make(name, kind == 'a' ? 1 : 2);
	}
	snprintf(name, sizeof(name), "a%u", number);
	snprintf(link, sizeof(link), "way%u", number);
	WORKS(symlink(name, link));
}

static const char *way(unsigned int number)
{
	char name[64];

	snprintf(name, sizeof(name), "way%u/bin/program", number);
	return absolute(name);
}

static const char *place(char kind, unsigned int number)
{
	char name[64];

	snprintf(name, sizeof(name), "%c%u/bin/program", kind, number);
	return absolute(name);
}

/*
 * What has changed just now may change again without a later time. So it is the
 * clock that is waited for, and nothing else tells.
 */
static void rest(void)
{
	const struct timespec tenth = {0, 100000000};
	struct stat status;

	WORKS(stat(way(CASES - 1), &status));
	while (time(NULL) <= status.st_ctime + 3)
		nanosleep(&tenth, NULL);
}

static void changes(void)
{
	int fd;

	/* The symlink leads elsewhere. */
	WORKS(unlink("way0"));
	WORKS(symlink("b0", "way0"));
	EQUAL(2, run(way(0), place('b', 0)));

	/* What it leads to is a symlink now: the same file, another name. */
	WORKS(rename("a1", "c1"));
	WORKS(symlink("c1", "a1"));
	EQUAL(1, run(way(1), place('c', 1)));
	EQUAL(1, run(place('a', 1), place('c', 1)));

	/* Another file. */
	WORKS(rename("b2/bin/program", "a2/bin/program"));
	EQUAL(2, run(way(2), place('a', 2)));

	/* Another directory. */
	WORKS(rename("a3/bin", "a3/old"));
	WORKS(rename("b3/bin", "a3/bin"));
	EQUAL(2, run(way(3), place('a', 3)));

	/* It may not be run any more, or is not there. */
	WORKS(chmod("a4/bin/program", 0644));
	EQUAL(-EACCES, run(way(4), ""));
	WORKS(unlink("a4/bin/program"));
	EQUAL(-ENOENT, run(way(4), ""));

	/* Somebody writes to it; then it is a script. */
	fd = open("a5/bin/program", O_WRONLY | O_CLOEXEC);
	WORKS(fd);
	EQUAL(-ETXTBSY, run(way(5), ""));
	WORKS(ftruncate(fd, 0));
	dprintf(fd, "#!%s\n", place('b', 5));
	close(fd);
	EQUAL(2, run(way(5), place('b', 5)));

	/* Another root: there is no such name. */
	if (chroot("b6") == 0)
		EQUAL(-ENOENT, run(place('a', 6), ""));
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return version(argv[argc - 1]);
	for (unsigned int i = 0; i < CASES; i++)
		case_make(i);
	rest();
	for (int again = 0; again < 3; again++)
		for (unsigned int i = 0; i < CASES; i++) {
			EQUAL(1, run(way(i), place('a', i)));
			EQUAL(1, run(place('a', i), place('a', i)));
		}
	changes();
	return 0;
}
