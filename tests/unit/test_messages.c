/* SPDX-License-Identifier: MIT */
/* Unit tests of cli/ and base/log: what is said: the log, refusals, help. */
/*
 * Run from the top of the sources: the manual page and the completions are
 * compared with the table of options.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/option.h"
#include "cli/options.h"
#include "parse.h"
#include "unit.h"

static void log_all(void)
{
	log_error("e %d", 1);
	log_warning("w");
	log_debug(LOG_BINDINGS, "b");
	log_debug(LOG_CALLS, "c");
	log_debug(LOG_EVENTS, "v");
}

static bool log_shows(int level, const char *expected)
{
	struct capture err;

	capture_begin(&err, STDERR_FILENO);
	log_set_level(level);
	log_all();
	capture_end(&err, errors, sizeof(errors));
	return !strcmp(errors, expected) && log_threshold == level;
}

#define LINES_0 "proot error: e 1\nproot warning: w\n"

static void test_log_levels(void)
{
	check(log_threshold == 0, "the first level is 0");
	check(log_shows(-1, "proot error: e 1\n"), "level -1: errors only");
	check(!log_enabled(0) && log_enabled(-1), "log_enabled() says so");
	check(log_shows(0, LINES_0), "level 0: warnings");
	check(log_shows(1, LINES_0 "proot info: b\n"), "level 1: bindings");
	check(log_shows(2, LINES_0 "proot info: b\nproot info: c\n"),
		"level 2: calls");
	check(log_enabled(2) && !log_enabled(3), "and not more");
	check(log_shows(9,
		      LINES_0 "proot info: b\nproot info: c\nproot info: v\n"),
		"level 3 and above: events");
	log_set_level(0);
}

static void test_log_lines(void)
{
	struct capture err;
	char *text = malloc(10001);
	int ends[2];
	ssize_t length;
	char line[PIPE_BUF + 1];

	memset(text, 'x', 10000);
	text[10000] = '\0';
	capture_begin(&err, STDERR_FILENO);
	errno = ENOENT;
	log_error("a\nb\033[1m\303\251");
	check(errno == ENOENT, "errno is left alone");
	capture_end(&err, errors, sizeof(errors));
	check(strstr(errors, "error: a?b?[1m\303\251\n"),
		"control characters cannot forge a line");

	/* A packet pipe keeps write(2)s apart. */
	if (pipe2(ends, O_DIRECT) == 0) {
		int saved = dup(STDERR_FILENO);

		dup2(ends[1], STDERR_FILENO);
		log_error("%s", text);
		log_error("short");
		dup2(saved, STDERR_FILENO);
		close(saved);
		length = read(ends[0], line, sizeof(line));
		check(length == PIPE_BUF &&
				!memcmp(line + length - 5, "x...\n", 5),
			"a long line is cut, and is one write");
		length = read(ends[0], line, sizeof(line));
		check(length == 19 && !memcmp(line, "proot error: short\n", 19),
			"a line is one write");
		close(ends[0]);
		close(ends[1]);
	}
	free(text);
}

static void test_missing_values(void)
{
	check(fails("-r") && error_is("-r: its value is missing; write -r DIR"),
		"a missing value");
	check(fails("--bind") && error_is("--bind: its value is missing; write "
					  "--bind=HOST[:GUEST[!]]"),
		"a long option's missing value");
	check(fails("-r", "-b", "/x") && error_has("-r: its value is missing"),
		"an option is not taken for a value");
	check(fails("-r", "--", "x") && error_has("-r: its value is missing"),
		"nor is --");
	check(fails("-r", "", "x") &&
			error_is("-r: its value is empty; write -r DIR"),
		"an empty value");
	check(fails("--cwd=") &&
			error_is("--cwd: its value is empty; write --cwd=DIR"),
		"a long option's empty value");
	check(fails("-b", ":x") && error_is("-b: the host path is empty; write "
					    "-b HOST[:GUEST[!]]"),
		"-b :x");
	check(fails("-b", "!") && error_has("-b: the host path is empty"),
		"-b !");
	check(fails("-b", "x:") && error_has("-b: the guest path is empty"),
		"-b x:");
	check(fails("--mount=x:!") &&
			error_has("--mount: the guest path is empty"),
		"--mount=x:!");
	check(fails("--help=1") && error_has("--help: takes no value"),
		"a value for an option that takes none");
	check(fails("-WB") && error_has("-W: takes no value"),
		"short options are not joined");
}

