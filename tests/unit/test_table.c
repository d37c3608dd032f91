/* SPDX-License-Identifier: MIT */
/* The system call table agrees with the kernel's headers and with itself. */

/*
 * kernel_numbers.def comes from tests/unit/kernel-numbers. An ABI whose headers
 * are not on this machine is skipped.
 */

#include "syscall/row.h"
#include "unit.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct numbered {
	enum abi abi;
	const char *name;
	long number;
};

static const char *const abi_names[ABI_COUNT] = {
	[ABI_X86_64] = "x86_64",
	[ABI_AARCH64] = "aarch64",
	[ABI_I386] = "i386",
	[ABI_ARM] = "arm",
};

/* clang-format off */
static const struct numbered ours[] = {
#define NUMBER(name, nr) {ABI_X86_64, #name, nr},
#include "arch/x86_64/numbers.def"
#undef NUMBER
#define NUMBER(name, nr) {ABI_AARCH64, #name, nr},
#include "arch/aarch64/numbers.def"
#undef NUMBER
#define NUMBER(name, nr) {ABI_I386, #name, nr},
#include "arch/i386/numbers.def"
#undef NUMBER
#define NUMBER(name, nr) {ABI_ARM, #name, nr},
#include "arch/arm/numbers.def"
#undef NUMBER
};

#define ABI_x86_64  ABI_X86_64
#define ABI_aarch64 ABI_AARCH64
#define ABI_i386    ABI_I386
#define ABI_arm     ABI_ARM
static const struct numbered kernel[] = {
#define KERNEL(abi, name, nr) {ABI_##abi, #name, nr},
#include "kernel_numbers.def"
#undef KERNEL
	{ABI_COUNT, "", -1}, /* so that no headers at all are no error */
};

static const char *const row_names[] = {
#define SYSCALL(name, ...) #name,
#define PLAIN(name) #name,
#include "syscall/syscalls.def"
#undef SYSCALL
#undef PLAIN
};

static const char *const plain_names[] = {
#define SYSCALL(name, ...)
#define PLAIN(name) #name,
#include "syscall/syscalls.def"
#undef SYSCALL
#undef PLAIN
};

/* Names of the headers that go by another name here. */
static const struct alias {
	enum abi abi;
	const char *kernel;
	const char *ours;
} aliases[] = {
	{ABI_I386, "fanotify_mark",    "fanotify_mark32"},
	{ABI_ARM,  "fanotify_mark",    "fanotify_mark32"},
	{ABI_ARM,  "sync_file_range2", "arm_sync_file_range"},
};
/* clang-format on */

/* Numbers that Linux has reserved and never given a meaning, or not there. */
static const struct {
	enum abi abi;
	const char *names;
} never[] = {
	{ABI_X86_64, " afs_syscall epoll_ctl_old epoll_wait_old "
		     "get_thread_area getpmsg putpmsg security "
		     "set_thread_area tuxcall vserver "},
	{ABI_AARCH64, " nfsservctl "},
	{ABI_I386, " afs_syscall break ftime getpmsg gtty lock mpx prof profil "
		   "putpmsg stty ulimit vserver "},
	{ABI_ARM, " vserver "},
};

static int complaints; /* of the test that is running */

static void complain(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	printf("# ");
	vprintf(format, list);
	printf("\n");
	va_end(list);
	complaints++;
}

static void claim(bool holds, const char *text)
{
	if (!holds)
		complain("not so: %s", text);
}

#define CHECK(holds) claim(holds, #holds)

static void report(const char *shown)
{
	check(complaints == 0, shown);
	complaints = 0;
}

static const struct numbered *find_ours(enum abi abi, const char *name)
{
	for (size_t i = 0; i < COUNT(aliases); i++)
		if (aliases[i].abi == abi &&
			strcmp(aliases[i].kernel, name) == 0)
			name = aliases[i].ours;
	for (size_t i = 0; i < COUNT(ours); i++)
		if (ours[i].abi == abi && strcmp(ours[i].name, name) == 0)
			return &ours[i];
	return NULL;
}

static const struct numbered *find_kernel(enum abi abi, long number)
{
	for (size_t i = 0; i < COUNT(kernel); i++)
		if (kernel[i].abi == abi && kernel[i].number == number)
			return &kernel[i];
	return NULL;
}

static bool is_word_of(const char *words, const char *name)
{
	char word[64];

	snprintf(word, sizeof word, " %s ", name);
	return strstr(words, word) != NULL;
}

