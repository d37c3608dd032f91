/* SPDX-License-Identifier: MIT */
/*
 * Unit tests of cli/ and base/log, in TAP. Run from the top of the sources:
 * the manual page and the completions are compared with the table of options.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "cli/option.h"
#include "cli/options.h"
#include "cli/recommended.h"
#include "unit.h"

static bool same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Whatever is written to a descriptor between begin and end. */
struct capture {
	int fd;
	int saved;
	FILE *file;
};

static void capture_begin(struct capture *capture, int fd)
{
	fflush(NULL);
	capture->fd = fd;
	capture->saved = dup(fd);
	capture->file = tmpfile();
	if (!capture->file || dup2(fileno(capture->file), fd) < 0)
		abort();
}

static void capture_end(struct capture *capture, char *text, size_t size)
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

static void run_words(int count)
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
static bool run(enum cli_outcome expected, ...)
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
static bool error_is(const char *text)
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

static bool error_has(const char *text)
{
	char *newline = strchr(errors, '\n');

	if (!strncmp(errors, "proot error: ", 13) && strstr(errors, text) &&
		newline && !newline[1])
		return true;
	printf("# %s", errors);
	return false;
}

static bool binding_is(
	size_t index, const char *host, const char *guest, bool no_follow)
{
	const struct config_binding *binding = &config.bindings[index];

	return index < config.binding_count && same(binding->host, host) &&
	       same(binding->guest, guest) && binding->no_follow == no_follow &&
	       !binding->optional;
}

static bool command_is(const char *first, const char *second)
{
	if (!first)
		return !config.command;
	return config.command && same(config.command[0], first) &&
	       same(config.command[1], second);
}

static void environment_clear(void)
{
	unsetenv("PROOT_NO_SECCOMP");
	unsetenv("PROOT_TMP_DIR");
	unsetenv("PROOT_L2S_DIR");
	unsetenv("PROOT_VERBOSE");
	unsetenv("PROOT_IGNORE_MISSING_BINDINGS");
	setenv("HOME", "/home/someone", 1);
}

static void test_defaults(void)
{
	check(runs("true"), "a command alone runs");
	check(same(config.rootfs, "/"), "the default root is /");
	check(!config.binding_count && !config.directory &&
			!config.directory_given && !config.kill_on_exit &&
			!config.positional_rootfs && !config.verbose &&
			!config.no_seccomp && !config.tmp_dir &&
			!config.ignore_missing_bindings,
		"nothing else is set by default");
	check(command_is("true", NULL), "the command is passed on");
	check(runs("-r", "/x") && command_is(NULL, NULL),
		"without a command the default one is meant");
	check(runs("--") && command_is(NULL, NULL), "-- alone is enough");
}

static void test_value_forms(void)
{
	check(runs("-rX") && same(config.rootfs, "X"), "-rX");
	check(runs("-r", "X") && same(config.rootfs, "X"), "-r X");
	check(runs("--rootfs=X") && same(config.rootfs, "X"), "--rootfs=X");
	check(runs("--rootfs", "X") && same(config.rootfs, "X"), "--rootfs X");
	check(runs("--rootfs=a=b") && same(config.rootfs, "a=b"),
		"a value may hold =");
	check(runs("-ra=b") && same(config.rootfs, "a=b"),
		"a value in a short option's word may hold =");
	check(runs("-r", "A", "-r", "B") && same(config.rootfs, "B"),
		"the last -r wins");
	check(runs("-r", "-") && same(config.rootfs, "-"),
		"a lone dash is a value");
	check(runs("-r-x") && same(config.rootfs, "-x"),
		"a value in the same word may start with a dash");
	check(runs("-w", "A", "--pwd=B", "--cwd", "C", "x") &&
			same(config.directory, "C") && config.directory_given,
		"-w, --pwd and --cwd; the last one wins");
}

