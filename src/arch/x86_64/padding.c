/* SPDX-License-Identifier: MIT */
/* Proving that padding is dead. No allocation, no libc state. */
/*
 * Text is decoded from places that are known to be the start of an instruction:
 * the first bytes of functions and the end of the site, each stretch up to the
 * end of the function. Compilers put nothing between instructions but padding;
 * what does not look like it ends the stretch: an unknown instruction, or, if
 * no end is known, an indirect jump, since a table may follow. A stretch with a
 * branch to what is no boundary in it was not decoded rightly, and gives
 * nothing.
 *
 * A run is padding directly behind an instruction that does not go on. It is
 *
 * - closed, if it is all there is between the end of a function and the start
 *   of the next one. Every byte is dead: the entry is behind it. The function
 *   must not fall through: glibc's __memmove_chk falls through the padding into
 *   memmove.
 * - open otherwise. Its last nops may be the first instructions of what follows
 *   (a probe's nop, room for a patch at a function's entry), and where that
 *   begins is not known; without alignment the whole run may be that. So it
 *   must end where something is aligned, be shorter than that takes, and begin
 *   with a nop that means nothing else: assemblers make the first one as long
 *   as they can. Its bytes are dead, if a branch to it is not known.
 *
 * Nops right behind a jump over them are left in any case: they are room for a
 * patch (XRay, static keys).
 */
#include "arch/padding.h"

#include "arch/x86_64/instruction.h"

#include <string.h>

#define SYSCALL_SIZE 2
#define LOAD_EAX     0xb8 /* mov imm32, %eax */
#define REACH_BACK   128  /* from behind the site */
#define REACH_AHEAD  127
#define ENTRY_ALIGN  16 /* the ABI's alignment of functions */
#define SMALL_ALIGN  8	/* of labels, too */
#define PAGE_SIZE    4096
#define RUNS_MAX     64

/* A run, and the stretch whose decoding proves it. */
struct run {
	size_t start;
	size_t end;
	size_t proof_start;
	size_t proof_end;
};

struct bits {
	uint8_t bytes[PADDING_CODE_MAX / 8];
};

/* All offsets are offsets in the text. */
struct search {
	const struct code *code;
	size_t site;
	size_t run_count;
	struct run runs[RUNS_MAX];
	struct bits boundaries;
	struct bits targets;
};

/* How a stretch has been decoded so far. */
struct stretch {
	size_t start;
	size_t at;
	size_t end;
	enum instruction_kind last;
	int64_t last_target;
};

static void bit_set(struct bits *bits, size_t number)
{
	bits->bytes[number / 8] |= (uint8_t)(1u << (number % 8));
}

static bool bit_get(const struct bits *bits, size_t number)
{
	return (bits->bytes[number / 8] >> (number % 8)) & 1;
}

/* --- Runs --- */

/* Behind what does not go on: nops, or else int3. Answers where it ends. */
static size_t run_measure(struct search *search, size_t start, size_t end)
{
	const uint8_t *bytes = search->code->bytes;
	struct instruction instruction;
	enum instruction_kind kind = INSTRUCTION_PADDING;
	size_t at = start;

	if (start < end && bytes[start] == 0xcc)
		kind = INSTRUCTION_TRAP;
	while (at < end &&
		instruction_read(bytes + at, end - at, &instruction) > 0 &&
		instruction.kind == kind) {
		bit_set(&search->boundaries, at);
		at += (size_t)instruction.size;
	}
	return at;
}

/*
 * Is it what an assembler aligns what follows by? It ends there, and the first
 * nop is none that compilers and people make entries, probes and static keys
 * of: those have at most five bytes, or say something by their displacement.
 */
static bool is_alignment(
	const struct search *search, size_t start, size_t end, size_t first)
{
	const struct code *code = search->code;
	size_t least = end - start < SMALL_ALIGN ? SMALL_ALIGN : ENTRY_ALIGN;
	size_t displacement = first == PADDING_SIZE + 1 ? 1 : 4;

	if (first <= PADDING_SIZE || (code->address + end) % least != 0)
		return false;
	for (size_t at = start + first - displacement; at < start + first; at++)
		if (code->bytes[at] != 0)
			return false;
	return end - start < ENTRY_ALIGN;
}

/*
 * How much of an open run is dead for sure. Of int3, all but the first and the
 * last: nobody means two of them in a row.
 */
static struct run run_open(
	const struct search *search, size_t start, size_t end)
{
	const struct code *code = search->code;
	struct run run = {.start = start, .end = start};
	size_t first;

	if (end == start)
		return run;
	first = (size_t)instruction_length(code->bytes + start, end - start);
	if (code->bytes[start] == 0xcc) {
		run.start++;
		run.end = end - 1;
	} else if (is_alignment(search, start, end, first)) {
		run.end += first;
	}
	return run;
}

