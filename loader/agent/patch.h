/* SPDX-License-Identifier: MIT */
/* Turning system call instructions into ways to the agent. */
#ifndef AGENT_PATCH_H
#define AGENT_PATCH_H

#include "agent/layout.h"

/*
 * Map what the session's agents share, SIZE bytes of the file at PATH. False:
 * this program will have no agent.
 */
bool agent_map(const char *path, uint64_t size);

/* Code that was just mapped, and that nobody runs yet. */
struct agent_mapping {
	int fd;
	uint64_t address;
	uint64_t size;
	uint64_t offset;
	uint64_t protection;
};

/* Prepare the sites in it that the tracer has learned of. */
void agent_patch(const struct agent_mapping *mapping);

/* Make room for islands near an address: place number WHICH. */
void agent_make_place(unsigned int which, uint64_t near);

#endif
