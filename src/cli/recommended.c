/* SPDX-License-Identifier: MIT */
/* The recommended bindings. */
#include "cli/recommended.h"

#include <stdlib.h>

static const char *const full[] = {
	"/etc/host.conf",
	"/etc/hosts",
	"/etc/hosts.equiv",
	"/etc/mtab",
	"/etc/netgroup",
	"/etc/networks",
	"/etc/passwd",
	"/etc/group",
	"/etc/nsswitch.conf",
	"/etc/resolv.conf",
	"/etc/localtime",
	"/dev",
	"/sys",
	"/proc",
	"/tmp",
	"/run",
	"/var/run/dbus/system_bus_socket",
	NULL,
};

static const char *const minimal[] = {
	"/etc/host.conf",
	"/etc/hosts",
	"/etc/nsswitch.conf",
	"/etc/resolv.conf",
	"/dev",
	"/sys",
	"/proc",
	"/tmp",
	"/run/shm",
	NULL,
};

static int path_insert(struct config *config, size_t *index, const char *path)
{
	struct config_binding binding = {
		.host = (char *)path,
		.optional = true,
	};

	return config_insert_binding(config, (*index)++, &binding);
}

static int list_insert(
	struct config *config, size_t *index, const char *const *paths)
{
	int status = 0;

	for (; *paths && !status; paths++)
		status = path_insert(config, index, *paths);
	return status;
}

/* The home directory, unless binding it would hide the whole guest. */
static const char *home_find(void)
{
	const char *home = getenv("HOME");

	if (!home || home[0] != '/')
		return NULL;
	for (const char *at = home; *at; at++)
		if (*at != '/' && *at != '.')
			return home;
	return NULL;
}

int recommended_insert(
	struct config *config, unsigned int sets, const char *root)
{
	const char *home = home_find();
	size_t index = 0;
	int status = 0;

	if (root)
		status = path_insert(config, &index, root);
	if (!status && (sets & RECOMMENDED_FULL))
		status = list_insert(config, &index, full);
	if (!status && (sets & RECOMMENDED_MINIMAL))
		status = list_insert(config, &index, minimal);
	if (!status && sets && home)
		status = path_insert(config, &index, home);
	return status;
}
