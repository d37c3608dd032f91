/* SPDX-License-Identifier: MIT */
/*
 * The stub: what the kernel's ELF loader would do, from inside the guest.
 *
 * It runs once at the start of every program, on the new stack. Nothing of a
 * libc, no data of its own. What fails after execve(2) has succeeded ends the
 * process as by the kernel: with SIGSEGV.
 */
#include "stub/plan.h"

#include "agent/patch.h"
#include "agent/shared.h"

#include <asm/unistd.h>
#include <elf.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/mman.h>

#define ADDR_NO_RANDOMIZE 0x0040000 /* linux/personality.h */
#define SIGKILL_NUMBER	  9

__attribute__((visibility("hidden"))) long stub_syscall(
	long number, long a, long b, long c, long d, long e, long f);
__attribute__((visibility("hidden"))) uint64_t stub_main(
	uint64_t stack, int is_sharing);

#define CALL(name, ...) CALL_(__NR_##name, __VA_ARGS__, 0, 0, 0, 0, 0)
#define CALL_(number, a, b, c, d, e, f, ...)                                   \
	stub_syscall(number, (long)(a), (long)(b), (long)(c), (long)(d),       \
		(long)(e), (long)(f))

/* What the stub learns while it works. */
struct start {
	const struct plan *plan;
	unsigned int number; /* of a plan in what agents share, or 0 */
	uint64_t stack;	     /* the stack pointer that the kernel made */
	uint64_t page;	     /* its size */
	bool is_random;
	bool has_agent;
	uint64_t *arguments; /* argc, argv[], 0, envp[], 0 */
	char **environment;
	Elf64_auxv_t *auxv;
	size_t auxv_size;
	uint64_t base[PLAN_IMAGES];
};

/* A fault kills even where the signal is ignored or blocked. */
static void die(void)
{
	*(volatile char *)(-1ul) = 0;
	for (;;)
		CALL(kill, CALL(getpid, 0), SIGKILL_NUMBER);
}

static bool is_error(long result)
{
	return (unsigned long)result > -4096ul;
}

static uint64_t round_down(uint64_t value, uint64_t unit)
{
	return value & ~(unit - 1);
}

static uint64_t round_up(uint64_t value, uint64_t unit)
{
	return round_down(value + unit - 1, unit);
}

static const void *at(const struct plan *plan, uint64_t offset)
{
	return (const char *)plan + offset;
}

static const struct plan_segment *segments(
	const struct plan *plan, const struct plan_image *image)
{
	return (const struct plan_segment *)at(plan, plan->segments) +
	       image->first_segment;
}

/* --- what is on the stack --- */

static void find_vectors(struct start *start)
{
	uint64_t *word = (uint64_t *)start->stack;

	start->arguments = word;
	word += 1 + word[0] + 1;
	start->environment = (char **)word;
	while (*word != 0)
		word++;
	start->auxv = (Elf64_auxv_t *)(word + 1);
	start->page = 4096;
	for (size_t i = 0;; i++) {
		if (start->auxv[i].a_type == AT_PAGESZ)
			start->page = start->auxv[i].a_un.a_val;
		if (start->auxv[i].a_type != AT_NULL)
			continue;
		start->auxv_size = (i + 1) * sizeof(Elf64_auxv_t);
		return;
	}
}

/* --- mapping --- */

/*
 * Does the agent serve this image's calls? A program with an interpreter calls
 * by its libraries, which will be near that. Its own code stays as it is: some
 * look at it.
 */
static bool is_served(const struct start *start, int which)
{
	return start->has_agent &&
	       (which == PLAN_INTERPRETER ||
		       start->plan->image[PLAN_INTERPRETER].path == 0);
}

