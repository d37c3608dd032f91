/* SPDX-License-Identifier: MIT */
/* Turning system call instructions into ways to the agent. */
#ifndef AGENT_PATCH_H
#define AGENT_PATCH_H

#include "agent/layout.h"

/*
 * Map the files of the session's agents: the one that all write, and SIZE bytes
 * of the other, unless it is null: mapped. False: this program will have no
 * agent.
 */
bool agent_map(const char *common, const char *shared, uint64_t size);

/* The session's plan of this number, or null. */
const struct plan *agent_plan(unsigned int number);

/* It is not needed any more. */
void agent_plan_is_done(unsigned int number);

/* All places are made: the first thread, whose stack is there, may come. */
void agent_ready(uint64_t stack);

/* Code that was just mapped, and that nobody runs yet. */
struct agent_mapping {
	int fd;
	uint64_t address;
	uint64_t size;
	uint64_t offset;
	uint64_t protection;
};

/* Where the list of sites begins that the tracer has learned of in it; 0: none.
 */
uint32_t agent_find_sites(const struct agent_mapping *mapping);

/*
 * Prepare these sites. It is mapped writable for that, and then gets its own
 * protection.
 */
void agent_patch(const struct agent_mapping *mapping, uint32_t first);

/*
 * Make room for islands near an address, or wherever it is: place number WHICH.
 * Answers the address of SIZE bytes more behind it; 0: there is no room.
 */
uint64_t agent_make_place(unsigned int which, uint64_t near, uint64_t size);

/*
 * Does the program run the code that it maps? Without a dynamic linker it
 * translates that (valgrind, qemu), and shall find it as it is.
 */
bool agent_has_libraries(void);

#endif
