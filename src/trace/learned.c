/* SPDX-License-Identifier: MIT */
/* Files, sites, islands. */
#include "trace/learned.h"

#include "agent/island.h"
#include "agent/site.h"
#include "program/site.h"
#include "program/stub.h"
#include "trace/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct agent_shared *shared;
static uint32_t site_count = 1; /* the first one is not used */
static uint32_t file_count;

void learned_begin(struct agent_shared *given)
{
	shared = given;
}

/* --- spaces --- */

/*
 * What the stub has made of the agent's area. A signal may ask while the stub
 * is still at work; and it may have been unable to make any.
 */
static bool space_is_ready(struct tracee *tracee)
{
	struct space *space = tracee->space;
	struct agent_space given;

	if (space->places_are_known)
		return true;
	if (guest_read(&tracee->task, AGENT_SPACE, &given, sizeof(given)) < 0 ||
		!given.is_ready)
		return false;
	for (unsigned int i = 0; i < AGENT_PLACES; i++)
		space->places[i] = given.places[i];
	space->places_are_known = true;
	return true;
}

static bool is_hopeless(const struct space *space, uint64_t address)
{
	for (unsigned int i = 0; i < space->hopeless_count; i++)
		if (space->hopeless[i] == address)
			return true;
	return space->hopeless_count == HOPELESS_MAX;
}

static void give_up(struct space *space, uint64_t address)
{
	space->hopeless[space->hopeless_count++] = address;
}

/* An island in our half of a place near SITE; 0: there is no room. */
static uint64_t take_island(struct space *space, uint64_t site)
{
	const unsigned int half = PLACE_SIZE / ISLAND_SIZE / 2;

	for (unsigned int i = 0; i < AGENT_PLACES; i++)
		if (space->places[i] != 0 &&
			site_reaches(site, space->places[i]) &&
			space->used_islands[i] < half)
			return space->places[i] +
			       (half + space->used_islands[i]++) * ISLAND_SIZE;
	return 0;
}

static bool place_of(const struct space *space, uint64_t address)
{
	for (unsigned int i = 0; i < AGENT_PLACES; i++)
		if (space->places[i] != 0 && address >= space->places[i] &&
			address < space->places[i] + PLACE_SIZE)
			return true;
	return false;
}

/*
 * Every island in a place becomes one that leads to its own call. Of those that
 * are there, the first byte is not 0.
 */
static void close_place(struct tracee *tracee, uint64_t place)
{
	static uint8_t bytes[PLACE_SIZE];
	const uint16_t to_call = jump_short(ISLAND_CALL - ISLAND_ENTRY - 2);

	if (guest_read(&tracee->task, place, bytes, sizeof(bytes)) < 0)
		return;
	for (uint64_t at = 0; at < PLACE_SIZE; at += ISLAND_SIZE)
		if (bytes[at] != 0 && memcmp(bytes + at + ISLAND_ENTRY,
					      &to_call, sizeof(to_call)) != 0)
			guest_poke(&tracee->task, place + at + ISLAND_ENTRY,
				&to_call, sizeof(to_call));
}

void learned_close(struct tracee *tracee)
{
	struct space *space = tracee->space;

	if (!space->has_agent || !space_is_ready(tracee))
		return;
	space->is_untaught = true;
	for (unsigned int i = 0; i < AGENT_PLACES; i++)
		if (space->places[i] != 0)
			close_place(tracee, space->places[i]);
}

bool learned_place(struct tracee *tracee, uint64_t address)
{
	return tracee->space->has_agent && space_is_ready(tracee) &&
	       place_of(tracee->space, address);
}

bool learned_island(
	struct tracee *tracee, uint64_t pc, uint64_t *island, uint64_t *guest)
{
	uint8_t bytes[ISLAND_SIZE];
	int32_t distance;

	if (!space_is_ready(tracee))
		return false;
	*island = pc & ~(uint64_t)(ISLAND_SIZE - 1);
	if (!place_of(tracee->space, pc)) {
		if (guest_read(&tracee->task, pc, bytes, JUMP_SIZE) < 0 ||
			bytes[0] != 0xe9)
			return false;
		memcpy(&distance, bytes + 1, sizeof(distance));
		*island = pc + JUMP_SIZE + (uint64_t)(int64_t)distance -
			  ISLAND_ENTRY;
		if (!place_of(tracee->space, *island) ||
			*island % ISLAND_SIZE != 0)
			return false;
	}
	if (guest_read(&tracee->task, *island, bytes, sizeof(bytes)) < 0 ||
		bytes[ISLAND_BACK] != 0xe9)
		return false;
	memcpy(&distance, bytes + ISLAND_BACK + 1, sizeof(distance));
	*guest =
		*island + ISLAND_BACK + JUMP_SIZE + (uint64_t)(int64_t)distance;
	return true;
}

/* --- files --- */

/* Where some code of a guest comes from. */
struct code_origin {
	char path[TEXT_MAX];
	uint64_t offset;
};