/* Room for an image of such a size and alignment, as it would lie natively. */
static uint64_t find_room(
	const struct start *start, uint64_t size, uint64_t alignment)
{
	uint64_t slack = alignment > start->page ? alignment : 0;
	long room = CALL(mmap, 0, size + slack, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (is_error(room))
		die();
	CALL(munmap, room, size + slack);
	return slack ? round_up((uint64_t)room, slack) : (uint64_t)room;
}

/*
 * Where a movable image goes; answers what to add to its addresses. HINT is
 * where nothing can be yet, or 0: the kernel has a place. In front of it there
 * is one for islands, if the agent wants one there. Nothing is mapped where it
 * goes, and nobody else is here who could map something.
 */
static uint64_t place_image(const struct start *start, int which, uint64_t hint)
{
	const struct plan_image *image = &start->plan->image[which];
	uint64_t low = round_down(image->start, start->page);
	uint64_t size = round_up(image->end, start->page) - low;
	uint64_t room = 0;

	if (hint != 0 && image->alignment > start->page)
		return round_down(hint, image->alignment) - low;
	if (hint != 0)
		return round_down(hint, start->page) - low;
	if (is_served(start, which) && image->alignment <= start->page)
		room = agent_make_place((unsigned int)which, 0, size);
	if (room == 0)
		room = find_room(start, size, image->alignment);
	else /* what is between segments, in whatever order they come */
		CALL(munmap, room, size);
	return room - low;
}

static bool try_map(uint64_t address, uint64_t size, uint64_t protection,
	int flags, int fd, uint64_t offset)
{
	long result = CALL(mmap, address, size, protection,
		flags | MAP_PRIVATE | MAP_FIXED, fd, offset);

	return (uint64_t)result == address;
}

static void map_at(uint64_t address, uint64_t size, uint64_t protection,
	int flags, int fd, uint64_t offset)
{
	if (!try_map(address, size, protection, flags, fd, offset))
		die();
}

/*
 * Segments up to this size are mapped with their pages: what starts a program
 * touches most of them, and a fault for each costs more than all at once.
 */
#define EAGER_SIZE 0x40000

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22 /* since Linux 5.14 */
#endif

/* Bss begins in the rest of the file's last page. */
static void clear_until(volatile char *byte, uint64_t end)
{
	while ((uint64_t)byte < end)
		*byte++ = 0;
}

/*
 * elf_load(), Linux 6.18: bss can be written to, whatever its segment says; and
 * without bss the last page's rest is the file's. (Before 6.7 it was cleared
 * behind a dynamic linker's last segment.) Code that is TO_CHANGE can be
 * written to as well, unless some policy minds (PR_SET_MDWE): true.
 */
static bool map_segment(const struct start *start, uint64_t base, int fd,
	const struct plan_segment *segment, bool to_change)
{
	uint64_t address = base + segment->address;
	uint64_t low = round_down(address, start->page);
	uint64_t file_end = address + segment->file_size;
	uint64_t mapped = round_up(file_end, start->page);
	uint64_t end = round_up(address + segment->memory_size, start->page);

	uint64_t offset = segment->offset - (address - low);
	/* It would be copied if it was populated now. */
	bool is_changeable =
		to_change && segment->file_size > 0 &&
		try_map(low, mapped - low, segment->protection | PROT_WRITE, 0,
			fd, offset);
	int flags = mapped - low <= EAGER_SIZE ? MAP_POPULATE : 0;

	if (segment->file_size == 0)
		mapped = low;
	else if (!is_changeable)
		map_at(low, mapped - low, segment->protection, flags, fd,
			offset);
	if (end > mapped)
		map_at(mapped, end - mapped,
			PROT_READ | PROT_WRITE |
				(segment->protection & PROT_EXEC),
			MAP_ANONYMOUS, -1, 0);
	if (segment->memory_size > segment->file_size &&
		(segment->protection & PROT_WRITE))
		clear_until((char *)file_end, mapped);
	return is_changeable;
}

_Static_assert(PLAN_INTERPRETER == AGENT_PLACE_LIBRARIES, "its place");

/* An image's code, as far as it is in this segment. */
static bool describe_segment(const struct start *start, int which, int fd,
	const struct plan_segment *segment, struct agent_mapping *mapping)
{
	uint64_t address = start->base[which] + segment->address;
	uint64_t low = round_down(address, start->page);

	mapping->fd = fd;
	mapping->address = low;
	mapping->size = address + segment->file_size - low;
	mapping->offset = segment->offset - (address - low);
	mapping->protection = segment->protection;
	return (segment->protection & PROT_EXEC) &&
	       !(segment->protection & PROT_WRITE);
}

/* Map its segments; what is known of its code is prepared for the agent. */
static void map_segments(const struct start *start, int which, int fd)
{
	const struct plan_image *image = &start->plan->image[which];
	const struct plan_segment *segment = segments(start->plan, image);
	struct agent_mapping mapping;

	for (uint64_t i = 0; i < image->segment_count; i++, segment++) {
		uint32_t site = 0;

		if (is_served(start, which) &&
			describe_segment(start, which, fd, segment, &mapping))
			site = agent_find_sites(&mapping);
		if (!map_segment(
			    start, start->base[which], fd, segment, site != 0))
			continue;
		agent_patch(&mapping, site);
		if (mapping.size <= EAGER_SIZE)
			CALL(madvise, mapping.address, mapping.size,
				MADV_POPULATE_READ);
	}
}

static void map_image(struct start *start, int which, uint64_t hint)
{
	const struct plan *plan = start->plan;
	const struct plan_image *image = &plan->image[which];
	long fd;

	if (image->path == 0)
		return;
	fd = CALL(
		openat, AT_FDCWD, at(plan, image->path), O_RDONLY | O_CLOEXEC);
	if (is_error(fd))
		die();
	if (image->is_movable)
		start->base[which] = place_image(start, which, hint);
	if (is_served(start, which) && agent_space()->places[which] == 0)
		agent_make_place((unsigned int)which,
			start->base[which] + image->start, 0);
	map_segments(start, which, (int)fd);
	CALL(close, fd);
}

/*
 * fs/binfmt_elf.c: a program with an interpreter sits in the lower two thirds
 * of the address space; one without is itself a loader, and gets out of the
 * way.
 */
static void map_images(struct start *start)
{
	const struct plan *plan = start->plan;
	uint64_t hint = 0;

	if (plan->image[PLAN_INTERPRETER].path != 0) {
		hint = PROGRAM_ADDRESS(start->stack);
		if (start->is_random)
			hint += plan->random * start->page &
				(PROGRAM_SPAN(start->stack) - 1);
	}
	map_image(start, PLAN_PROGRAM, hint);
	map_image(start, PLAN_INTERPRETER, 0);
}

/* --- what the guest sees --- */

/*
 * An initializer may become a call of memset(), which is here only where there
 * is an agent (loader/agent/string.c).
 */
static void clear(void *bytes, uint64_t size)
{
	while (size-- > 0)
		((volatile char *)bytes)[size] = 0;
}

static void copy(char *to, const char *from, uint64_t size)
{
	while (size-- > 0)
		*(volatile char *)to++ = *from++;
}

/*
 * The kernel left the name of the file that it executed at the top of the
 * stack, made long enough by the tracer. The guest's own name ends where it
 * ended. Answers its address.
 */
static uint64_t repair_name(const struct plan *plan, uint64_t kernel_name)
{
	char *name =
		(char *)kernel_name + plan->name_capacity - plan->name_size;

	copy(name, at(plan, plan->name), plan->name_size);
	return (uint64_t)name;
}

/* The ids that the kernel knows are not those of a shown identity. */
static void repair_identity(const struct plan *plan, Elf64_auxv_t *entry)
{
	uint64_t *value = &entry->a_un.a_val;

	if (!(plan->flags & PLAN_IDENTITY))
		return;
	if (entry->a_type == AT_UID)
		*value = plan->user;
	else if (entry->a_type == AT_EUID)
		*value = plan->effective_user;
	else if (entry->a_type == AT_GID)
		*value = plan->group;
	else if (entry->a_type == AT_EGID)
		*value = plan->effective_group;
	else if (entry->a_type == AT_SECURE)
		*value = (plan->flags & PLAN_SECURE) != 0;
}

static void repair_auxv(struct start *start)
{
	const struct plan *plan = start->plan;
	const struct plan_image *program = &plan->image[PLAN_PROGRAM];
	uint64_t base = start->base[PLAN_PROGRAM];

	for (Elf64_auxv_t *entry = start->auxv; entry->a_type; entry++) {
		uint64_t *value = &entry->a_un.a_val;

		if (entry->a_type == AT_PHDR)
			*value = base + program->headers;
		else if (entry->a_type == AT_PHNUM)
			*value = program->header_count;
		else if (entry->a_type == AT_ENTRY)
			*value = base + program->entry;
		else if (entry->a_type == AT_BASE)
			*value = start->base[PLAN_INTERPRETER];
		else if (entry->a_type == AT_EXECFN)
			*value = repair_name(plan, *value);
		else
			repair_identity(plan, entry);
	}
}

static uint64_t string_end(const char *string)
{
	while (*string != '\0')
		string++;
	return (uint64_t)string + 1;
}

static uint64_t vector_end(char **vector, uint64_t otherwise)
{
	if (!*vector)
		return otherwise;
	while (vector[1])
		vector++;
	return string_end(*vector);
}

static void describe_code(const struct start *start, struct prctl_mm_map *map)
{
	const struct plan_image *image = &start->plan->image[PLAN_PROGRAM];
	const struct plan_segment *segment = segments(start->plan, image);

	map->start_code = -1ull;
	for (uint64_t i = 0; i < image->segment_count; i++, segment++) {
		uint64_t low = start->base[PLAN_PROGRAM] + segment->address;
		uint64_t high = low + segment->file_size;

		if (low > map->start_data)
			map->start_data = low;
		if (high > map->end_data)
			map->end_data = high;
		if (!(segment->protection & PROT_EXEC))
			continue;
		if (low < map->start_code)
			map->start_code = low;
		if (high > map->end_code)
			map->end_code = high;
	}
}

static uint64_t choose_brk(const struct start *start)
{
	const struct plan_image *image = start->plan->image;
	uint64_t brk =
		round_up(start->base[PLAN_PROGRAM] + image[PLAN_PROGRAM].end,
			start->page);

	if (image[PLAN_PROGRAM].is_movable && !image[PLAN_INTERPRETER].path)
		brk = round_up(PROGRAM_ADDRESS(start->stack), start->page);
	if (start->is_random)
		brk += (start->plan->random >> 32 & 0x1fff) * 4096;
	return round_up(brk, start->page);
}

/*
 * prctl(2), PR_SET_MM_MAP, Linux 3.18: everything but the executable's file
 * needs no privilege. Without it brk stays behind the stub, where it works.
 */
static void describe_memory(const struct start *start)
{
	struct prctl_mm_map map;
	char **argv = (char **)(start->arguments + 1);

	clear(&map, sizeof(map));
	describe_code(start, &map);
	map.start_brk = map.brk = choose_brk(start);
	map.start_stack = start->stack;
	map.arg_start = (uint64_t)argv[0];
	map.arg_end = vector_end(argv, map.arg_start);
	map.env_start = map.arg_end;
	map.env_end = vector_end(start->environment, map.env_start);
	map.auxv = (void *)start->auxv;
	map.auxv_size = (uint32_t)start->auxv_size;
	map.exe_fd = (uint32_t)-1;
	CALL(prctl, PR_SET_MM, PR_SET_MM_MAP, &map, sizeof(map));
	CALL(prctl, PR_SET_NAME, at(start->plan, start->plan->comm));
}

static void allow_exec_stack(const struct start *start)
{
	uint64_t low = round_down(start->stack, start->page);
	uint64_t high = round_up(
		vector_end(start->environment, start->stack), start->page);

	CALL(mprotect, low, high - low,
		PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN);
}

/*
 * How many slashes more than one are in front of the last component of the name
 * that we were executed by.
 */
static unsigned int plan_number(const struct start *start)
{
	const Elf64_auxv_t *entry = start->auxv;
	const char *name;
	unsigned int slashes = 0;
	unsigned int last = 1;

	while (entry->a_type != AT_EXECFN && entry->a_type != AT_NULL)
		entry++;
	if (entry->a_type == AT_NULL)
		return 0;
	for (name = (const char *)entry->a_un.a_val; *name != '\0'; name++) {
		slashes = *name == '/' ? slashes + 1 : 0;
		if (slashes > 0)
			last = slashes;
	}
	return last - 1;
}

static void find_plan(struct start *start, bool is_sharing)
{
	start->number = is_sharing ? plan_number(start) : 0;
	start->plan = start->number > 0 ? agent_plan(start->number) : 0;
	if (!start->plan || start->plan->version == PLAN_ELSEWHERE)
		start->plan = (const struct plan *)PLAN_ADDRESS;
	if (start->plan->version != PLAN_VERSION ||
		(start->plan->flags & PLAN_BROKEN))
		die();
}

static uint64_t start_of(const struct start *start)
{
	int which = start->plan->image[PLAN_INTERPRETER].path != 0
			    ? PLAN_INTERPRETER
			    : PLAN_PROGRAM;

	return start->base[which] + start->plan->image[which].entry;
}

uint64_t stub_main(uint64_t stack, int is_sharing)
{
	struct start start;
	const struct plan *plan;
	uint64_t entry;

	clear(&start, sizeof(start));
	start.stack = stack;
	find_vectors(&start);
	find_plan(&start, is_sharing != 0);
	plan = start.plan;
	start.is_random = !(plan->flags & PLAN_NO_RANDOM) &&
			  !(CALL(personality, -1) & ADDR_NO_RANDOMIZE);
	if (plan->own_end != 0)
		CALL(munmap, plan->own_start, plan->own_end - plan->own_start);
	start.has_agent =
		plan->agent != 0 &&
		agent_map(at(plan, plan->agent),
			plan->shared != 0 ? at(plan, plan->shared) : NULL,
			plan->shared_size);
	map_images(&start);
	if (start.has_agent) /* its places are known now, too */
		agent_ready(stack);
	repair_auxv(&start);
	describe_memory(&start);
	if (plan->flags & PLAN_EXEC_STACK)
		allow_exec_stack(&start);
	entry = start_of(&start);
	if (start.has_agent && start.number > 0)
		agent_plan_is_done(start.number);
	return entry;
}
