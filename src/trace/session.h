/* SPDX-License-Identifier: MIT */
/* What is the same for all guests of one run, decided before the first one. */
#ifndef TRACE_SESSION_H
#define TRACE_SESSION_H

#include "view/view.h"

#include <stdbool.h>

struct session {
	const struct view *view;
	unsigned int features;	    /* enum feature, syscall/row.h */
	char **command;		    /* argv of the first guest */
	const char *program;	    /* its guest path, or a name in PATH */
	const char *directory;	    /* host path where it starts… */
	const char *directory_name; /* … and its guest path */
	bool kill_on_exit;
	bool wants_agent;

	/* How this kernel lets us work; found out by trying. */
	bool has_seize;		 /* PTRACE_SEIZE, Linux 3.4 */
	bool has_filter;	 /* SECCOMP_RET_TRACE, Linux 3.5 */
	bool filter_stops_first; /* before the entry stop: until 4.8 */
};

#endif