/* PROCMAP_QUERY, linux/fs.h, Linux 6.11. */
struct map_query {
	uint64_t size;
	uint64_t flags;
	uint64_t address;
	uint64_t start;
	uint64_t end;
	uint64_t mode;
	uint64_t page_size;
	uint64_t offset;
	uint64_t inode;
	uint32_t device_major;
	uint32_t device_minor;
	uint32_t name_size;
	uint32_t build_id_size;
	uint64_t name;
	uint64_t build_id;
};

#define MAP_QUERY     _IOWR('f', 17, struct map_query)
#define MAP_MODE_MASK 15 /* readable, writable, executable, shared */
#define MAP_MODE_CODE 5

/* 1: it is code that is mapped privately from a file; 0: not; -errno. */
static int query_origin(int maps, uint64_t address, struct code_origin *origin)
{
	struct map_query query = {.size = sizeof(query),
		.address = address,
		.name = (uintptr_t)origin->path,
		.name_size = sizeof(origin->path)};

	if (ioctl(maps, MAP_QUERY, &query) < 0)
		return -errno;
	origin->offset = query.offset + (address - query.start);
	return (query.mode & MAP_MODE_MASK) == MAP_MODE_CODE &&
	       query.name_size > 0 && origin->path[0] == '/';
}

/* The same from the lines of proc_pid_maps(5). */
static bool read_origin(
	FILE *maps, uint64_t address, struct code_origin *origin)
{
	char line[TEXT_MAX + 128];
	unsigned long long start;
	unsigned long long end;
	unsigned long long offset;
	char mode[8];
	int path = 0;

	while (fgets(line, sizeof(line), maps)) {
		if (sscanf(line, "%llx-%llx %7s %llx %*s %*s %n", &start, &end,
			    mode, &offset, &path) < 4 ||
			address < start || address >= end)
			continue;
		line[strcspn(line, "\n")] = '\0';
		snprintf(origin->path, sizeof(origin->path), "%s", line + path);
		origin->offset = offset + (address - start);
		return strcmp(mode, "r-xp") == 0 && origin->path[0] == '/';
	}
	return false;
}

static bool find_origin(int tid, uint64_t address, struct code_origin *origin)
{
	char name[64];
	FILE *maps;
	int status;
	bool is_found;

	snprintf(name, sizeof(name), "/proc/%d/maps", tid);
	maps = fopen(name, "re");
	if (!maps)
		return false;
	status = query_origin(fileno(maps), address, origin);
	is_found = status == 1;
	if (status == -ENOTTY)
		is_found = read_origin(maps, address, origin);
	fclose(maps);
	return is_found;
}

/* Null: there is no room for one more. */
static struct agent_file *file_of(const struct stat *status)
{
	uint64_t slot = AGENT_FILE_SLOT(status->st_dev, status->st_ino);
	struct agent_file *file;

	for (;; slot = (slot + 1) % AGENT_FILES) {
		file = &shared->files[slot];
		if (file->inode == 0)
			break;
		if (agent_file_is(file, status))
			return file;
	}
	if (file_count >= AGENT_FILES / 2)
		return NULL;
	file_count++;
	file->device = status->st_dev;
	file->size = (uint64_t)status->st_size;
	file->modified[0] = status->st_mtim.tv_sec;
	file->modified[1] = status->st_mtim.tv_nsec;
	file->changed[0] = status->st_ctim.tv_sec;
	file->changed[1] = status->st_ctim.tv_nsec;
	__atomic_store_n(&file->inode, status->st_ino, __ATOMIC_RELEASE);
	return file;
}

/* --- sites --- */

static struct agent_site *find_site(
	const struct agent_file *file, uint64_t offset)
{
	for (uint32_t i = file->first_site; i != 0; i = shared->sites[i].next)
		if (shared->sites[i].offset == offset)
			return &shared->sites[i];
	return NULL;
}

/* Do the dead bytes at OFFSET of the file serve another site? */
static bool is_taken(const struct agent_file *file, uint64_t offset)
{
	for (uint32_t i = file->first_site; i != 0; i = shared->sites[i].next) {
		const struct agent_site *site = &shared->sites[i];
		uint64_t used = site->offset + ARCH_CALL_SIZE +
				(uint64_t)(int64_t)site->padding;

		if (site->padding != 0 && offset + JUMP_SIZE > used &&
			offset < used + JUMP_SIZE)
			return true;
	}
	return false;
}

static long read_at(void *file, void *out, size_t size, uint64_t offset)
{
	ssize_t got = pread(*(int *)file, out, size, (off_t)offset);

	return got < 0 ? -errno : got;
}

/* How far behind the site there is a place for a jump; 0: nowhere. */
static void choose_padding(
	const struct agent_file *file, int fd, struct agent_site *site)
{
	struct functions functions;
	int places[PADDING_PLACES];
	size_t count;

	if (functions_open(read_at, &fd, &functions) < 0)
		return;
	count = site_padding(&functions, site->offset, places);
	for (size_t i = 0; i < count; i++) {
		uint64_t at = site->offset + (uint64_t)(int64_t)places[i];

		if (is_taken(file, at) || pread(fd, site->bytes, JUMP_SIZE,
						  (off_t)at) != JUMP_SIZE)
			continue;
		site->padding = (int16_t)(places[i] - ARCH_CALL_SIZE);
		return;
	}
}

