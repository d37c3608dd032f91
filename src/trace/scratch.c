/* SPDX-License-Identifier: MIT */
/* Gathering what goes into guest memory. */
#include "trace/scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK (ARGUMENTS * sizeof(uint64_t))

static struct {
	char *bytes;
	size_t allocated;
	size_t used;
	uint64_t address;
	size_t room;
	size_t missing;
} scratch;

static int reserve(size_t size)
{
	char *longer;

	if (size <= scratch.allocated)
		return 0;
	longer = realloc(scratch.bytes, size * 2);
	if (!longer)
		return -ENOMEM;
	scratch.bytes = longer;
	scratch.allocated = size * 2;
	return 0;
}

static void choose_place(struct tracee *tracee)
{
	int slot = tracee_take_slot(tracee);

	if (tracee->room_size > 0) {
		scratch.address = tracee->room;
		scratch.room = tracee->room_size;
	} else if (slot >= 0) {
		scratch.address = SCRATCH_ADDRESS + (uint64_t)slot * SLOT_SIZE;
		scratch.room = SLOT_SIZE;
	} else if (!tracee->space->has_stub) {
		scratch.address = (reg_sp(&tracee->registers) - ARCH_RED_ZONE -
					  SLOT_SIZE) &
				  ~15ull;
		scratch.room = SLOT_SIZE;
	} else {
		scratch.address = 0;
		scratch.room = 0; /* forces the first call to ask for room */
	}
}

void scratch_begin(struct tracee *tracee)
{
	choose_place(tracee);
	scratch.used = BLOCK;
	scratch.missing = 0;
}

size_t scratch_missing(void)
{
	return scratch.missing;
}

uint64_t scratch_block(void)
{
	return scratch.address;
}

int call_place(
	struct call *call, const void *bytes, size_t size, uint64_t *address)
{
	size_t padded = (size + 7) & ~7ul;

	(void)call;
	if (scratch.used + padded > scratch.room) {
		scratch.missing = scratch.used + padded;
		return -EAGAIN;
	}
	if (reserve(scratch.used + padded) < 0)
		return -ENOMEM;
	memcpy(scratch.bytes + scratch.used, bytes, size);
	*address = scratch.address + scratch.used;
	scratch.used += padded;
	return 0;
}

int scratch_commit(struct tracee *tracee)
{
	if (reserve(BLOCK) < 0)
		return -ENOMEM;
	memcpy(scratch.bytes, tracee->call.arguments, BLOCK);
	if (guest_write(&tracee->task, scratch.address, scratch.bytes,
		    scratch.used) == 0)
		return 0;
	if (!tracee->space->has_stub ||
		(tracee->space->is_spoiled && tracee->room_size == 0))
		return -EFAULT;
	/* The guest has unmapped it; a room that it has is asked for. */
	tracee->space->is_spoiled = true;
	tracee->room_size = 0;
	scratch.missing = scratch.used;
	return -EAGAIN;
}
