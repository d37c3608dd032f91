/* SPDX-License-Identifier: MIT */
/* What every unit test reports by, in TAP. Included once by each program. */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>
#include <stdio.h>

static int test_count;
static int failure_count;

static inline void check_at(int line, bool holds, const char *what)
{
	test_count++;
	if (!holds)
		failure_count++;
	printf("%sok %d - %s\n", holds ? "" : "not ", test_count, what);
	if (!holds)
		printf("# line %d\n", line);
}

/* One test: what is shown, if the condition holds. */
#define check(condition, what) check_at(__LINE__, condition, what)

/* A test that cannot be made here. */
static inline void skip(const char *what, const char *reason)
{
	printf("ok %d - %s # skip %s\n", ++test_count, what, reason);
}

/* All have run: the program's exit status. */
static inline int unit_end(void)
{
	printf("1..%d\n", test_count);
	return failure_count != 0;
}

#endif
