/* SPDX-License-Identifier: MIT */
/* Unit tests of program/script: what it reads is what the kernel executes. */
/*
 * Scripts are made from parts, written to a directory of our own and executed.
 * Their interpreter, `i`, is this program again: with the variable below it
 * prints its arguments. What script_read() says of the same bytes must lead to
 * the same arguments, or to the same error.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program/script.h"
#include "unit.h"

#define VARIABLE     "TEST_SCRIPT_INTERPRETER"
#define TEXT_SIZE    1024
#define RANDOM_COUNT 400

struct text {
	char bytes[TEXT_SIZE];
	size_t size;
};

static void add(struct text *text, const char *bytes, size_t size)
{
	memcpy(text->bytes + text->size, bytes, size);
	text->size += size;
}

/* With its NUL: how arguments are told. */
static void add_argument(struct text *text, const char *bytes, size_t size)
{
	add(text, bytes, size);
	add(text, "", 1);
}

/* --- The kernel --- */

static void child_main(int out, int failure)
{
	char *const arguments[] = {(char *)"own", (char *)"x", NULL};
	char *const variables[] = {(char *)VARIABLE "=1", NULL};

	dup2(out, STDOUT_FILENO);
	execve("./script", arguments, variables);
	if (write(failure, &errno, sizeof(errno)) < 0)
		_exit(2);
	_exit(1);
}

/* 0 and what the interpreter was given, or execve(2)'s -errno. */
static int kernel_run(const struct text *script, struct text *given)
{
	int out[2];
	int failure[2];
	int error = 0;
	int fd = open("script", O_WRONLY | O_CREAT | O_TRUNC, 0755);
	pid_t child;
	ssize_t got;

	if (fd < 0 || write(fd, script->bytes, script->size) < 0 ||
		pipe2(out, O_CLOEXEC) < 0 || pipe2(failure, O_CLOEXEC) < 0)
		abort();
	close(fd);
	child = fork();
	if (child == 0)
		child_main(out[1], failure[1]);
	close(out[1]);
	close(failure[1]);
	given->size = 0;
	while ((got = read(out[0], given->bytes + given->size,
			TEXT_SIZE - given->size)) > 0)
		given->size += (size_t)got;
	if (read(failure[0], &error, sizeof(error)) < 0)
		abort();
	close(out[0]);
	close(failure[0]);
	waitpid(child, NULL, 0);
	return -error;
}

/* --- Ours --- */

static int script_run(const struct text *text, struct text *given)
{
	char *head = calloc(1, SCRIPT_HEAD);
	struct script script;
	char name[SCRIPT_HEAD + 1];
	struct stat found;
	int status;

	given->size = 0;
	memcpy(head, text->bytes,
		text->size < SCRIPT_HEAD ? text->size : SCRIPT_HEAD);
	status = script_read(head, &script);
	if (status < 0)
		goto out;
	memcpy(name, script.interpreter, script.interpreter_size);
	name[script.interpreter_size] = '\0';
	/* An empty name is the current directory there, no program. */
	if (name[0] == '\0')
		status = -EACCES;
	else if (stat(name, &found) < 0)
		status = -errno;
	else if (!S_ISREG(found.st_mode))
		status = -EACCES;
	if (status < 0)
		goto out;
	add_argument(given, name, script.interpreter_size);
	if (script.argument)
		add_argument(given, script.argument, script.argument_size);
	add_argument(given, "./script", 8);
	add_argument(given, "x", 1);
out:
	free(head);
	return status;
}

/* --- Comparing --- */

static void show(const char *title, const char *bytes, size_t size)
{
	printf("# %s: ", title);
	for (size_t i = 0; i < size; i++)
		if (bytes[i] >= ' ' && bytes[i] != '\\')
			putchar(bytes[i]);
		else
			printf("\\%03o", (unsigned char)bytes[i]);
	putchar('\n');
}

static bool is_same(const struct text *script)
{
	struct text theirs;
	struct text ours;
	int wanted = kernel_run(script, &theirs);
	int got = script_run(script, &ours);

	if (wanted == got && theirs.size == ours.size &&
		memcmp(theirs.bytes, ours.bytes, ours.size) == 0)
		return true;
	show("script", script->bytes, script->size);
	printf("# the kernel: %d, script_read(): %d\n", wanted, got);
	show("the kernel", theirs.bytes, theirs.size);
	show("script_read()", ours.bytes, ours.size);
	return false;
}

static void test_one(const char *bytes, size_t size, const char *what)
{
	struct text script = {.size = 0};

	add(&script, bytes, size);
	check(is_same(&script), what);
}

#define test(literal, what) test_one(literal, sizeof(literal) - 1, what)