static void test_unknown(void)
{
	static const char *const pairs[][2] = {
		{"--rotfs", "--rootfs"},
		{"--rootfs-dir", NULL},
		{"--bnid=/x", "--bind"},
		{"--kill-on-exti", "--kill-on-exit"},
		{"--kill", "--kill-on-exit"},
		{"--link-2-symlink", "--link2symlink"},
		{"-rootfs", "--rootfs"},
		{"-help", "--help"},
		{"-bind=/x", "--bind"},
		{"--r", NULL},
		{"--zzzzzz", NULL},
		{"-x", NULL},
		{"-", NULL},
		{"--=", NULL},
		{"-=", NULL},
	};
	char expected[64];

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		snprintf(expected, sizeof(expected), "did you mean %s?\n",
			pairs[i][1]);
		check(fails(pairs[i][0], "x") &&
				error_has("unknown option; ") &&
				error_has(pairs[i][1] ? expected
						      : "proot --help lists"),
			pairs[i][0]);
	}
}

static void test_too_long(void)
{
	char *path = malloc(2 * PATH_MAX + 1);

	memset(path, 'a', 2 * PATH_MAX);
	path[PATH_MAX - 1] = '\0';
	check(runs("-r", path) && same(config.rootfs, path),
		"a path of 4095 bytes is fine");
	path[PATH_MAX - 1] = ':';
	path[2 * PATH_MAX - 1] = '\0';
	check(runs("-b", path), "so are two in a binding");
	path[PATH_MAX - 1] = 'a';
	check(fails("-b", path) && error_has("-b: a path has more than 4095"),
		"a longer host path is refused");
	check(fails("-r", path) && error_has("-r: "), "a longer root");
	check(fails("--cwd", path) && error_has("--cwd: "),
		"a longer directory");
	path[1] = ':';
	check(fails("--bind", path) && error_has("--bind: a path has"),
		"a longer guest path");
	memcpy(path, "--", 2);
	check(fails(path, "x") && error_has("unknown") && strlen(errors) < 200,
		"a long name is quoted in part");
	memcpy(path, "-v", 2);
	check(fails(path) && error_has("from -1 to 3") && strlen(errors) < 200,
		"a long value is quoted in part");
	path[2 * PATH_MAX - 1] = '\0';
	check(runs("--", path), "a long command is not our business");
	free(path);
}

static void test_later(void)
{
	check(fails("-n", "id") && error_is("-n: this version cannot map ports "
					    "yet; run the command without "
					    "it"),
		"-n is refused");
	check(fails("-p") && error_has("-p: this version cannot map ports"),
		"-p is refused without its value");
	check(fails("-k", "5.4", "x") && error_has("-k: "), "-k is refused");
	check(runs("x", "-0"), "after the command, -0 is not ours");
}

/* A value that the option understands. */
static const char *value_for(const struct option *option)
{
	if (strcmp(option->value ?: "", "UID:GID") == 0)
		return "1:1";
	return strcmp(option->value ?: "", "NAME") == 0 ? "auto" : "1";
}

/* Each name of each row does something: nothing in the table is unknown. */
static void test_table_parses(void)
{
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];
		const char *at = option->names;
		const char *name;
		size_t length;

		while (option_next_name(&at, &name, &length)) {
			char word[64];

			snprintf(word, sizeof(word), "%.*s", (int)length, name);
			check(option_find(name, length) == option, word);
			run(CLI_RUN, word, value_for(option), "1",
				(char *)NULL);
			check(outcome == CLI_FAILED
					? option->later &&
						  error_has(
							  "this version cannot")
					: !option->later && !errors[0],
				option->later ? "... is refused"
					      : "... is understood");
		}
	}
}

static void test_help(void)
{
	size_t longest = 0;
	static const char blanks[] = " ,=[\n";

	check(done("-h") && done("--usage") && done("--help"),
		"-h, --usage and --help");
	for (char *at = output; *at;) {
		size_t length = strcspn(at, "\n");

		longest = length > longest ? length : longest;
		at += length + (at[length] == '\n');
	}
	check(longest <= 80 && longest > 40, "the help fits 80 columns");
	check(!strchr(output, '\t') && !strstr(output, " \n"),
		"the help has no tabs and no trailing blanks");

	for (size_t i = 0; i < option_count; i++) {
		const char *at = option_table[i].names;
		const char *name;
		size_t length;

		while (option_next_name(&at, &name, &length)) {
			char word[64];
			const char *found;

			snprintf(
				word, sizeof(word), " %.*s", (int)length, name);
			found = strstr(output, word);
			while (found && !strchr(blanks, found[length + 1]))
				found = strstr(found + 1, word);
			check(found, word + 1);
		}
	}
	check(strstr(output, "--bind, --mount=HOST[:GUEST[!]]\n") &&
			strstr(output, "--verbose[=N] ") &&
			strstr(output, "-R DIR "),
		"the help shows the values");
}

