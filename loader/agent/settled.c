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

/* 0: it is on no file system of struct agent_local. */
static uint64_t hash_of(const struct agent_slot *slot)
{
	struct timespec changed = changed_of(slot);
	int place = local_place(device_of(slot));
	uint64_t hash;

	if (place == NOWHERE)
		return 0;
	hash = mix(mix(1, agent_shared()->local.names[place]), inode_of(slot));
	return mix(
		mix(hash, (uint64_t)changed.tv_sec), (uint64_t)changed.tv_nsec);
}

#define SECOND 1000000000ll /* ns */

/* Whole seconds may be all that its file system counts. */
static bool is_old(const struct agent_slot *slot)
{
	const struct agent_local *local = &agent_shared()->local;
	struct timespec changed = changed_of(slot);
	int64_t since = changed.tv_sec * SECOND + changed.tv_nsec;

	if (changed.tv_nsec == 0)
		since += SECOND;
	return since < __atomic_load_n(&local->calm, __ATOMIC_RELAXED);
}

bool settled_wants_earlier_runs(const struct agent_slot *slot)
{
	if (slot->asked < MANY || !agent_shared()->has_earlier_runs)
		return false;
	return __atomic_load_n(&agent_common()->settled_is_wanted,
		       __ATOMIC_RELAXED) == 0 &&
	       __atomic_exchange_n(&agent_common()->settled_is_wanted, 1,
		       __ATOMIC_RELAXED) == 0;
}

bool settled_has_none(struct agent_slot *slot)
{
	uint64_t known;

	if (slot->asked < MANY) {
		slot->asked++;
		return false;
	}
	known = __atomic_load_n(place_of(slot), __ATOMIC_RELAXED);
	return known != 0 && known == hash_of(slot);
}

void settled_note(const struct agent_slot *slot)
{
	uint64_t hash;

	if (slot->asked < MANY || !is_old(slot))
		return;
	hash = hash_of(slot);
	if (hash == 0)
		return;
	__atomic_store_n(place_of(slot), hash, __ATOMIC_RELAXED);
	__atomic_fetch_add(&agent_common()->settled_added, 1, __ATOMIC_RELAXED);
}