static void run_add(
	struct search *search, const struct stretch *stretch, struct run run)
{
	size_t from = search->site + SYSCALL_SIZE;

	if (search->run_count == RUNS_MAX ||
		run.end < run.start + PADDING_SIZE ||
		run.end + REACH_BACK < from || run.start > from + REACH_AHEAD)
		return;
	run.proof_start = stretch->start;
	run.proof_end = stretch->at;
	search->runs[search->run_count++] = run;
}

static bool is_jumped_over(
	const struct stretch *stretch, size_t start, size_t end)
{
	return stretch->last == INSTRUCTION_JUMP &&
	       stretch->last_target >= (int64_t)start &&
	       stretch->last_target <= (int64_t)end;
}

/* --- Stretches --- */

static bool goes_on_behind(enum instruction_kind kind)
{
	return kind != INSTRUCTION_JUMP && kind != INSTRUCTION_INDIRECT &&
	       kind != INSTRUCTION_END;
}

static void stretch_take_run(struct search *search, struct stretch *stretch)
{
	size_t end = run_measure(search, stretch->at, stretch->end);

	if (!is_jumped_over(stretch, stretch->at, end))
		run_add(search, stretch, run_open(search, stretch->at, end));
	stretch->at = end;
}

/* Answers whether it could be taken. */
static bool stretch_take(struct search *search, struct stretch *stretch)
{
	const struct code *code = search->code;
	struct instruction instruction;

	if (instruction_read(code->bytes + stretch->at,
		    stretch->end - stretch->at, &instruction) <= 0)
		return false;
	bit_set(&search->boundaries, stretch->at);
	stretch->last = instruction.kind;
	stretch->last_target = (int64_t)stretch->at + instruction.target;
	if (instruction.target != 0 && stretch->last_target >= 0 &&
		stretch->last_target < (int64_t)code->size)
		bit_set(&search->targets, (size_t)stretch->last_target);
	stretch->at += (size_t)instruction.size;
	return true;
}

/* Decode from START to END. Answers where, and behind what, it has ended. */
static struct stretch stretch_decode(
	struct search *search, size_t start, size_t end, bool is_function)
{
	struct stretch stretch = {.start = start, .at = start, .end = end};
	size_t first_run = search->run_count;

	while (stretch.at < end && stretch_take(search, &stretch)) {
		if (stretch.at == end || goes_on_behind(stretch.last))
			continue;
		stretch_take_run(search, &stretch);
		if (!is_function && stretch.last == INSTRUCTION_INDIRECT)
			break;
	}
	for (size_t i = first_run; i < search->run_count; i++)
		search->runs[i].proof_end = stretch.at;
	return stretch;
}

/*
 * What stands between the end of a function that has been decoded and NEXT, the
 * start of the next one, or the end of what is known.
 */
static void gap_search(struct search *search, const struct stretch *stretch,
	size_t next, bool is_start)
{
	size_t start = stretch->at;
	size_t end;

	/* A call at the very end is of a function that does not return. */
	if (start != stretch->end || start >= next ||
		(goes_on_behind(stretch->last) &&
			stretch->last != INSTRUCTION_CALL))
		return;
	end = run_measure(search, start, next);
	if (is_start && end == next)
		run_add(search, stretch, (struct run){start, end, 0, 0});
	else if (stretch->last != INSTRUCTION_CALL &&
		 !is_jumped_over(stretch, start, end))
		run_add(search, stretch, run_open(search, start, end));
}

/* --- Functions --- */

/* Where an address is in the text; what is outside counts as an end of it. */
static size_t offset_of(const struct code *code, uint64_t address)
{
	if (address <= code->address)
		return 0;
	return address - code->address < code->size
		       ? (size_t)(address - code->address)
		       : code->size;
}

/* A function that begins before the text is decoded from the site on. */
static void function_search(struct search *search, const struct range *function,
	const struct range *next)
{
	const struct code *code = search->code;
	size_t start = offset_of(code, function->start);
	size_t end = offset_of(code, function->end);
	size_t behind = search->site + SYSCALL_SIZE;
	bool holds_site = range_holds(*function, code->address + search->site);
	struct stretch stretch = {.end = SIZE_MAX};

	if (function->start >= code->address)
		stretch = stretch_decode(search, start, end, true);
	if (holds_site && behind < end && !bit_get(&search->boundaries, behind))
		stretch = stretch_decode(search, behind, end, true);
	if (function->end < code->address + code->size)
		gap_search(search, &stretch,
			next ? offset_of(code, next->start) : code->size,
			next && next->start < code->address + code->size);
}

/* Where nothing is known but the site, and where the next function starts. */
static void unknown_search(
	struct search *search, const struct range *functions, size_t count)
{
	const struct code *code = search->code;
	size_t end = code->size;