static bool was_never(enum abi abi, const char *name)
{
	for (size_t i = 0; i < COUNT(never); i++)
		if (never[i].abi == abi && is_word_of(never[i].names, name))
			return true;
	return false;
}

/* Every call of the headers is in our list, at its number. */
static long compare_kernel_with_ours(enum abi abi)
{
	long highest = -1;

	for (size_t i = 0; i < COUNT(kernel); i++) {
		const struct numbered *its = &kernel[i];

		if (its->abi != abi)
			continue;
		if (its->number > highest)
			highest = its->number;

		const struct numbered *found = find_ours(abi, its->name);

		/* headers newer than the table are no fault of it */
		if (!found && its->number < row_limit(abi) &&
			!was_never(abi, its->name))
			complain("%s is missing", its->name);
		if (found && found->number != its->number)
			complain("%s is %ld, not %ld", its->name, its->number,
				found->number);
		if (found && was_never(abi, its->name))
			complain("%s is in the table", its->name);
	}
	return highest;
}

/* Every number of ours that is as old as the headers is in them. */
static void compare_ours_with_kernel(enum abi abi, long highest)
{
	for (size_t i = 0; i < COUNT(ours); i++)
		if (ours[i].abi == abi && ours[i].number <= highest &&
			/* put into a gap after Linux 6.1 */
			!is_word_of(" uretprobe uprobe ", ours[i].name) &&
			!find_kernel(abi, ours[i].number))
			complain("%s is unknown there", ours[i].name);
}

static void test_kernel_headers(enum abi abi)
{
	long highest = compare_kernel_with_ours(abi);
	char text[100];

	if (highest < 0) {
		snprintf(text, sizeof(text),
			"the numbers of %s are the kernel's", abi_names[abi]);
		skip(text, "no kernel headers for it here");
		return;
	}
	compare_ours_with_kernel(abi, highest);
	snprintf(text, sizeof text,
		"the numbers of %s are the kernel's, up to %ld", abi_names[abi],
		highest);
	report(text);
}

static void test_numbers_are_unique(void)
{
	for (size_t i = 0; i < COUNT(ours); i++)
		for (size_t j = 0; j < i; j++) {
			if (ours[i].abi != ours[j].abi)
				continue;
			if (ours[i].number == ours[j].number)
				complain("%s: %s and %s are both %ld",
					abi_names[ours[i].abi], ours[i].name,
					ours[j].name, ours[i].number);
			if (strcmp(ours[i].name, ours[j].name) == 0)
				complain("%s: %s is both %ld and %ld",
					abi_names[ours[i].abi], ours[i].name,
					ours[i].number, ours[j].number);
		}
	report("no number and no name is there twice");
}

static void test_rows_are_used(void)
{
	for (size_t i = 0; i < COUNT(row_names); i++) {
		bool is_used = false;

		for (size_t j = 0; j < COUNT(ours); j++)
			is_used |= strcmp(row_names[i], ours[j].name) == 0;
		if (!is_used)
			complain("%s has no number", row_names[i]);
	}
	report("every row has a number in at least one ABI");
}

static void test_numbers_find_their_rows(void)
{
	for (size_t i = 0; i < COUNT(ours); i++) {
		const struct row *row = row_find(ours[i].abi, ours[i].number);

		if (!row || strcmp(row_name(row), ours[i].name) != 0)
			complain("%s: %ld finds %s instead of %s",
				abi_names[ours[i].abi], ours[i].number,
				row ? row_name(row) : "nothing", ours[i].name);
		if (ours[i].number >= row_limit(ours[i].abi))
			complain("%s is beyond the limit", ours[i].name);
	}
	report("every number finds the row of its name");
}

static size_t rows_in(enum abi abi)
{
	size_t found = 0;

	for (long n = -10; n < row_limit(abi) + 10; n++)
		found += row_find(abi, n) != NULL;
	return found;
}

static void test_unknown_numbers_find_nothing(void)
{
	for (enum abi abi = 0; abi < ABI_COUNT; abi++) {
		size_t known = 0;

		for (size_t i = 0; i < COUNT(ours); i++)
			known += ours[i].abi == abi;
		if (rows_in(abi) != known)
			complain("%s: %zu rows for %zu names", abi_names[abi],
				rows_in(abi), known);
		CHECK(!row_find(abi, -1));
		CHECK(!row_find(abi, LONG_MIN));
		CHECK(!row_find(abi, LONG_MAX));
		CHECK(!row_find(abi, row_limit(abi)));
		CHECK(!row_find(abi, 0x40000000)); /* x32 */
	}
	CHECK(!row_find(ABI_COUNT, 0));
	CHECK(row_limit(ABI_COUNT) == 0);
	report("a number that is not in the table finds nothing");
}

