/* SPDX-License-Identifier: MIT */
/* Runs cli_parse() on some words; keeps what came of it, and what was said. */
/* Included once by each program, as unit.h is. */
#ifndef PARSE_H
#define PARSE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"

static inline bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Whatever is written to a descriptor between begin and end. */
struct capture {
	int fd;
	int saved;
	FILE *file;
};

static inline void capture_begin(struct capture *capture, int fd)
{
	fflush(NULL);
	capture->fd = fd;
	capture->saved = dup(fd);
	capture->file = tmpfile();
	if (!capture->file || dup2(fileno(capture->file), fd) < 0)
		abort();
}

static inline void capture_end(struct capture *capture, char *text, size_t size)
{
	size_t length;

	fflush(NULL);
	dup2(capture->saved, capture->fd);
	close(capture->saved);
	rewind(capture->file);
	length = fread(text, 1, size - 1, capture->file);
	text[length] = '\0';
	fclose(capture->file);
}

/* The last run of cli_parse(). */
static struct config config;
static enum cli_outcome outcome;
static char errors[16384];
static char output[16384];
static char *words[32];

static inline void run_words(int count)
{
	struct capture out, err;

	config_release(&config);
	capture_begin(&out, STDOUT_FILENO);
	capture_begin(&err, STDERR_FILENO);
	outcome = cli_parse(count, words, &config);
	capture_end(&err, errors, sizeof(errors));
	capture_end(&out, output, sizeof(output));
}

/* Run with these words after "proot"; the outcome must be as expected. */
static inline bool run(enum cli_outcome expected, ...)
{
	va_list list;
	int count = 0;

	words[count++] = (char *)"proot";
	va_start(list, expected);
	while ((words[count] = va_arg(list, char *)))
		count++;
	va_end(list);
	run_words(count);
	return outcome == expected;
}

#define runs(...)  (run(CLI_RUN, __VA_ARGS__, (char *)NULL) && !errors[0])
#define done(...)  (run(CLI_DONE, __VA_ARGS__, (char *)NULL) && !errors[0])
#define fails(...) run(CLI_FAILED, __VA_ARGS__, (char *)NULL)

/* One line "proot error: TEXT" and nothing else. */
static inline bool error_is(const char *text)
{
	static const char prefix[] = "proot error: ";
	size_t length = strlen(prefix);

	if (!strncmp(errors, prefix, length) &&
		!strncmp(errors + length, text, strlen(text)) &&
		!strcmp(errors + length + strlen(text), "\n") && !output[0])
		return true;
	printf("# %s", errors);
	return false;
}

static inline bool error_has(const char *text)
{
	char *newline = strchr(errors, '\n');

	if (!strncmp(errors, "proot error: ", 13) && strstr(errors, text) &&
		newline && !newline[1])
		return true;
	printf("# %s", errors);
	return false;
}

static inline void environment_clear(void)
{
	unsetenv("PROOT_NO_SECCOMP");
	unsetenv("PROOT_TMP_DIR");
	unsetenv("PROOT_L2S_DIR");
	unsetenv("PROOT_VERBOSE");
	unsetenv("PROOT_IGNORE_MISSING_BINDINGS");
	setenv("HOME", "/home/someone", 1);
}

#endif
