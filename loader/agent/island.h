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

/* Is the site entered by what was in front of it? */
static inline bool site_is_entered_in_front(const struct agent_site *site)
{
	return site->padding == PADDING_IN_FRONT && site->bytes[0] == LOAD_CODE;
}

/* Where the jump at a site's padding leads to, of an island. */
static inline uint64_t island_entry(
	uint64_t island, const struct agent_site *site)
{
	return island + (site_is_entered_in_front(site) ? 0 : ISLAND_ENTRY);
}

/*
 * start: mov $NUMBER, %eax     if the site has lost that
 * entry: lea back(%rip), %rcx; movabs $ENTRY, %r11; jmp *%r11
 * call:  syscall               the guest's own call, which may stop
 * back:  jmp GUEST
 */
static inline void island_write(uint8_t *out, uint64_t at, uint64_t entry,
	uint64_t guest, const struct agent_site *site)
{
	static const uint8_t start[] = {0x48, 0x8d, 0x0d,
		ISLAND_BACK - ISLAND_ENTRY - 7, 0, 0, 0, 0x49, 0xbb};
	uint8_t *next = out + ISLAND_ENTRY;

	memset(out, 0xcc, ISLAND_SIZE);
	if (site_is_entered_in_front(site))
		memcpy(out, site->bytes, ISLAND_ENTRY);
	memcpy(next, start, sizeof(start));
	memcpy(next + sizeof(start), &entry, sizeof(entry));
	memcpy(next + 17, "\x41\xff\xe3\x0f\x05", 5);
	jump_write(out + ISLAND_BACK, at + ISLAND_BACK, guest);
}

_Static_assert(ISLAND_BACK + JUMP_SIZE <= ISLAND_SIZE, "an island is complete");
_Static_assert(PADDING_IN_FRONT == -2 - JUMP_SIZE, "it is as long as a jump");

#endif