static void test_arm_private(void)
{
	for (long n = 0xf0001; n <= 0xf0006; n++) {
		const struct row *row = row_find(ABI_ARM, n);

		CHECK(row && row->handler == HANDLER_NONE);
		CHECK(!row_find(ABI_I386, n));
	}
	CHECK(!row_find(ABI_ARM, 0xf0000));
	CHECK(!row_find(ABI_ARM, 0xf0007));
	report("Arm's private calls are plain, and only Arm's");
}

/* The kinds of path that need a look at other arguments. */
static bool has_flags_for(const struct row *row, enum argument path)
{
	int flags = 0;

	for (int i = 0; i < ARGUMENTS; i++) {
		enum argument kind = row->arguments[i];

		switch (path) {
		case PATH_OPEN: /* creat(2) has its own */
			flags += i == 0 && strcmp(row_name(row), "creat") == 0;
			flags += kind == OPEN_FLAGS || kind == OPEN_HOW;
			break;
		case PATH_MOVE_TO:
			flags += kind == MOVE_FROM_FLAGS;
			break;
		default:;
			struct flag_meaning meaning = flag_meaning(kind);

			flags += meaning.nofollow || meaning.follow;
		}
	}
	return flags == 1;
}

static bool is_buffer(enum argument kind)
{
	return kind == OUT_PATH || kind == SOCKADDR || kind == XATTR_LIST;
}

static void check_argument(const struct row *row, int i)
{
	enum argument kind = row->arguments[i];
	enum argument next = i + 1 < ARGUMENTS ? row->arguments[i + 1] : VALUE;
	enum argument last = i > 0 ? row->arguments[i - 1] : VALUE;

	if (kind >= ARGUMENT_KINDS)
		complain("%s: argument %d is of no kind", row_name(row), i);
	if (kind == DIRFD && !argument_is_path(next))
		complain("%s: no path behind DIRFD", row_name(row));
	if (kind == SIZE && !is_buffer(last))
		complain("%s: no buffer before SIZE", row_name(row));
	if ((kind == PATH_AT || kind == PATH_OPEN || kind == PATH_MOVE_TO) &&
		!has_flags_for(row, kind))
		complain("%s: path %d wants one flags argument", row_name(row),
			i);
}

static void check_row(const struct row *row)
{
	int paths = 0;

	for (int i = 0; i < ARGUMENTS; i++) {
		check_argument(row, i);
		paths += argument_is_path(row->arguments[i]);
	}
	if (row->handler == HANDLER_rewrite && paths == 0)
		complain("%s: nothing to rewrite", row_name(row));
	if (row->handler == HANDLER_refuse && paths > 0)
		complain("%s: its paths can be seen", row_name(row));
	if (row->handler >= HANDLER_COUNT)
		complain("%s: no handler", row_name(row));
	if (row->stop.argument >= ARGUMENTS)
		complain("%s: stops by no argument", row_name(row));
	if ((row->stop.when == IF_BITS || row->stop.when == IF_MAPS ||
		    row->stop.when == IF_OPTION ||
		    row->stop.when == IF_WAITS) !=
		((row->stop.bits | row->stop.more) != 0))
		complain("%s: never or always stops", row_name(row));
}

static void test_rows_make_sense(void)
{
	for (size_t i = 0; i < COUNT(ours); i++) {
		const struct row *row = row_find(ours[i].abi, ours[i].number);

		if (row)
			check_row(row);
	}
	report("a DIRFD has its path, a path its flags, a condition its bits");
}

static bool is_plain(const char *name)
{
	for (size_t i = 0; i < COUNT(plain_names); i++)
		if (strcmp(plain_names[i], name) == 0)
			return true;
	return false;
}

static void test_plain_rows_are_empty(void)
{
	static const uint8_t nothing[ARGUMENTS];

	for (size_t i = 0; i < COUNT(ours); i++) {
		const struct row *row = row_find(ours[i].abi, ours[i].number);

		if (!row)
			continue;
		if ((row->handler == HANDLER_NONE) != is_plain(ours[i].name))
			complain("%s: its handler is wrong", row_name(row));
		if (row->handler == HANDLER_NONE &&
			memcmp(row->arguments, nothing, sizeof nothing) != 0)
			complain("%s: plain, with arguments", row_name(row));
	}
	report("a handler parts SYSCALL from PLAIN");
}