static void test_operands(void)
{
	check(runs("-r", "/x", "ls", "-l") && command_is("ls", "-l"),
		"options after the command belong to it");
	check(runs("-r", "/x", "--", "-l", "-r") && command_is("-l", "-r"),
		"-- ends the options");
	check(runs("-r", "/x", "ls", "--", "-r") && command_is("ls", "--"),
		"-- after the command belongs to it");
	check(runs("--kill-on-exit", "-u", "--allow-unknown-syscalls", "x") &&
			config.kill_on_exit && command_is("x", NULL),
		"--kill-on-exit and -u");
}

static void test_positional_rootfs(const char *directory)
{
	check(runs(directory, "ls", "-l") && same(config.rootfs, directory) &&
			command_is("ls", "-l") && config.positional_rootfs,
		"a directory as first operand is the root");
	check(same(config.directory, "/") && !config.directory_given,
		"the command starts in / then");
	check(runs("-w", "/x", directory) && same(config.directory, "/x") &&
			command_is(NULL, NULL) && config.positional_rootfs,
		"-w goes before that");
	check(runs("-B", directory, "ls") && same(config.rootfs, directory),
		"-B leaves room for a positional root");
	check(runs("-v", "-b", "/etc", "--", directory) &&
			same(config.rootfs, directory) && config.verbose == 1,
		"-- too, and -v without a level");
	check(runs("-r", "/x", directory) && same(config.rootfs, "/x") &&
			command_is(directory, NULL) &&
			!config.positional_rootfs && !config.directory,
		"with -r, a directory is a command");
	check(runs("-R", "/x", directory) && same(config.rootfs, "/x") &&
			command_is(directory, NULL),
		"with -R, too");
	check(runs("/dev/null") && command_is("/dev/null", NULL) &&
			!config.positional_rootfs,
		"what is no directory is a command");
	check(runs("") && command_is("", NULL),
		"an empty command is passed on");
}

static void test_bindings(void)
{
	check(runs("-b", "H", "x") && config.binding_count == 1 &&
			binding_is(0, "H", NULL, false),
		"-b H");
	check(runs("-bH:G", "x") && binding_is(0, "H", "G", false), "-bH:G");
	check(runs("--bind=H!", "x") && binding_is(0, "H", NULL, true),
		"--bind=H!");
	check(runs("--mount", "H:G!", "x") && binding_is(0, "H", "G", true),
		"--mount H:G!");
	check(runs("-m", "H:G:I", "x") && binding_is(0, "H", "G:I", false),
		"-m H:G:I is split at the first colon");
	check(runs("-b", "H!:G!!", "x") && binding_is(0, "H!", "G!", true),
		"only the last ! is a mark");
	check(runs("-b", "A:X", "-m", "B:X", "-b", "A:X", "x") &&
			config.binding_count == 3 &&
			binding_is(0, "A", "X", false) &&
			binding_is(1, "B", "X", false) &&
			binding_is(2, "A", "X", false),
		"bindings keep their order");
	check(runs("-W", "x") && binding_is(0, ".", NULL, false) &&
			same(config.directory, ".") && config.directory_given,
		"-W is -b . -w .");
	check(runs("-W", "-w", "/y", "x") && same(config.directory, "/y"),
		"-w after -W wins");
}

static bool bindings_are(const char *const *paths)
{
	size_t i;

	for (i = 0; paths[i]; i++) {
		const struct config_binding *binding = &config.bindings[i];

		if (i >= config.binding_count ||
			!same(binding->host, paths[i]) || binding->guest ||
			!binding->optional || binding->no_follow)
			return false;
	}
	return i == config.binding_count;
}

#define FULL                                                                   \
	"/etc/host.conf", "/etc/hosts", "/etc/hosts.equiv", "/etc/mtab",       \
		"/etc/netgroup", "/etc/networks", "/etc/passwd", "/etc/group", \
		"/etc/nsswitch.conf", "/etc/resolv.conf", "/etc/localtime",    \
		"/dev", "/sys", "/proc", "/tmp", "/run",                       \
		"/var/run/dbus/system_bus_socket"
