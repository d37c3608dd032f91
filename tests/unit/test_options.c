/* SPDX-License-Identifier: MIT */
/* Unit tests of cli/: what words on the command line mean. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/recommended.h"
#include "parse.h"
#include "unit.h"

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

int main(void)
{
	char directory[] = "/tmp/test_options.XXXXXX";

	environment_clear();
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
	test_links();
	test_identity();
	config_release(&config);
	return unit_end();
}