/* Calls whose kinds are known by heart: a wrong one is a hole. */
/* clang-format off */
static const struct {
	enum abi abi;
	long number;
	const char *name;
	enum handler handler;
	enum when when;
	uint8_t arguments[ARGUMENTS];
} known[] = {
	{ABI_X86_64, 2, "open", HANDLER_open, ALWAYS,
		{PATH_OPEN, OPEN_FLAGS, MODE}},
	{ABI_X86_64, 42, "connect", HANDLER_sockaddr, ALWAYS,
		{FD, SOCKADDR, SIZE}},
	{ABI_X86_64, 44, "sendto", HANDLER_sockaddr, IF_SET,
		{FD, VALUE, VALUE, VALUE, SOCKADDR, SIZE}},
	{ABI_X86_64, 56, "clone", HANDLER_clone, IF_BITS, {VALUE}},
	{ABI_X86_64, 59, "execve", HANDLER_exec, ALWAYS,
		{PATH_EXEC, ARGV, ENVP}},
	{ABI_X86_64, 86, "link", HANDLER_link, ALWAYS,
		{PATH_NOFOLLOW, PATH_LINK}},
	{ABI_X86_64, 157, "prctl", HANDLER_prctl, IF_OPTION, {VALUE}},
	{ABI_X86_64, 257, "openat", HANDLER_open, ALWAYS,
		{DIRFD, PATH_OPEN, OPEN_FLAGS, MODE}},
	{ABI_X86_64, 266, "symlinkat", HANDLER_rewrite, ALWAYS,
		{LINK_TEXT, DIRFD, PATH_CREATE}},
	{ABI_X86_64, 301, "fanotify_mark", HANDLER_rewrite, ALWAYS,
		{FD, FANOTIFY_FLAGS, VALUE, DIRFD, PATH_AT}},
	{ABI_X86_64, 332, "statx", HANDLER_stat, ALWAYS,
		{DIRFD, PATH_AT, PATH_FLAGS, STATX_MASK, OUT_STATX}},
	{ABI_X86_64, 425, "io_uring_setup", HANDLER_refuse, ALWAYS, {VALUE}},
	{ABI_X86_64, 431, "fsconfig", HANDLER_fsconfig, IF_OPTION, {FD}},
	{ABI_X86_64, 437, "openat2", HANDLER_openat2, ALWAYS,
		{DIRFD, PATH_OPEN, OPEN_HOW}},
	{ABI_X86_64, 469, "file_setattr", HANDLER_rewrite, ALWAYS,
		{DIRFD, PATH_AT, CHANGE, VALUE, PATH_FLAGS}},
	{ABI_AARCH64, 17, "getcwd", HANDLER_getcwd, ALWAYS, {OUT_PATH, SIZE}},
	{ABI_AARCH64, 37, "linkat", HANDLER_link, ALWAYS,
		{DIRFD, PATH_AT, DIRFD, PATH_LINK, LINK_FLAGS}},
	{ABI_AARCH64, 56, "openat", HANDLER_open, ALWAYS,
		{DIRFD, PATH_OPEN, OPEN_FLAGS, MODE}},
	{ABI_AARCH64, 79, "newfstatat", HANDLER_stat, ALWAYS,
		{DIRFD, PATH_AT, OUT_STAT, PATH_FLAGS}},
	{ABI_AARCH64, 221, "execve", HANDLER_exec, ALWAYS,
		{PATH_EXEC, ARGV, ENVP}},
	{ABI_I386, 11, "execve", HANDLER_exec, ALWAYS,
		{PATH_EXEC, ARGV, ENVP}},
	{ABI_I386, 102, "socketcall", HANDLER_socketcall, IF_OPTION, {VALUE}},
	{ABI_I386, 300, "fstatat64", HANDLER_rewrite, ALWAYS,
		{DIRFD, PATH_AT, VALUE, PATH_FLAGS}},
	{ABI_I386, 339, "fanotify_mark32", HANDLER_rewrite, ALWAYS,
		{FD, FANOTIFY_FLAGS, VALUE, VALUE, DIRFD, PATH_AT}},
	{ABI_ARM, 322, "openat", HANDLER_open, ALWAYS,
		{DIRFD, PATH_OPEN, OPEN_FLAGS, MODE}},
	{ABI_ARM, 387, "execveat", HANDLER_exec, ALWAYS,
		{DIRFD, PATH_EXEC, ARGV, ENVP, PATH_FLAGS}},
};
/* clang-format on */