static void test_usage_and_version(void)
{
	check(done("-V") && !strncmp(output, "proot ", 6) &&
			strstr(output, "MIT"),
		"-V");
	check(done("--version", "-x") && done("--about"),
		"--version and --about");
	words[1] = NULL;
	run_words(1);
	check(outcome == CLI_FAILED && !output[0] &&
			!strncmp(errors, "Usage: proot ", 13) &&
			strlen(errors) < 300,
		"no arguments: a short usage on standard error");
	words[0] = NULL;
	run_words(0);
	check(outcome == CLI_FAILED, "not even a program name");
}

/* --help into a full device is an error, as for any program. */
static void test_full_output(void)
{
	struct capture err;
	int saved, full;

	fflush(NULL);
	saved = dup(STDOUT_FILENO);
	full = open("/dev/full", O_WRONLY);
	if (full < 0) {
		skip("--help into a full device", "no /dev/full");
		close(saved);
		return;
	}
	words[0] = (char *)"proot";
	words[1] = (char *)"-h";
	words[2] = NULL;
	config_release(&config);
	capture_begin(&err, STDERR_FILENO);
	dup2(full, STDOUT_FILENO);
	outcome = cli_parse(2, words, &config);
	dup2(saved, STDOUT_FILENO);
	clearerr(stdout);
	capture_end(&err, errors, sizeof(errors));
	close(full);
	close(saved);
	check(outcome == CLI_FAILED && error_has("standard output: "),
		"--help into a full device fails");
}

/* Read a file without backslashes and without the fonts of a manual page. */
static bool text_read(const char *path, char *text, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t length = 0;
	int byte;

	if (!file)
		return false;
	while ((byte = getc(file)) != EOF && length < size - 1) {
		if (byte != '\\') {
			text[length++] = (char)byte;
			continue;
		}
		byte = getc(file);
		if (byte == 'f')
			getc(file);
		else if (byte != EOF)
			ungetc(byte, file);
	}
	text[length] = '\0';
	fclose(file);
	return true;
}

static bool text_has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	const char *found = text;

	while ((found = strstr(found, word))) {
		char before = found > text ? found[-1] : ' ';
		char after = found[length];

		if (!isalnum((unsigned char)before) && before != '-' &&
			!isalnum((unsigned char)after) && after != '-')
			return true;
		found++;
	}
	return false;
}

/* Every name of the table is in a file. */
static void test_file(const char *path)
{
	static char text[65536];

	if (!text_read(path, text, sizeof(text))) {
		skip(path, "not here");
		return;
	}
	for (size_t i = 0; i < option_count; i++) {
		const char *at = option_table[i].names;
		const char *name;
		size_t size;

		while (option_next_name(&at, &name, &size)) {
			char word[64];
			char what[128];

			snprintf(word, sizeof(word), "%.*s", (int)size, name);
			snprintf(what, sizeof(what), "%s tells of %s", path,
				word);
			check(text_has_word(text, word), what);
		}
	}
}

/* Which names the completion knows to have a value behind them, a line each. */
#define COMPLETION "dist/completions/proot.bash"
#define ASK_COMPLETION                                                         \
	"bash -c '. " COMPLETION " && for name; do "                           \
	"_proot_takes_value $name && echo $name; done' -"

/* One whose value may be left out is looked after elsewhere in there. */
static void test_completed_values(void)
{
	char command[2048] = ASK_COMPLETION;
	char wanted[1024] = "";
	char known[1024] = "";
	FILE *pipe;

	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];
		const char *at = option->names;
		const char *name;
		size_t size;

		while (option_next_name(&at, &name, &size)) {
			char word[64];

			snprintf(word, sizeof(word), " %.*s", (int)size, name);
			strcat(command, word);
			if (!option_needs_value(option))
				continue;
			strcat(wanted, word + 1);
			strcat(wanted, "\n");
		}
	}
	if (access(COMPLETION, R_OK) < 0 || !(pipe = popen(command, "r"))) {
		check(true, COMPLETION " # SKIP not here");
		return;
	}
	known[fread(known, 1, sizeof(known) - 1, pipe)] = '\0';
	pclose(pipe);
	check(strcmp(known, wanted) == 0,
		"the completion knows which options take a value");
	if (strcmp(known, wanted) != 0)
		fprintf(stderr, "wanted:\n%sknown:\n%s", wanted, known);
}

int main(void)
{
	environment_clear();
	test_log_levels();
	test_log_lines();
	test_missing_values();
	test_unknown();
	test_too_long();
	test_later();
	test_table_parses();
	test_help();
	test_usage_and_version();
	test_full_output();
	test_file("dist/proot.1");
	test_file(COMPLETION);
	test_completed_values();
	config_release(&config);
	return unit_end();
}
