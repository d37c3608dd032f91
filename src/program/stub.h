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

/*
 * Where the tracer puts a plan into a new process. The address counts, which
 * is the same in the tracer.
 */
extern char plan_area[];

/* Constants of the link; data, since code cannot reach that far. */
extern const struct stub_addresses stub_addresses;

#endif
