/* SPDX-License-Identifier: MIT */
/* proot: from a command line to a view, a first guest, and its exit status. */
#include "base/anonymous.h"
#include "base/log.h"
#include "cli/options.h"
#include "emulate/identity.h"
#include "emulate/planning.h"
#include "emulate/record.h"
#include "emulate/recordless.h"
#include "emulate/stores.h"
#include "program/origin.h"
#include "syscall/row.h"
#include "trace/agent.h"
#include "trace/command.h"
#include "trace/counters.h"
#include "trace/loop.h"
#include "trace/start.h"
#include "view/build.h"
#include "view/resolve.h"
#include "view/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static struct resolution found; /* large, and one at a time */

static int look_up(const struct view *view, const char *guest)
{
	const struct viewer myself = {getpid(), getpid(), NULL, NULL};

	return view_resolve(view, &myself, AT_FDCWD, guest, strlen(guest),
		LOOKUP_FOLLOW | LOOKUP_NAMED, &found);
}

/* --- view --- */

/* An absolute path without looking at symlinks: what the user means by it. */
static char *absolute(const char *path)
{
	char *directory = path[0] == '/' ? NULL : getcwd(NULL, 0);
	char *result = NULL;

	if (path[0] == '/')
		return strdup(path);
	if (directory && asprintf(&result, "%s/%s", directory, path) < 0)
		result = NULL;
	free(directory);
	return result;
}

/* A relative guest path starts at the guest's root directory. */
static char *guest_of(const struct config_binding *wanted)
{
	char *result = NULL;

	if (!wanted->guest)
		return absolute(wanted->host);
	if (wanted->guest[0] == '/')
		return strdup(wanted->guest);
	return asprintf(&result, "/%s", wanted->guest) < 0 ? NULL : result;
}

static void bind_one(const struct config *config,
	const struct config_binding *wanted, struct view *view)
{
	char *guest = guest_of(wanted);
	int status =
		guest ? view_bind(view, wanted->host, guest, !wanted->no_follow)
		      : -ENOMEM;

	if (status == 0)
		log_debug(
			LOG_BINDINGS, "binding %s at %s", wanted->host, guest);
	else if (!wanted->optional && !config->ignore_missing_bindings)
		log_warning("-b %s%s%s: %s; going on without it", wanted->host,
			wanted->guest ? ":" : "",
			wanted->guest ? wanted->guest : "", strerror(-status));
	free(guest);
}

static const char *temporary_directory(const struct config *config)
{
	const char *given = getenv("TMPDIR");

	if (config->tmp_dir)
		return config->tmp_dir;
	return given && given[0] == '/' ? given : "/tmp";
}

/* By the XDG Base Directory Specification; null: there is none. */
static char *cache_directory(void)
{
	const char *given = getenv("XDG_CACHE_HOME");
	const char *home = getenv("HOME");
	char *path = NULL;

	if (given && given[0] == '/')
		return strdup(given);
	if (home && home[0] == '/' && asprintf(&path, "%s/.cache", home) < 0)
		path = NULL;
	return path;
}

static struct view *make_view(const struct config *config)
{
	struct view *view;
	int status = view_create(config->rootfs, &view);

	if (status < 0) {
		log_error("-r %s: %s; give a directory that holds a root "
			  "file system",
			config->rootfs, strerror(-status));
		return NULL;
	}
	for (size_t i = 0; i < config->binding_count; i++)
		bind_one(config, &config->bindings[i], view);
	status = view_complete(view, temporary_directory(config));
	if (status < 0)
		log_warning("parents of some bindings cannot be listed (%s); "
			    "set PROOT_TMP_DIR to a writable directory",
			strerror(-status));
	return view;
}

/* --- where it starts --- */

static bool is_directory(const struct view *view, const char *guest)
{
	struct stat status;

	return look_up(view, guest) == 0 && found.has_guest &&
	       stat(found.host.text.bytes, &status) == 0 &&
	       S_ISDIR(status.st_mode);
}

/*
 * The guest's name for our own current directory, or null: of several names the
 * one that it has here.
 */
