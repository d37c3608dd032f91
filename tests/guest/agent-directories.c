/* SPDX-License-Identifier: MIT */
/* A directory that was just moved, removed or replaced is so at once. */
/*
 * Whoever remembers where a directory is must notice every change: by the same
 * thread, by another one, by another process, of the directory itself or of one
 * above it. After each change, the first look must be right, from a call site
 * and through names that were used hundreds of times before.
 */
// rows: stat open rename renameat2 rmdir symlink chdir unlink mkdir clone
// also as a fake root
// flags: -pthread
#include "hot.h"

#include <pthread.h>

/*
 *	top/one/in/file    "one"
 *	top/two/in/file    "two"
 */
static void tree_make(void)
{
	WORKS(mkdir("top", 0755));
	WORKS(mkdir("top/one", 0755));
	WORKS(mkdir("top/one/in", 0755));
	WORKS(mkdir("top/two", 0755));
	WORKS(mkdir("top/two/in", 0755));
	file_make("top/one/in/file", "one");
	file_make("top/two/in/file", "two");
}

static char deep[PATH_MAX];    /* top/one/in/file, from the root */
static char deep_in[PATH_MAX]; /* top/one/in */
static char start[PATH_MAX];

/* What the file holds by a path, or the name of the error. */
static const char *by(const char *path)
{
	static char content[16];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, content, sizeof(content) - 1);
	struct stat status;
	int error_number = errno;

	/* All calls are of one opinion. */
	if ((fd < 0) != (stat(path, &status) != 0) ||
		(fd < 0) != (access(path, F_OK) != 0))
		return "opinions differ";
	if (fd >= 0)
		close(fd);
	if (size < 0)
		return error_number == ENOENT	 ? "ENOENT"
		       : error_number == ENOTDIR ? "ENOTDIR"
		       : error_number == ELOOP	 ? "ELOOP"
						 : "another error";
	content[size] = '\0';
	return content;
}

/* Both ways to name the file say so, again and again. */
static void say(const char *wanted)
{
	for (int i = 0; i < 4; i++) {
		SAME(wanted, by(deep));
		SAME(wanted, by("top/one/in/file"));
	}
}

static void heated(void)
{
	HEAT SAME("one", by(deep));
	say("one");
}

static long exchange(const char *left, const char *right)
{
	return raw(SYS_renameat2, AT_FDCWD, left, AT_FDCWD, right, 2);
}

/* --- One thread ------------------------------------------------------------
 */

/* The directory becomes a symlink to the other one, and back. */
static void replaced(const char *directory, const char *text)
{
	char aside[PATH_MAX];

	snprintf(aside, sizeof(aside), "%s.aside", directory);
	for (int i = 0; i < effort(40); i++) {
		WORKS(rename(directory, aside));
		say("ENOENT");
		WORKS(symlink(text, directory));
		say("two");
		WORKS(unlink(directory));
		say("ENOENT");
		WORKS(rename(aside, directory));
		say("one");
	}
}

static void removed(void)
{
	for (int i = 0; i < effort(40); i++) {
		WORKS(unlink("top/one/in/file"));
		say("ENOENT");
		WORKS(rmdir("top/one/in"));
		say("ENOENT");
		WORKS(symlink("../two/in", "top/one/in"));
		say("two");
		WORKS(unlink("top/one/in"));
		WORKS(symlink("in", "top/one/in"));
		say("ELOOP");
		WORKS(unlink("top/one/in"));
		file_make("top/one/in", "");
		say("ENOTDIR");
		WORKS(unlink("top/one/in"));
		WORKS(mkdir("top/one/in", 0755));
		say("ENOENT");
		file_make("top/one/in/file", "one");
		say("one");
	}
}

static void exchanged(void)
{
	if (exchange("top/one", "top/two") < 0)
		return; /* ENOSYS, or a file system that cannot */
	say("two");
	WORKS(exchange("top/one", "top/two"));
	WORKS(symlink("top/two", "link"));
	for (int i = 0; i < effort(100); i++) {
		say("one");
		WORKS(exchange("top/one", "top/two"));
		say("two");
		WORKS(exchange("top/one", "top/two"));
		say("one");
		WORKS(exchange("top/one/in", "top/two/in"));
		say("two");
		WORKS(exchange("top/one/in", "top/two/in"));
		/* A directory and a symlink change places. */
		WORKS(rename("link", "top/link"));
		WORKS(unlink("top/link"));
		WORKS(symlink("two", "link"));
		WORKS(exchange("link", "top/one"));
		say("two");
		WORKS(exchange("link", "top/one"));
	}
	WORKS(unlink("link"));
}