static struct agent_site *add_site(struct agent_file *file, uint64_t offset)
{
	struct agent_site *site;

	if (site_count == AGENT_SITES)
		return NULL;
	site = &shared->sites[site_count];
	site->offset = offset;
	site->next = file->first_site;
	__atomic_store_n(&file->first_site, site_count, __ATOMIC_RELEASE);
	site_count++;
	return site;
}

/* It has stopped once more. */
static void count_hit(
	const struct agent_file *file, int fd, struct agent_site *site)
{
	if (site->hits < HITS_MIN)
		site->hits++;
	if (site->hits < HITS_MIN || site->is_searched)
		return;
	choose_padding(file, fd, site);
	site->is_searched = true;
}

/*
 * A program with a dynamic linker calls by its libraries, any other by its own
 * code; the rest is left alone.
 */
static bool is_left_alone(
	const struct tracee *tracee, const struct stat *status)
{
	const struct file_id *program = &tracee->task.process->file;
	bool is_program = program->inode == status->st_ino &&
			  program->device == status->st_dev;

	return is_program == tracee->space->keeps_program;
}

/* What is known of the instruction at ADDRESS, or null. */
static struct agent_site *learn_site(
	const struct tracee *tracee, uint64_t address)
{
	static struct code_origin origin;
	struct agent_file *file;
	struct agent_site *site = NULL;
	struct stat status;
	int fd;

	if (!find_origin(tracee->task.tid, address, &origin))
		return NULL;
	fd = open(origin.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return NULL;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		!is_left_alone(tracee, &status)) {
		file = file_of(&status);
		site = file ? find_site(file, origin.offset) : NULL;
		if (file && !site)
			site = add_site(file, origin.offset);
		if (site)
			count_hit(file, fd, site);
	}
	close(fd);
	return site;
}

/* --- teaching --- */

/* Other threads may be about to run these bytes, two or five. */
static bool is_written_at_once(const struct space *space, uint64_t site,
	const struct agent_site *known)
{
	return space->references == 1 ||
	       (site % sizeof(long) != sizeof(long) - 1 &&
		       !site_is_entered_in_front(known));
}

static bool is_as_learned(
	struct tracee *tracee, uint64_t address, const struct agent_site *site)
{
	uint8_t bytes[JUMP_SIZE];
	uint16_t call;

	return guest_read(&tracee->task, address, &call, sizeof(call)) == 0 &&
	       call == ARCH_CALL_CODE &&
	       guest_read(&tracee->task,
		       address + ARCH_CALL_SIZE +
			       (uint64_t)(int64_t)site->padding,
		       bytes, sizeof(bytes)) == 0 &&
	       memcmp(bytes, site->bytes, sizeof(bytes)) == 0;
}

/* The island, the way there, and at last the site: in this order. */
static bool make_way(
	struct tracee *tracee, uint64_t address, const struct agent_site *site)
{
	uint64_t padding =
		address + ARCH_CALL_SIZE + (uint64_t)(int64_t)site->padding;
	uint64_t island = take_island(tracee->space, address);
	uint16_t jump_there = jump_short(site->padding);
	uint8_t bytes[ISLAND_SIZE];
	uint8_t jump[JUMP_SIZE];

	if (island == 0)
		return false;
	island_write(bytes, island, agent_addresses.entry,
		address + ARCH_CALL_SIZE, site);
	jump_write(jump, padding, island_entry(island, site));
	return guest_poke(&tracee->task, island, bytes, sizeof(bytes)) == 0 &&
	       guest_poke(&tracee->task, padding, jump, sizeof(jump)) == 0 &&
	       (site_is_entered_in_front(site) ||
		       guest_poke(&tracee->task, address, &jump_there,
			       sizeof(jump_there)) == 0);
}

static bool can_be_taught(struct tracee *tracee, uint64_t address)
{
	return !is_hopeless(tracee->space, address) &&
	       !place_of(tracee->space, address) &&
	       (address < AGENT_COMMON || address >= STUB_ADDRESS + STUB_ROOM);
}

bool learned_teach(struct tracee *tracee)
{
	struct registers *registers = &tracee->registers;
	uint64_t address = reg_pc(registers) - ARCH_CALL_SIZE;
	struct agent_site *site;

	if (tracee->space->is_untaught || !space_is_ready(tracee) ||
		!can_be_taught(tracee, address))
		return false;
	site = learn_site(tracee, address);
	if (site && site->hits < HITS_MIN)
		return false;
	if (!site || site->padding == 0 ||
		!is_written_at_once(tracee->space, address, site) ||
		!is_as_learned(tracee, address, site) ||
		!make_way(tracee, address, site)) {
		give_up(tracee->space, address);
		return false;
	}
	reg_call_again(registers, reg_number(registers));
	if (site_is_entered_in_front(site))
		reg_set_pc(registers, address - JUMP_SIZE);
	reg_set_number(registers, -1);
	registers_write(tracee->task.tid, registers);
	return true;
}