static void test_known_calls(void)
{
	for (size_t i = 0; i < COUNT(known); i++) {
		const struct row *row = row_find(known[i].abi, known[i].number);

		if (!row || strcmp(row_name(row), known[i].name) != 0 ||
			row->handler != known[i].handler ||
			row->stop.when != known[i].when ||
			memcmp(row->arguments, known[i].arguments,
				sizeof row->arguments) != 0)
			complain("%s: the row of %s is wrong",
				abi_names[known[i].abi], known[i].name);
	}
	report("well-known calls have their number, handler and arguments");
}

static void test_conditions(void)
{
	struct condition clone = row_find(ABI_X86_64, 56)->stop;
	struct condition prctl = row_find(ABI_X86_64, 157)->stop;
	struct condition bpf = row_find(ABI_X86_64, 321)->stop;
	struct condition fsconfig = row_find(ABI_X86_64, 431)->stop;
	struct condition socketcall = row_find(ABI_I386, 102)->stop;

	CHECK(clone.argument == 0 && clone.bits == 0x7e820000);
	CHECK(prctl.argument == 0 && prctl.bits == 0x80000c804600018);
	CHECK(prctl.features == FEATURE_IDENTITY &&
		prctl.more == 0x800019800180);
	CHECK(bpf.argument == 0 && bpf.bits == 0xc0);
	CHECK(fsconfig.argument == 1 && fsconfig.bits == 0x18);
	CHECK(socketcall.argument == 0 && socketcall.bits == 0x1f18ec);
	report("conditions name the values that matter");
}

static void test_features(void)
{
	const struct row *getuid = row_find(ABI_X86_64, 102);
	const struct row *prctl = row_find(ABI_X86_64, 157);
	const uint64_t keep_caps[ARGUMENTS] = {8};
	const uint64_t dumpable[ARGUMENTS] = {4};
	struct condition stop;

	CHECK(!row_condition(getuid, 0, &stop));
	CHECK(row_condition(getuid, FEATURE_IDENTITY, &stop));
	CHECK(!row_stops(prctl, 0, keep_caps));
	CHECK(row_stops(prctl, FEATURE_IDENTITY, keep_caps));
	CHECK(row_stops(prctl, 0, dumpable));
	CHECK(row_condition(row_find(ABI_X86_64, 2), 0, &stop));
	report("rows of a feature stop only when it is on");
}

static void test_flags_and_paths(void)
{
	CHECK(flag_meaning(PATH_FLAGS).nofollow == 0x100);
	CHECK(flag_meaning(PATH_FLAGS).empty == 0x1000);
	CHECK(flag_meaning(LINK_FLAGS).follow == 0x400);
	CHECK(flag_meaning(LINK_FLAGS).nofollow == 0);
	CHECK(flag_meaning(MOVE_TO_FLAGS).follow == 0x10);
	CHECK(flag_meaning(UMOUNT_FLAGS).nofollow == 0x8);
	CHECK(flag_meaning(UMOUNT_FLAGS).empty == 0);
	CHECK(flag_meaning(VALUE).nofollow == 0);
	CHECK(flag_meaning(OPEN_FLAGS).nofollow == 0);
	CHECK(flag_meaning(ARGUMENT_KINDS).nofollow == 0);
	CHECK(argument_is_path(PATH_FOLLOW));
	CHECK(argument_is_path(PATH_MOVE_TO));
	CHECK(!argument_is_path(LINK_TEXT));
	CHECK(!argument_is_path(OUT_PATH));
	CHECK(!argument_is_path(DIRFD));
	report("flags and paths are told apart");
}

int main(void)
{
	for (enum abi abi = 0; abi < ABI_COUNT; abi++)
		test_kernel_headers(abi);
	test_numbers_are_unique();
	test_rows_are_used();
	test_numbers_find_their_rows();
	test_unknown_numbers_find_nothing();
	test_arm_private();
	test_rows_make_sense();
	test_plain_rows_are_empty();
	test_known_calls();
	test_conditions();
	test_features();
	test_flags_and_paths();
	return unit_end();
}