/* What follows the directory, and what follows the name. */
static void from_within(void)
{
	int fd;
	int top;

	WORKS(top = open("top", O_RDONLY | O_DIRECTORY));
	WORKS(chdir("top/one"));
	WORKS(fd = open(".", O_RDONLY | O_DIRECTORY));
	HEAT SAME("one", by("in/file"));
	for (int i = 0; i < effort(40); i++) {
		WORKS(renameat(top, "one", top, "moved"));
		SAME("one", by("in/file"));
		SAME("one", by("../moved/in/file"));
		SAME("ENOENT", by("../one/in/file"));
		SAME("ENOENT", by(deep));
		WORKS(chdir("../two"));
		SAME("two", by("in/file"));
		WORKS(fchdir(fd));
		SAME("one", by("in/file"));
		WORKS(renameat(top, "moved", top, "one"));
		SAME("one", by(deep));
		/* Another level: `..` is another directory. */
		WORKS(renameat(top, "one", top, "two/one"));
		SAME("one", by("in/file"));
		SAME("two", by("../in/file"));
		SAME("ENOENT", by("../two/in/file"));
		WORKS(renameat(top, "two/one", top, "one"));
		SAME("two", by("../two/in/file"));
	}
	WORKS(chdir(start));
	close(fd);
	close(top);
}

/* Who shares something with us says where he is now, and is gone. */
static int walker(void *directory)
{
	bool is_right;

	if (chdir(directory) < 0)
		return 1;
	is_right = strcmp(by("in/file"), "two") == 0 &&
		   strcmp(by("in/file"), "two") == 0;
	return !is_right;
}

static void walk_by(int flags, const char *wanted)
{
	static char stack[65536] __attribute__((aligned(16)));
	int status;
	int pid = clone(walker, stack + sizeof(stack), flags | SIGCHLD,
		(void *)absolute("top/other"));

	STEP(pid > 0);
	STEP(waitpid(pid, &status, 0) == pid);
	EQUAL(0, status);
	SAME(wanted, by("in/file"));
	SAME(wanted, by("in/file"));
}

/* The same names in another directory, where one is an absolute symlink. */
static void from_elsewhere(void)
{
	int one;
	int other;

	WORKS(mkdir("top/other", 0755));
	WORKS(symlink(absolute("top/two/in"), "top/other/in"));
	WORKS(one = open("top/one", O_RDONLY | O_DIRECTORY));
	WORKS(other = open("top/other", O_RDONLY | O_DIRECTORY));
	WORKS(fchdir(one));
	HEAT SAME("one", by("in/file"));
	for (int i = 0; i < effort(40); i++) {
		SAME("one", by("in/file"));
		WORKS(fchdir(other));
		SAME("two", by("in/file"));
		WORKS(chdir("../one"));
		SAME("one", by("in/file"));
		walk_by(0, "one");
		walk_by(CLONE_VM | CLONE_VFORK, "one");
		walk_by(CLONE_VM | CLONE_VFORK | CLONE_FS, "two");
		WORKS(fchdir(one));
		walk_by(CLONE_FS, "two");
		WORKS(fchdir(one));
	}
	WORKS(chdir(start));
	WORKS(unlink("top/other/in"));
	WORKS(rmdir("top/other"));
	close(one);
	close(other);
}

/* --- Others ----------------------------------------------------------------
 */

/* Two that take turns: each waits for the other's byte. */
struct turns {
	int mine;
	int others;
};

static void turns_make(struct turns *left, struct turns *right)
{
	int forth[2], back[2];

	WORKS(pipe(forth));
	WORKS(pipe(back));
	*left = (struct turns){back[0], forth[1]};
	*right = (struct turns){forth[0], back[1]};
}

static void turn_wait(const struct turns *turns)
{
	char byte;

	EQUAL(1, read(turns->mine, &byte, 1));
}