static void test_lines(void)
{
	test("#!./i\n", "a name");
	test("#! \t ./i \t \n", "blanks around it");
	test("#!./i a\n", "an argument");
	test("#!./i \t a b  c\t \t\nd\n", "one argument, with blanks in it");
	test("#!./i", "no newline");
	test("#!./i a  ", "no newline, and blanks at the end");
	test("#!./i\r\n", "a carriage return belongs to the name");
	test("#!./i a\r\n", "and to the argument");
	test("#!\n", "nothing");
	test("#! \t\n", "blanks alone");
	test("#!", "not even a newline");
	test("#! \t ", "blanks without a newline");
	test("#", "half of the mark");
	test("", "an empty file");
	test(" #!./i\n", "a blank before the mark");
	test("# !./i\n", "a blank in the mark");
	test("#!./missing\n", "a name that does not exist");
	test("#!.\n", "a directory");
	test("#!./i/x\n", "a file as a directory");
	test("#!\0./i\n", "a NUL first");
	test("#! \0./i\n", "a NUL after a blank");
	test("#!./i\0 a\n", "a NUL behind the name");
	test("#!./i a\0b\n", "a NUL in the argument");
	test("#!./i \0a\n", "a NUL before the argument");
	test("#!./i  \0\n", "a NUL after blanks");
	test("#!./i a\0 \t", "blanks behind a NUL");
}

/* A name of SIZE bytes that leads to the interpreter. */
static void add_name(struct text *text, size_t size)
{
	add(text, size % 2 ? "./" : ".//", size % 2 ? 2 : 3);
	for (size_t at = size % 2 ? 2 : 3; at + 1 < size; at += 2)
		add(text, "./", 2);
	add(text, "i", 1);
}

/* Each length of a name around the end of what is read. */
static void test_edges(void)
{
	static const char *const tails[] = {
		"\n", "", " \n", " ", " a\n", " a", "  a", "\t\t\t\t\t\t\t\n"};
	bool all_same = true;

	for (size_t size = SCRIPT_HEAD - 6; size < SCRIPT_HEAD + 2; size++)
		for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
			struct text script = {.size = 0};

			add(&script, "#!", 2);
			add_name(&script, size - 2);
			add(&script, tails[i], strlen(tails[i]));
			all_same &= is_same(&script);
		}
	check(all_same, "names that end where the head does");
	all_same = true;
	for (size_t size = SCRIPT_HEAD - 8; size < SCRIPT_HEAD + 2; size++)
		for (size_t i = 0; i < sizeof(tails) / sizeof(tails[0]); i++) {
			struct text script = {.size = 0};

			add(&script, "#!./i ", 6);
			while (script.size < size)
				add(&script, "a", 1);
			add(&script, tails[i], strlen(tails[i]));
			all_same &= is_same(&script);
		}
	check(all_same, "arguments that end there");
	all_same = true;
	for (size_t size = SCRIPT_HEAD - 8; size < SCRIPT_HEAD + 2; size++)
		for (unsigned int i = 0; i < 4; i++) {
			struct text script = {.size = 0};

			add(&script, "#!./i", i % 2 ? 5 : 2);
			while (script.size < size)
				add(&script, " ", 1);
			add(&script, i % 2 ? "a\n" : "./i\n", i % 2 ? 2 : 4);
			if (i / 2)
				script.size--;
			all_same &= is_same(&script);
		}
	check(all_same, "blanks that end there");
}

static uint32_t state = 1;

static uint32_t choose(uint32_t count)
{
	state = state * 1664525 + 1013904223;
	return (state >> 16) % count;
}

static void add_random(struct text *text)
{
	static const char *const parts[] = {" ", "\t", "./i", "a", "-x", "\n",
		"", "/", ".", "#!", "  ", "\r", "./i ", "=", "\\", "\""};

	if (choose(12) == 0) {
		add_name(text, 3 + choose(120));
	} else if (choose(40) == 0) {
		add(text, "", 1);
	} else {
		const char *part =
			parts[choose(sizeof(parts) / sizeof(parts[0]))];

		add(text, part, strlen(part));
	}
}

static void test_random(void)
{
	bool all_same = true;

	for (unsigned int i = 0; i < RANDOM_COUNT; i++) {
		struct text script = {.size = 0};

		if (choose(20))
			add(&script, "#!", 2);
		if (choose(3))
			add(&script, "./i", 3);
		for (uint32_t count = choose(12); count > 0; count--)
			add_random(&script);
		if (script.size < 380)
			all_same &= is_same(&script);
	}
	check(all_same, "400 lines at random");
}

static int interpreter_main(int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (fwrite(argv[i], 1, strlen(argv[i]) + 1, stdout) == 0)
			return 1;
	return 0;
}

int main(int argc, char **argv)
{
	char directory[] = "/tmp/test_script.XXXXXX";
	char own[4096];
	ssize_t size = readlink("/proc/self/exe", own, sizeof(own) - 1);

	if (getenv(VARIABLE))
		return interpreter_main(argc, argv);
	if (size < 0 || !mkdtemp(directory) || chdir(directory) < 0)
		return 1;
	own[size] = '\0';
	if (symlink(own, "i") < 0)
		return 1;
	test_lines();
	test_edges();
	test_random();
	unlink("i");
	unlink("script");
	rmdir(directory);
	return unit_end();
}
