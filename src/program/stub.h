/* SPDX-License-Identifier: MIT */
/* Where things are in the stub, which sits at STUB_ADDRESS in every guest. */
#ifndef PROGRAM_STUB_H
#define PROGRAM_STUB_H

#include <stdint.h>

struct stub_addresses {
	uint64_t entry;
	uint64_t call_end; /* behind the one call that is never traced */
	uint64_t way_back; /* where a rewritten call returns to */
	uint64_t way_back_end;
};

/* Labels of loader/agent/ABI.S, in their order; all 0 where there is none. */
struct agent_addresses {
	uint64_t entry;
	uint64_t tried;
	uint64_t switched;
	uint64_t final_end; /* behind the second call that is never traced */
	uint64_t noted;
	uint64_t unswitched;
	uint64_t unlocked;
	uint64_t passing;
	uint64_t end;
};

extern const struct agent_addresses agent_addresses;

/* Where a program starts that has what agents share; 0: there is no agent. */
extern const uint64_t stub_entry_with_agent;

/* Constants of the link; data, since code cannot reach that far. */
extern const struct stub_addresses stub_addresses;

#endif
