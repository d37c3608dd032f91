/* SPDX-License-Identifier: MIT */
/*
 * Sites that are known before they are met.
 *
 * The tracer has seen a call of each at work in some process that had the same
 * file. Two bytes of system call instruction become a short jump to dead bytes
 * near it, those a jump to an island, and that the way to the agent. Written in
 * the reverse order, so that whatever is interrupted leaves the site as it was.
 */
#include "agent/patch.h"

#include "agent/island.h"
#include "agent/shared.h"
#include "agent/site.h"
#include "view/kernel.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define CALL_CODE 0x050f

extern const char agent_entry[] __attribute__((visibility("hidden")));

static long map(uint64_t hint, uint64_t size)
{
	return raw_syscall(__NR_mmap, (long)hint, (long)size,
		PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS,
		-1, 0);
}

static bool map_shared(const char *path, uint64_t address, uint64_t size,
	uint64_t offset, bool is_written)
{
	uint64_t protection = PROT_READ | (is_written ? PROT_WRITE : 0);
	long fd = raw_syscall(__NR_openat, AT_FDCWD, (long)path,
		(is_written ? O_RDWR : O_RDONLY) | O_CLOEXEC, 0, 0, 0);
	long result;

	if (fd < 0)
		return false;
	result = raw_syscall(__NR_mmap, (long)address, (long)size,
		(long)protection, MAP_SHARED | MAP_FIXED, fd, (long)offset);
	raw_syscall(__NR_close, fd, 0, 0, 0, 0, 0);
	return result == (long)address;
}

const struct plan *agent_plan(unsigned int number)
{
	if (number > AGENT_PLANS)
		return NULL;
	return (const struct plan *)agent_shared()->plans[number - 1].bytes;
}

void agent_plan_is_done(unsigned int number)
{
	if (number <= AGENT_PLANS)
		agent_common()->plans_done[number - 1] =
			agent_shared()->plans[number - 1].ticket;
}

bool agent_map(const char *common, const char *shared, uint64_t size)
{
	return map_shared(common, AGENT_COMMON, COMMON_SIZE, 0, true) &&
	       (!shared || map_shared(shared, AGENT_SHARED, size,
				   STARTER_SHARED, false)) &&
	       agent_shared()->version == AGENT_VERSION;
}

uint64_t agent_make_place(unsigned int which, uint64_t near, uint64_t size)
{
	uint64_t hint = near == 0 ? 0 : (near - 2 * PLACE_SIZE) & ~0xffffull;
	long result = map(hint, PLACE_SIZE + size);

	if (result < 0)
		return 0;
	agent_space()->places[which] = (uint64_t)result;
	return (uint64_t)result + PLACE_SIZE;
}

bool agent_has_libraries(void)
{
	return agent_space()->places[AGENT_PLACE_LIBRARIES] != 0;
}

/*
 * The pages of the first thread's slot will all be used soon: to have them made
 * at once (Linux 5.14) costs less than a fault for each.
 */
void agent_ready(uint64_t stack)
{
	uint64_t slot = stack >> AGENT_THREAD_SHIFT & (AGENT_SLOT_COUNT - 1);

	raw_syscall(__NR_madvise, (long)(AGENT_SLOTS + slot * AGENT_SLOT_SIZE),
		AGENT_SLOT_SIZE, MADV_POPULATE_WRITE, 0, 0, 0);
	agent_space()->is_ready = 1;
}

/* --- files --- */

/* The first site of a file, or 0. */
static uint32_t find_sites(int fd)
{
	struct stat status;
	uint64_t slot;

	if (raw_syscall(__NR_fstat, fd, (long)&status, 0, 0, 0, 0) < 0)
		return 0;
	slot = AGENT_FILE_SLOT(status.st_dev, status.st_ino);
	for (;; slot = (slot + 1) % AGENT_FILES) {
		const struct agent_file *file = &agent_shared()->files[slot];

		if (file->inode == 0)
			return 0;
		if (agent_file_is(file, &status))
			return __atomic_load_n(
				&file->first_site, __ATOMIC_ACQUIRE);
	}
}

/* --- islands --- */

/* An island near SITE, not yet written; 0: there is no room. */
static uint64_t take_island(uint64_t site)
{
	for (unsigned int i = 0; i < AGENT_PLACES; i++) {
		uint64_t place = agent_space()->places[i];
		uint64_t number;

		if (place == 0 || !site_reaches(site, place))
			continue;
		number = __atomic_fetch_add(
			&agent_space()->used[i], 1, __ATOMIC_RELAXED);
		if (number < PLACE_SIZE / 2 / ISLAND_SIZE)
			return place + number * ISLAND_SIZE;
	}
	return 0;
}

static void patch_site(uint64_t site, const struct agent_site *known)
{
	char *padding = (char *)(site + 2 + (uint64_t)(int64_t)known->padding);
	uint8_t island[ISLAND_SIZE];
	uint8_t jump[JUMP_SIZE];
	uint64_t address;

	if (*(volatile uint16_t *)site != CALL_CODE ||
		memcmp(padding, known->bytes, JUMP_SIZE) != 0)
		return;
	address = take_island(site);
	if (address == 0)
		return;
	island_write(island, address, (uint64_t)agent_entry, site + 2, known);
	jump_write(jump, (uint64_t)padding, island_entry(address, known));
	memcpy((void *)address, island, sizeof(island));
	memcpy(padding, jump, sizeof(jump));
	if (!site_is_entered_in_front(known))
		*(volatile uint16_t *)site = jump_short(known->padding);
}

/* --- mappings --- */

/* SIZE bytes of the file from OFFSET, which may lie before its start. */
static bool maps(
	const struct agent_mapping *mapping, int64_t offset, uint64_t size)
{
	return offset >= 0 && (uint64_t)offset >= mapping->offset &&
	       (uint64_t)offset - mapping->offset + size <= mapping->size;
}

/* The site and the bytes that become a jump. */
static bool is_in(
	const struct agent_mapping *mapping, const struct agent_site *site)
{
	int64_t offset = (int64_t)site->offset;

	return site->hits >= HITS_MIN && site->padding != 0 &&
	       maps(mapping, offset, 2) &&
	       maps(mapping, offset + 2 + site->padding, JUMP_SIZE);
}

uint32_t agent_find_sites(const struct agent_mapping *mapping)
{
	const struct agent_site *sites = agent_shared()->sites;
	uint32_t first = find_sites(mapping->fd);

	while (first != 0 && !is_in(mapping, &sites[first]))
		first = sites[first].next;
	return first;
}

void agent_patch(const struct agent_mapping *mapping, uint32_t first)
{
	const struct agent_site *sites = agent_shared()->sites;

	for (uint32_t i = first; i != 0; i = sites[i].next)
		if (is_in(mapping, &sites[i]))
			patch_site(mapping->address + sites[i].offset -
					   mapping->offset,
				&sites[i]);
	raw_syscall(__NR_mprotect, (long)mapping->address, (long)mapping->size,
		(long)mapping->protection, 0, 0, 0);
}
