/* SPDX-License-Identifier: MIT */
/* Names in /proc that mean something else in a view, see proc(5). Dual code. */
#ifndef VIEW_PROCFS_H
#define VIEW_PROCFS_H

#include "view/path.h"

#include <stdbool.h>

enum proc_kind {
	PROC_NONE,
	PROC_SELF,	  /* /proc/self */
	PROC_THREAD_SELF, /* /proc/thread-self */
	/* of a process, or of one of its threads: */
	PROC_EXE,
	PROC_CWD,
	PROC_ROOT,
	PROC_FD,	/* fd/N */
	PROC_MAP_FILE,	/* map_files/A-B */
	PROC_NAMESPACE, /* ns/X */
	PROC_MAPS,	/* maps, smaps, numa_maps */
	PROC_MOUNTS,
	PROC_MOUNTINFO,
	PROC_MOUNTSTATS,
	PROC_STATUS,
	PROC_STAT,
	PROC_UID_MAP,
	PROC_GID_MAP,
	PROC_SETGROUPS,
	PROC_LOGINUID,
};

struct proc_entry {
	enum proc_kind kind;
	int pid;
	int tid; /* of the thread that it is about: pid, or task/TID */
};

/* What a host path names. */
struct proc_entry proc_entry(const struct host_path *host);

/* Whether a component could be one of them: never a false "no". */
bool proc_may_name(const char *name, size_t size);

static inline bool proc_is_magic_link(enum proc_kind kind)
{
	return kind >= PROC_EXE && kind <= PROC_NAMESPACE;
}

#endif
