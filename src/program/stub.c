/* SPDX-License-Identifier: MIT */
/* The stub's addresses. */
#include "program/stub.h"

#include "stub/plan.h"

extern const char stub_entry[];
extern const char stub_syscall_end[];
extern const char stub_return[];
extern const char stub_return_end[];

/* Proot's own binary has it, too, for guests that start from that. */
char stub_rooms[STUB_ADDRESS - ROOMS_ADDRESS]
	__attribute__((section(".bss.rooms")));

const struct stub_addresses stub_addresses = {
	(uintptr_t)stub_entry,
	(uintptr_t)stub_syscall_end,
	(uintptr_t)stub_return,
	(uintptr_t)stub_return_end,
};

#define LABEL(name) extern const char name[] __attribute__((weak))

LABEL(stub_entry_shared);
LABEL(agent_entry);
LABEL(agent_tried);
LABEL(agent_switched);
LABEL(agent_final_end);
LABEL(agent_noted);
LABEL(agent_unswitched);
LABEL(agent_unlocked);
LABEL(agent_passing);
LABEL(agent_text_end);

const struct agent_addresses agent_addresses = {
	(uintptr_t)agent_entry,
	(uintptr_t)agent_tried,
	(uintptr_t)agent_switched,
	(uintptr_t)agent_final_end,
	(uintptr_t)agent_noted,
	(uintptr_t)agent_unswitched,
	(uintptr_t)agent_unlocked,
	(uintptr_t)agent_passing,
	(uintptr_t)agent_text_end,
};

const uint64_t stub_entry_with_agent = (uintptr_t)stub_entry_shared;