#define MINIMAL                                                                \
	"/etc/host.conf", "/etc/hosts", "/etc/nsswitch.conf",                  \
		"/etc/resolv.conf", "/dev", "/sys", "/proc", "/tmp",           \
		"/run/shm"
#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_recommended(void)
{
	check(runs("-B", "x") && bindings_are(LIST(FULL, "/home/someone")),
		"-B binds the recommended paths");
	check(runs("-M", "-B", "x") &&
			bindings_are(LIST(FULL, "/home/someone")),
		"-M is -B, and twice is once");
	check(runs("-R", "./r", "x") && same(config.rootfs, "./r") &&
			bindings_are(LIST("./r", FULL, "/home/someone")),
		"-R binds the root at its own path, before them");
	check(runs("-R", "a", "-Rb", "x") && same(config.rootfs, "b") &&
			bindings_are(LIST("b", FULL, "/home/someone")),
		"the last -R wins");
	check(runs("-b", "h:/etc/hosts", "-R", "r", "-b", "/opt", "x") &&
			config.binding_count == 21 &&
			binding_is(19, "h", "/etc/hosts", false) &&
			binding_is(20, "/opt", NULL, false) &&
			same(config.bindings[0].host, "r"),
		"what the user binds comes after, wherever it stood");

	unsetenv("HOME");
	check(runs("-B", "x") && bindings_are(LIST(FULL)), "HOME may be unset");
	setenv("HOME", "//", 1);
	check(runs("-B", "x") && bindings_are(LIST(FULL)),
		"a HOME of / does not hide the guest");
	setenv("HOME", "relative", 1);
	check(runs("-B", "x") && bindings_are(LIST(FULL)),
		"a relative HOME is not bound");
	environment_clear();

	config_release(&config);
	check(!recommended_insert(&config, RECOMMENDED_MINIMAL, "/r") &&
			bindings_are(LIST("/r", MINIMAL, "/home/someone")),
		"the minimal set");
}

static void test_verbose(void)
{
	check(runs("-v", "2", "x") && config.verbose == 2, "-v 2");
	check(runs("-v2", "x") && config.verbose == 2, "-v2");
	check(runs("--verbose=3", "x") && config.verbose == 3, "--verbose=3");
	check(runs("--verbose", "3", "x") && config.verbose == 3,
		"--verbose 3");
	check(runs("-v", "-1", "x") && config.verbose == -1 &&
			command_is("x", NULL),
		"-v -1");
	check(runs("-v", "x", "2") && config.verbose == 1 &&
			command_is("x", "2"),
		"-v leaves a word alone that is no level");
	check(runs("-v", "-v", "-r", "/x") && config.verbose == 2 &&
			same(config.rootfs, "/x"),
		"-v -v is level 2");
	check(runs("-v", "7z") && config.verbose == 1 && command_is("7z", NULL),
		"7z is no level");
	check(runs("-v", "-0", "x") && config.verbose == 1 &&
			config.has_identity && command_is("x", NULL),
		"-v -0 is two options");
	check(runs("-v") && config.verbose == 1, "-v may be the last word");
	check(runs("-v", "3", "-v", "0", "x") && config.verbose == 0,
		"the last level wins");
	check(fails("-vx") && error_is("-v: \"x\" is not a level; write a "
				       "number from -1 to 3"),
		"-vx is refused");
	check(fails("--verbose=1x") && error_has("--verbose: \"1x\""),
		"--verbose=1x is refused");
	check(fails("-v99999999999999999999") && error_has("-v: "),
		"a level beyond int is refused");
	check(fails("-v", "2147483648", "x") && error_has("-v: "),
		"in the next word, too");
	check(fails("--verbose=") &&
			error_is("--verbose: its value is empty; write "
				 "--verbose=N"),
		"an empty level is refused");
}

