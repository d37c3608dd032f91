/* SPDX-License-Identifier: MIT */
/*
 * The seccomp filter, made from the table: it stops the calls whose row has a
 * handler (and only if the row's condition holds), answers ENOSYS for numbers
 * that are not in the table, and lets everything else pass.
 *
 * Order of the tests: machine, then a binary tree over the numbers, then, only
 * for calls that would stop, whether it is the stub that calls.
 */
#ifndef TRACE_FILTER_H
#define TRACE_FILTER_H

#include "view/view.h"

#include <linux/filter.h>

#define FILTER_MAX  4096   /* BPF_MAXINSNS */
#define FILTER_MARK 0x7072 /* tells our stops from those of guests' filters */

struct filter {
	unsigned short length;
	struct sock_filter code[FILTER_MAX];
};

/* FEATURES: those of the session. 0, or -E2BIG. */
int filter_build(
	struct filter *filter, const struct view *view, unsigned int features);

/*
 * One to be installed above a filter for the features KNOWN: it stops what
 * these leave alone, and FEATURES do not.
 */
int filter_build_more(
	struct filter *filter, unsigned int known, unsigned int features);

/* Install it in the calling process, for ever: 0 or -errno. */
int filter_install(const struct filter *filter);

#endif
