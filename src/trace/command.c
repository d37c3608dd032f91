/* SPDX-License-Identifier: MIT */
/* The first guest becomes its command. */
#include "trace/command.h"

#include "base/log.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEFAULT_PATH                                                           \
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* What answers -errno here comes back only if it has failed. */
static int execute(const char *path, char **command)
{
	execve(path, command, environ);
	/* If it could not be from the starter: from proot's own binary. */
	if (errno != ENOENT)
		execve(path, command, environ);
	return -errno;
}

static int execute_by_shell(const char *path, char **command)
{
	size_t count = 1; /* with its null */
	char **words;

	while (command[count - 1])
		count++;
	words = calloc(count + 1, sizeof(*words));
	if (!words)
		return -ENOMEM;
	words[0] = (char *)"/bin/sh";
	words[1] = (char *)path;
	memcpy(words + 2, command + 1, (count - 1) * sizeof(*words));
	return execute(words[0], words);
}

/* What is neither a program nor a script with #! is the shell's. */
static int execute_file(const char *path, char **command)
{
	int error = execute(path, command);

	return error == -ENOEXEC ? execute_by_shell(path, command) : error;
}

/* An empty directory is the current one. */
static int execute_in(
	const char *directory, size_t size, const char *name, char **command)
{
	char *path;
	int error;

	if (asprintf(&path, "%.*s%s%s", (int)size, directory,
		    size > 0 ? "/" : "", name) < 0)
		return -ENOMEM;
	error = execute_file(path, command);
	free(path);
	return error;
}

/* Somewhere else in PATH may be one that can be executed. */
static bool goes_on_after(int error)
{
	return error == -ENOENT || error == -EACCES || error == -ENOTDIR ||
	       error == -ENODEV || error == -ESTALE || error == -ETIMEDOUT ||
	       error == -ENAMETOOLONG;
}

static int execute_by_name(const char *name, char **command)
{
	const char *path = getenv("PATH");
	bool is_forbidden = false;
	int error;

	if (name[0] == '\0' || strchr(name, '/'))
		return execute_file(name, command);
	for (path = path ? path : DEFAULT_PATH;; path++) {
		size_t size = strcspn(path, ":");

		error = execute_in(path, size, name, command);
		is_forbidden |= error == -EACCES;
		path += size;
		if (!goes_on_after(error))
			return error;
		if (*path == '\0')
			return is_forbidden ? -EACCES : error;
	}
}

void command_run(const char *name, char **command)
{
	int error = execute_by_name(name, command);

	if (error == -ENOENT && !strchr(name, '/'))
		log_error(
			"\"%s\": not found in the guest, or its interpreter is "
			"not; look at PATH, or give the path of a program",
			name);
	else
		log_error("\"%s\": %s", name, strerror(-error));
	_exit(error == -ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}