static void turn_give(const struct turns *turns)
{
	EQUAL(1, write(turns->others, "", 1));
}

/* One step of the change for each turn. */
static void *changer(void *data)
{
	const struct turns *turns = data;

	for (int i = 0; i < effort(100); i++) {
		turn_wait(turns);
		WORKS(rename("top/one", "top/aside"));
		WORKS(symlink("two", "top/one"));
		turn_give(turns);
		turn_wait(turns);
		WORKS(unlink("top/one"));
		turn_give(turns);
		turn_wait(turns);
		WORKS(rename("top/aside", "top/one"));
		turn_give(turns);
	}
	return NULL;
}

static void observer(const struct turns *turns)
{
	heated();
	for (int i = 0; i < effort(100); i++) {
		turn_give(turns);
		turn_wait(turns);
		say("two");
		turn_give(turns);
		turn_wait(turns);
		say("ENOENT");
		turn_give(turns);
		turn_wait(turns);
		say("one");
	}
}

static void by_a_thread(void)
{
	struct turns left, right;
	pthread_t thread;

	turns_make(&left, &right);
	EQUAL(0, pthread_create(&thread, NULL, changer, &right));
	observer(&left);
	pthread_join(thread, NULL);
}

static void by_a_process(void)
{
	struct turns left, right;
	pid_t pid;

	turns_make(&left, &right);
	pid = fork();
	if (pid == 0) {
		changer(&right);
		_exit(0);
	}
	observer(&left);
	EQUAL(0, status_of(pid));
	/* The other way round: the younger one looks. */
	pid = fork();
	if (pid == 0) {
		observer(&left);
		_exit(0);
	}
	changer(&right);
	EQUAL(0, status_of(pid));
}

/* --- Without turns ---------------------------------------------------------
 */

static volatile bool is_over;

/* Whatever the moment, the file is one or the other, or not there. */
static void *looks(void *unused)
{
	long found = 0;

	(void)unused;
	while (!is_over) {
		char content[8] = "";
		int fd = open(deep, O_RDONLY | O_CLOEXEC);
		ssize_t size = fd < 0 ? -1 : read(fd, content, 7);

		if (fd < 0 ? errno != ENOENT
			   : size != 3 || (strcmp(content, "one") != 0 &&
						  strcmp(content, "two") != 0))
			return "neither one nor two";
		if (fd >= 0)
			close(fd);
		found++;
	}
	return NULL;
}

/* Of a file that is missing, it is not a directory above it that changes. */
static void *changes(void *unused)
{
	(void)unused;
	while (!is_over)
		if (chmod(deep, 0644) < 0 && errno != ENOENT)
			return "chmod failed";
	return NULL;
}

static long mode_of(const char *path)
{
	struct stat status;

	WORKS(stat(path, &status));
	return status.st_mode & 07777;
}

/* The last look after the last change is never of before it. */
static void in_a_race(void)
{
	pthread_t threads[4];

	for (size_t i = 0; i < ARRAY_COUNT(threads); i++)
		EQUAL(0, pthread_create(&threads[i], NULL,
				 i == 0 ? changes : looks, NULL));
	for (int i = 0; i < effort(300); i++) {
		WORKS(rename("top/one", "top/aside"));
		WORKS(rename("top/two", "top/one"));
		say("two");
		WORKS(rename("top/one", "top/two"));
		WORKS(rename("top/aside", "top/one"));
		say("one");
	}
	is_over = true;
	for (size_t i = 0; i < ARRAY_COUNT(threads); i++) {
		void *problem;

		pthread_join(threads[i], &problem);
		SAME("", problem ? problem : "");
	}
	EQUAL(0755, mode_of("top"));
	EQUAL(0755, mode_of("top/one"));
	EQUAL(0755, mode_of("top/two"));
}

int main(void)
{
	STEP(getcwd(start, sizeof(start)) != NULL);
	strcpy(deep, absolute("top/one/in/file"));
	strcpy(deep_in, absolute("top/one/in"));
	tree_make();
	heated();
	replaced("top/one", "two");
	replaced("top/one/in", "../two/in");
	replaced(deep_in, absolute("top/two/in"));
	removed();
	exchanged();
	from_within();
	from_elsewhere();
	by_a_thread();
	by_a_process();
	in_a_race();
	return 0;
}
