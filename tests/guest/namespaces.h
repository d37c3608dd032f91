/* SPDX-License-Identifier: MIT */
/* A user namespace in which this user is root, for probes of what root may. */
#ifndef NAMESPACES_H
#define NAMESPACES_H

#include "probe.h"

#include <sched.h>

static inline int file_write(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : write(fd, text, strlen(text));
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return size < 0 ? -1 : 0;
}

/* Map INSIDE to the ids OUTSIDE, of a process: "self" or its number. */
static inline void ids_map(
	const char *process, long inside, long outside_user, long outside_group)
{
	char name[64];
	char map[64];

	snprintf(name, sizeof(name), "/proc/%s/uid_map", process);
	snprintf(map, sizeof(map), "%ld %ld 1\n", inside, outside_user);
	WORKS(file_write(name, map));
	snprintf(name, sizeof(name), "/proc/%s/setgroups", process);
	WORKS(file_write(name, "deny"));
	snprintf(name, sizeof(name), "/proc/%s/gid_map", process);
	snprintf(map, sizeof(map), "%ld %ld 1\n", inside, outside_group);
	WORKS(file_write(name, map));
}

/* Like `unshare -r`, with more namespaces; skips where that is refused. */
static inline void become_root(int flags)
{
	long user = getuid();
	long group = getgid();

	if (user == 0)
		probe_skip("for users without privilege");
	if (unshare(CLONE_NEWUSER | flags) < 0) {
		if (strcmp(getenv("MODE") ? getenv("MODE") : "", "native") != 0)
			WORKS(-1);
		probe_skip("user namespaces are refused here");
	}
	ids_map("self", 0, user, group);
}

#endif
