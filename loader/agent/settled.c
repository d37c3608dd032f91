/* SPDX-License-Identifier: MIT */
#include "agent/settled.h"

#include "agent/serve.h"

/*
 * Who asks for a few files only would pay more for the pages of the table than
 * it saves.
 */
#define MANY 16

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	return hash ^ hash >> 32;
}

static uint64_t *place_of(const struct agent_slot *slot)
{
	return &agent_common()->settled[inode_of(slot) % SETTLED_COUNT];
}

static uint64_t hash_of(const struct agent_slot *slot)
{
	struct timespec changed = changed_of(slot);
	uint64_t hash = mix(mix(1, device_of(slot)), inode_of(slot));

	return mix(
		mix(hash, (uint64_t)changed.tv_sec), (uint64_t)changed.tv_nsec);
}

static bool is_settled(const struct agent_slot *slot)
{
	const struct agent_local *local = &agent_shared()->local;

	return changed_of(slot).tv_sec <
		       __atomic_load_n(&local->calm, __ATOMIC_RELAXED) &&
	       is_local(device_of(slot));
}

bool settled_has_none(struct agent_slot *slot)
{
	if (slot->asked < MANY) {
		slot->asked++;
		return false;
	}
	return __atomic_load_n(place_of(slot), __ATOMIC_RELAXED) ==
		       hash_of(slot) &&
	       is_local(device_of(slot));
}

void settled_note(const struct agent_slot *slot)
{
	if (slot->asked == MANY && is_settled(slot))
		__atomic_store_n(
			place_of(slot), hash_of(slot), __ATOMIC_RELAXED);
}