	for (size_t i = count; i-- > 0;)
		if (functions[i].start > code->address + search->site)
			end = offset_of(code, functions[i].start);
	stretch_decode(search, search->site + SYSCALL_SIZE, end, false);
}

static void search_all(
	struct search *search, const struct range *functions, size_t count)
{
	bool is_known = false;

	for (size_t i = 0; i < count; i++) {
		function_search(search, &functions[i],
			i + 1 < count ? &functions[i + 1] : NULL);
		if (range_holds(
			    functions[i], search->code->address + search->site))
			is_known = true;
	}
	if (!is_known)
		unknown_search(search, functions, count);
}

/* --- The proof --- */

/*
 * A branch to what is no boundary: what was decoded there is wrong. Older glibc
 * jumps over a lock prefix if there is one thread.
 */
static bool is_misfit(const struct search *search, size_t at)
{
	if (!bit_get(&search->targets, at) || bit_get(&search->boundaries, at))
		return false;
	return at == 0 || search->code->bytes[at - 1] != 0xf0 ||
	       !bit_get(&search->boundaries, at - 1);
}

static void runs_doubt(struct search *search)
{
	for (size_t at = 0; at < search->code->size; at++) {
		if (!is_misfit(search, at))
			continue;
		for (size_t i = 0; i < search->run_count; i++)
			if (at >= search->runs[i].proof_start &&
				at < search->runs[i].proof_end)
				search->runs[i].end = search->runs[i].start;
	}
}

/* From where a branch enters it, a run is not dead. */
static void run_cut(const struct search *search, struct run *run)
{
	for (size_t at = run->start; at < run->end; at++)
		if (bit_get(&search->targets, at))
			run->end = at;
}

static size_t run_places(const struct search *search, const struct run *run,
	bool on_page, size_t *places, size_t max)
{
	const struct code *code = search->code;
	size_t from = search->site + SYSCALL_SIZE;
	uint64_t page = (code->address + search->site) / PAGE_SIZE;
	size_t count = 0;

	for (size_t at = run->start;
		at + PADDING_SIZE <= run->end && count < max; at++) {
		if (at + REACH_BACK < from || at > from + REACH_AHEAD ||
			on_page != ((code->address + at) / PAGE_SIZE == page &&
					   (code->address + at + PADDING_SIZE -
						   1) / PAGE_SIZE ==
						   page))
			continue;
		places[count++] = at;
		at += PADDING_SIZE - 1;
	}
	return count;
}

/*
 * mov $NUMBER, %eax right in front of the site is as long as a jump. It must
 * have been decoded on the way from the start of the function, and nobody may
 * jump into it; to the site itself they may.
 */
static bool is_load_in_front(const struct search *search,
	const struct range *functions, size_t count)
{
	const struct code *code = search->code;
	size_t load = search->site - PADDING_SIZE;

	if (search->site < PADDING_SIZE || code->bytes[load] != LOAD_EAX ||
		!bit_get(&search->boundaries, load) ||
		!bit_get(&search->boundaries, search->site))
		return false;
	for (size_t i = 0; i < count; i++) {
		if (!range_holds(functions[i], code->address + search->site) ||
			functions[i].start < code->address)
			continue;
		for (size_t at = offset_of(code, functions[i].start);
			at < offset_of(code, functions[i].end); at++)
			if (is_misfit(search, at))
				return false;
		return true;
	}
	return false;
}

size_t padding_find(const struct code *code, size_t site,
	const struct range *functions, size_t count,
	size_t places[PADDING_PLACES])
{
	struct search search;
	size_t found = 0;

	if (code->size > PADDING_CODE_MAX || code->size < SYSCALL_SIZE ||
		site > code->size - SYSCALL_SIZE || code->bytes[site] != 0x0f ||
		code->bytes[site + 1] != 0x05)
		return 0;
	memset(&search, 0, sizeof(search));
	search.code = code;
	search.site = site;
	/* These two are instructions for sure: the kernel has been there. */
	bit_set(&search.targets, site);
	if (site + SYSCALL_SIZE < code->size)
		bit_set(&search.targets, site + SYSCALL_SIZE);
	search_all(&search, functions, count);
	runs_doubt(&search);
	for (size_t i = 0; i < search.run_count; i++)
		run_cut(&search, &search.runs[i]);
	for (size_t i = 0; i < 2 * search.run_count && found < PADDING_PLACES;
		i++)
		found += run_places(&search, &search.runs[i % search.run_count],
			i < search.run_count, places + found,
			PADDING_PLACES - found);
	if (found == 0 && is_load_in_front(&search, functions, count))
		places[found++] = site - PADDING_SIZE;
	return found;
}
