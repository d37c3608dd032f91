/* SPDX-License-Identifier: MIT */
/* From rows to BPF, see seccomp(2). */
#include "trace/filter.h"

#include "arch/area.h"
#include "arch/registers.h"
#include "program/stub.h"
#include "syscall/row.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

#define CALLS_MAX 1024

enum verdict {
	VERDICT_ALLOW,
	VERDICT_REFUSE, /* ENOSYS */
	VERDICT_TRACE,
	VERDICT_CONDITION, /* see the row */
};

/* Neighbouring numbers with the same verdict. */
struct verdict_range {
	long first;
	enum verdict verdict;
	struct condition stop;
};

#define OFFSET(field) ((unsigned int)offsetof(struct seccomp_data, field))
#define LOW(n)	      (OFFSET(args) + (unsigned int)(n)*8)
#define HIGH(n)	      (LOW(n) + 4)

static void emit(struct filter *f, struct sock_filter instruction)
{
	if (f->length < FILTER_MAX)
		f->code[f->length] = instruction;
	f->length++;
}

static void load(struct filter *f, unsigned int offset)
{
	emit(f, (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
}

static void answer(struct filter *f, unsigned int action)
{
	emit(f, (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, action));
}

/* If the test fails, skip COUNT instructions. */
static void unless_skip(struct filter *f, unsigned short test,
	unsigned int value, unsigned char count)
{
	emit(f, (struct sock_filter)BPF_JUMP(
			BPF_JMP | test | BPF_K, value, 0, count));
}

/* If the test holds, skip COUNT instructions. */
static void if_skip(struct filter *f, unsigned short test, unsigned int value,
	unsigned char count)
{
	emit(f, (struct sock_filter)BPF_JUMP(
			BPF_JMP | test | BPF_K, value, count, 0));
}

/* Stop, unless it is an instruction of the stub's or agent's own that calls. */
static void emit_trace(struct filter *f)
{
	uint64_t stub = stub_addresses.call_end;
	uint64_t agent = agent_addresses.final_end;

	load(f, OFFSET(instruction_pointer) + 4);
	unless_skip(f, BPF_JEQ, (unsigned int)(stub >> 32), 4);
	load(f, OFFSET(instruction_pointer));
	if_skip(f, BPF_JEQ, (unsigned int)stub, 1);
	unless_skip(f, BPF_JEQ, (unsigned int)agent, 1);
	answer(f, SECCOMP_RET_ALLOW);
	answer(f, SECCOMP_RET_TRACE | FILTER_MARK);
}

/* One comparison for each option that is in the set. */
static void emit_options(struct filter *f, uint64_t set)
{
	unsigned char left = (unsigned char)__builtin_popcountll(set);

	for (unsigned int option = 0; option < 64; option++) {
		if (!(set >> option & 1))
			continue;
		if_skip(f, BPF_JEQ, option, left);
		left--;
	}
}

static void emit_condition(struct filter *f, const struct condition *stop)
{
	switch (stop->when) {
	case ALWAYS:
		break;
	case IF_SET:
		load(f, LOW(stop->argument));
		unless_skip(f, BPF_JEQ, 0, 3);
		load(f, HIGH(stop->argument));
		unless_skip(f, BPF_JEQ, 0, 1);
		answer(f, SECCOMP_RET_ALLOW);
		break;
	case IF_BITS:
		load(f, LOW(stop->argument));
		if_skip(f, BPF_JSET, (unsigned int)stop->bits, 1);
		answer(f, SECCOMP_RET_ALLOW);
		break;
	case IF_WAITS:
		load(f, LOW(0));
		unless_skip(f, BPF_JEQ, (unsigned int)stop->more, 1);
		answer(f, SECCOMP_RET_ALLOW);
		load(f, LOW(stop->argument));
		if_skip(f, BPF_JSET, (unsigned int)stop->bits, 1);
		answer(f, SECCOMP_RET_ALLOW);
		break;
	case IF_MAPS:
		load(f, HIGH(0));
		if_skip(f, BPF_JEQ, ARCH_AREA, 6);
		if_skip(f, BPF_JEQ, ARCH_AREA - 1, 5);
		load(f, HIGH(1));
		unless_skip(f, BPF_JEQ, 0, 3);
		load(f, LOW(stop->argument));
		if_skip(f, BPF_JSET, (unsigned int)stop->bits, 1);
		answer(f, SECCOMP_RET_ALLOW);
		break;
	case IF_OPTION:
		load(f, LOW(stop->argument));
		emit_options(f, stop->bits);
		answer(f, SECCOMP_RET_ALLOW);
		break;
	}
	emit_trace(f);
}

static void emit_verdict(struct filter *f, const struct verdict_range *range)
{
	switch (range->verdict) {
	case VERDICT_ALLOW:
		answer(f, SECCOMP_RET_ALLOW);
		break;
	case VERDICT_REFUSE:
		answer(f, SECCOMP_RET_ERRNO | ENOSYS);
		break;
	case VERDICT_TRACE:
		emit_trace(f);
		break;
	case VERDICT_CONDITION:
		emit_condition(f, &range->stop);
		break;
	}
}

/* A tree over [low, high): the number is in the accumulator. */
static void emit_tree(struct filter *f, const struct verdict_range *ranges,
	unsigned int low, unsigned int high)
{
	unsigned int middle = (low + high) / 2;
	unsigned short at = f->length;

	if (high - low == 1) {
		emit_verdict(f, &ranges[low]);
		return;
	}
	/* Skips are 8 bits; a jump of 32 bits gets over a large left half. */
	if_skip(f, BPF_JGE, (unsigned int)ranges[middle].first, 1);
	emit(f, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 1));
	emit(f, (struct sock_filter)BPF_STMT(BPF_JMP | BPF_JA, 0));
	emit_tree(f, ranges, low, middle);
	if (at + 2 < FILTER_MAX)
		f->code[at + 2].k = f->length - (at + 3u);
	emit_tree(f, ranges, middle, high);
}

static struct verdict_range range_of(
	long number, const struct view *view, unsigned int features)
{
	struct verdict_range range = {
		.first = number, .verdict = VERDICT_TRACE};
	const struct row *row = row_find(ARCH_ABI, number);

	if (!row)
		range.verdict = VERDICT_REFUSE;
	else if (!row_condition(row, features, &range.stop))
		range.verdict = VERDICT_ALLOW;
	else if (row->handler == HANDLER_refuse && row->stop.when == ALWAYS)
		range.verdict = VERDICT_REFUSE;
	else if (!view->has_ghosts && !(features & FEATURE_LINKS) &&
		 (row->handler == HANDLER_getdents ||
			 row->handler == HANDLER_getdents64))
		range.verdict = VERDICT_ALLOW;
	else if (range.stop.when != ALWAYS)
		range.verdict = VERDICT_CONDITION;
	return range;
}

/* What the filter says of one number. */
typedef struct verdict_range range_function(long number, const void *data);

static int build(struct filter *filter, range_function *range_of_number,
	const void *data, struct verdict_range beyond)
{
	static struct verdict_range ranges[CALLS_MAX + 1];
	unsigned int count = 0;

	for (long number = 0; number < row_limit(ARCH_ABI); number++) {
		struct verdict_range range = range_of_number(number, data);

		if (count == CALLS_MAX)
			return -E2BIG;
		if (count == 0 || range.verdict == VERDICT_CONDITION ||
			range.verdict != ranges[count - 1].verdict)
			ranges[count++] = range;
	}
	ranges[count++] = beyond;
	filter->length = 0;
	load(filter, OFFSET(arch));
	if_skip(filter, BPF_JEQ, ARCH_AUDIT, 1);
	answer(filter, beyond.verdict == VERDICT_REFUSE
			       ? SECCOMP_RET_ERRNO | ENOSYS
			       : SECCOMP_RET_ALLOW);
	load(filter, OFFSET(nr));
	emit_tree(filter, ranges, 0, count);
	return filter->length > FILTER_MAX ? -E2BIG : 0;
}

struct basis {
	const struct view *view;
	unsigned int known;
	unsigned int features;
};

static struct verdict_range first_range(long number, const void *data)
{
	const struct basis *basis = data;

	return range_of(number, basis->view, basis->features);
}

int filter_build(
	struct filter *filter, const struct view *view, unsigned int features)
{
	const struct basis basis = {view, 0, features};
	const struct verdict_range beyond = {
		.first = row_limit(ARCH_ABI), .verdict = VERDICT_REFUSE};

	return build(filter, first_range, &basis, beyond);
}

static bool same_condition(
	const struct condition *one, const struct condition *other)
{
	return one->when == other->when && one->argument == other->argument &&
	       one->bits == other->bits;
}

static struct verdict_range more_range(long number, const void *data)
{
	const struct basis *basis = data;
	const struct row *row = row_find(ARCH_ABI, number);
	struct verdict_range range = {
		.first = number, .verdict = VERDICT_ALLOW};
	struct condition known;

	if (!row || !row_condition(row, basis->features, &range.stop) ||
		(row_condition(row, basis->known, &known) &&
			same_condition(&known, &range.stop)))
		return range;
	range.verdict =
		range.stop.when == ALWAYS ? VERDICT_TRACE : VERDICT_CONDITION;
	return range;
}

int filter_build_more(
	struct filter *filter, unsigned int known, unsigned int features)
{
	const struct basis basis = {NULL, known, features};
	const struct verdict_range beyond = {
		.first = row_limit(ARCH_ABI), .verdict = VERDICT_ALLOW};

	return build(filter, more_range, &basis, beyond);
}

int filter_install(const struct filter *filter)
{
	const struct sock_fprog program = {
		filter->length, (struct sock_filter *)filter->code};

	/* Needed without privilege; refused by old kernels, which have less. */
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return -errno;
	return 0;
}
