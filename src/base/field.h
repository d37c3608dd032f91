/* SPDX-License-Identifier: MIT */
/* Single lines of what /proc tells of a process. Tracer only. */
#ifndef BASE_FIELD_H
#define BASE_FIELD_H

struct field {
	char line[256];
};

/*
 * What stands behind NAME and its colon in /proc/TID/status: see
 * proc_pid_status(5). Null: there is no such line. It is kept in FIELD.
 */
const char *status_field(int tid, const char *name, struct field *field);

/* Likewise, in /proc/PID/fdinfo/FD: proc_pid_fdinfo(5). */
const char *fdinfo_field(
	int pid, int fd, const char *name, struct field *field);

#endif
