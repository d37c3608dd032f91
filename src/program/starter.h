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

/*
 * Answers a descriptor, or -errno. SHARED_SIZE bytes, whole pages, will be at
 * AGENT_SHARED in guests, which only read them; *SHARED is where to write them.
 */
int starter_create(size_t shared_size, void **shared);

/* One with SLOTS_SMALL slots, and nothing for an agent. */
int starter_create_small(void);

#endif