static void test_environment(void)
{
	setenv("PROOT_NO_SECCOMP", "1", 1);
	setenv("PROOT_TMP_DIR", "/scratch", 1);
	setenv("PROOT_VERBOSE", "2", 1);
	setenv("PROOT_IGNORE_MISSING_BINDINGS", "1", 1);
	check(runs("x") && config.no_seccomp &&
			same(config.tmp_dir, "/scratch") &&
			config.verbose == 2 && config.ignore_missing_bindings,
		"the environment is read");
	check(runs("-v-1", "x") && config.verbose == -1,
		"-v wins over PROOT_VERBOSE");
	setenv("PROOT_VERBOSE", "lots", 1);
	check(run(CLI_RUN, "x", (char *)NULL) && config.verbose == 0 &&
			!strncmp(errors, "proot warning: PROOT_VERBOSE: ", 30),
		"a PROOT_VERBOSE that is no number gets a warning");
	setenv("PROOT_NO_SECCOMP", "", 1);
	setenv("PROOT_TMP_DIR", "", 1);
	setenv("PROOT_VERBOSE", "", 1);
	setenv("PROOT_IGNORE_MISSING_BINDINGS", "", 1);
	check(runs("x") && !config.no_seccomp && !config.tmp_dir &&
			!config.ignore_missing_bindings,
		"empty variables count as unset");
	environment_clear();
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

static void test_links(void)
{
	check(runs("id") && !config.emulates_links && !config.l2s_dir,
		"hard links are the kernel's business");
	check(runs("-l", "id") && config.emulates_links, "-l emulates them");
	setenv("PROOT_L2S_DIR", "/bodies", 1);
	check(runs("--link2symlink", "id") && config.emulates_links &&
			same(config.l2s_dir, "/bodies"),
		"... in a directory of the user's choice");
	unsetenv("PROOT_L2S_DIR");
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

static void test_identity(void)
{
	check(runs("-0", "id") && config.has_identity && config.user == 0 &&
			config.group == 0,
		"-0 is root");
	check(runs("--change-id=1:2", "id") && config.user == 1 &&
			config.group == 2,
		"--change-id=1:2");
	check(runs("-0", "-i", "5:6", "id") && config.user == 5,
		"the last identity wins");
	check(runs("id") && !config.has_identity, "no identity by default");
	check(runs("-S", "/x", "id") && config.has_identity &&
			config.user == 0 && same(config.rootfs, "/x"),
		"-S is -0 -r");
	check(fails("-i", "root", "id") &&
			error_is("-i: \"root\" is not UID:GID; write two "
				 "numbers such as 1000:1000"),
		"-i root is refused");
	check(fails("-i", "1", "id"), "-i 1 is refused");
	check(fails("-i", "1:2:3", "id"), "-i 1:2:3 is refused");
	check(fails("-i", "1:4294967295", "id"), "-i 1:4294967295 is refused");
}

/* Each name of each row does something: nothing in the table is unknown. */
/* A value that the option understands. */
static const char *value_for(const struct option *option)
{
	if (strcmp(option->value ?: "", "UID:GID") == 0)
		return "1:1";
	return strcmp(option->value ?: "", "NAME") == 0 ? "auto" : "1";
}

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
		check(true, "a full output # SKIP no /dev/full");
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
		printf("ok %d - %s # SKIP not here\n", ++test_count, path);
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

int main(void)
{
	char directory[] = "/tmp/test_cli.XXXXXX";

	environment_clear();
	test_log_levels();
	test_log_lines();
	test_defaults();
	test_value_forms();
	test_operands();
	if (mkdtemp(directory)) {
		test_positional_rootfs(directory);
		rmdir(directory);
	}
	test_bindings();
	test_recommended();
	test_verbose();
	test_environment();
	test_missing_values();
	test_unknown();
	test_too_long();
	test_links();
	test_later();
	test_identity();
	test_table_parses();
	test_help();
	test_usage_and_version();
	test_full_output();
	test_file("dist/proot.1");
	test_file("dist/completions/proot.bash");
	config_release(&config);
	return unit_end();
}
