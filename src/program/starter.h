/* SPDX-License-Identifier: MIT */
/*
 * The file that programs start from: the stub, and room for what is ours in a
 * guest, so that the kernel maps all of that by itself. It is in memory alone.
 * Where no such file may be executed, proot's own binary serves, which has the
 * same at the same addresses, but for what agents read.
 */
#ifndef PROGRAM_STARTER_H
#define PROGRAM_STARTER_H

#include <stddef.h>
#include <stdint.h>

/* What guests only read, at ADDRESS; AREA is where to write it. */
struct starter_shared {
	uint64_t address;
	size_t size; /* a multiple of STARTER_SHARED, or 0: there is none */
	void *area;
};

/* With an agent's SHARED, whose area it fills in. A descriptor, or -errno. */
int starter_create(struct starter_shared *shared);

/* One with SLOTS_SMALL slots, and nothing for an agent. */
int starter_create_small(void);

#endif