static char *current_directory(const struct view *view)
{
	struct host_path host, same;
	struct guest_path guest;
	char *name = getcwd(NULL, 0);
	bool is_shown = name && text_set(&host.text, name, strlen(name)) == 0 &&
			text_set(&guest.text, name, strlen(name)) == 0;

	if (is_shown && (view_map(view, &guest, &same) < 0 ||
				!text_is(&same.text, name)))
		is_shown = view_detranslate_top(view, &host, &guest) == 0;
	free(name);
	return is_shown ? strdup(guest.text.bytes) : NULL;
}

static char *wanted_directory(
	const struct config *config, const struct view *view)
{
	if (!config->directory)
		return current_directory(view);
	if (config->directory[0] == '/')
		return strdup(config->directory);
	return absolute(config->directory);
}

/* Leaves the directory in `found`, and its guest path in PWD. */
static int enter_directory(const struct config *config, const struct view *view)
{
	char *wanted = wanted_directory(config, view);

	if (!wanted || !is_directory(view, wanted)) {
		log_warning("%s%s is not a directory of the guest; "
			    "starting in /",
			config->directory ? "-w " : "",
			config->directory ? config->directory
					  : "the current directory");
		free(wanted);
		if (!is_directory(view, "/"))
			return -ENOENT;
	} else {
		free(wanted);
	}
	if (setenv("PWD", found.guest.text.bytes, 1) < 0)
		return -ENOMEM;
	return 0;
}

/* --- the command --- */

/* The tracer may hold a descriptor for each of many guests. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static void set_up_features(
	const struct config *config, struct view *view, unsigned int *features)
{
	if (config->has_identity) {
		*features |= FEATURE_IDENTITY;
		identity_set_up(config->user, config->group);
		record_set_up(
			look_up(view, "/") == 0 ? found.host.text.bytes : NULL);
		recordless_set_up(cache_directory());
	}
	if (config->emulates_links) {
		*features |= FEATURE_LINKS;
		view->emulates_links = true;
		stores_set_up(
			config->l2s_dir ? absolute(config->l2s_dir) : NULL,
			view);
	}
}

static int run(const struct config *config, struct view *view)
{
	static char *default_command[] = {(char *)"-sh", NULL};
	char **command = config->command;
	struct session session = {
		.view = view, .kill_on_exit = config->kill_on_exit};
	char directory[PATH_MAX];
	char directory_name[PATH_MAX];
	int status;
	int first;

	session.wants_agent = !config->no_agent;
	counters_begin(config->counters);
	origin_set_up();
	planning_set_up();
	set_up_features(config, view, &session.features);
	if (enter_directory(config, view) < 0) {
		log_error("-r %s: its root directory cannot be entered",
			config->rootfs);
		return EXIT_FAILURE;
	}
	memcpy(directory, found.host.text.bytes, found.host.text.length + 1);
	memcpy(directory_name, found.guest.text.bytes,
		found.guest.text.length + 1);
	session.directory = directory;
	session.directory_name = directory_name;
	session.program = command ? command[0] : "/bin/sh";
	session.command = command ? command : default_command;
	first = start_first_guest(&session, !config->no_seccomp);
	if (first == -ECHILD)
		return EXIT_CANNOT_RUN; /* it has said why */
	if (first < 0) {
		log_error("the first process cannot be traced: %s; ptrace has "
			  "to be allowed here",
			strerror(-first));
		return EXIT_CANNOT_RUN;
	}
	raise_limits();
	status = loop_run(&session, first);
	agent_end();
	return status;
}

int main(int argc, char **argv)
{
	struct config config;
	struct view *view;
	int status = EXIT_FAILURE;

	switch (cli_parse(argc, argv, &config)) {
	case CLI_DONE:
		config_release(&config);
		return EXIT_SUCCESS;
	case CLI_FAILED:
		config_release(&config);
		return EXIT_FAILURE;
	case CLI_RUN:
		break;
	}
	log_set_level(config.verbose);
	anonymous_set_directory(temporary_directory(&config));
	storage_set_directory(temporary_directory(&config));
	view = make_view(&config);
	if (view)
		status = run(&config, view);
	storage_clean_up();
	view_clean_up();
	config_release(&config);
	return status;
}
