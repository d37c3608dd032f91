/* SPDX-License-Identifier: MIT */
/*
 * What the kernel executes in place of every program: a starter (starter.h), or
 * proot's own binary where that cannot be.
 */
#ifndef PROGRAM_ORIGIN_H
#define PROGRAM_ORIGIN_H

#include "view/path.h"

#include <stdbool.h>
#include <stdint.h>

struct origin {
	struct host_path path;
	bool is_starter;
	bool is_small;	/* with SLOTS_SMALL slots, and no room for an agent */
	uint64_t start; /* of the binary's own segments, which are to go */
	uint64_t end;
};

/* Find out about our own binary; before any guest. */
void origin_set_up(void);

/* There is a starter, too. */
void origin_offer_starter(int fd);

const struct origin *origin_now(void);

/* Likewise, for who may have little memory of its own. */
const struct origin *origin_small(void);

/*
 * How starting from origin_now() ended. If the first that is done with the
 * starter fails, that is the last; start.c tries once more.
 */
void origin_judge(bool has_worked);

#endif
