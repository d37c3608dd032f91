/* SPDX-License-Identifier: MIT */
/*
 * The bytes of an island, and of the jumps that lead there, x86-64. Pure: both
 * the agent and the tracer write them.
 */
#ifndef AGENT_ISLAND_H
#define AGENT_ISLAND_H

#include "agent/layout.h"

#include <string.h>

#define JUMP_SIZE 5

/* jmp rel32 at AT. */
static inline void jump_write(uint8_t *out, uint64_t at, uint64_t to)
{
	int32_t distance = (int32_t)(to - (at + JUMP_SIZE));

	out[0] = 0xe9;
	memcpy(out + 1, &distance, sizeof(distance));
}

/* jmp rel8, two bytes, to what is PADDING bytes behind it. */
static inline uint16_t jump_short(int padding)
{
	return (uint16_t)(0xeb | (padding & 0xff) << 8);
}

/*
 * lea back(%rip), %rcx; movabs $ENTRY, %r11; jmp *%r11
 * syscall        the guest's own call, which may stop
 * back: jmp GUEST
 */
static inline void island_write(
	uint8_t *out, uint64_t at, uint64_t entry, uint64_t guest)
{
	static const uint8_t start[] = {
		0x48, 0x8d, 0x0d, ISLAND_BACK - 7, 0, 0, 0, 0x49, 0xbb};

	memset(out, 0xcc, ISLAND_SIZE);
	memcpy(out, start, sizeof(start));
	memcpy(out + sizeof(start), &entry, sizeof(entry));
	memcpy(out + 17, "\x41\xff\xe3\x0f\x05", 5);
	jump_write(out + ISLAND_BACK, at + ISLAND_BACK, guest);
}

#endif
