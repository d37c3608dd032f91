/* SPDX-License-Identifier: MIT */
/* What the agent-*.c probes share: call sites that are used often. */
/*
 * What serves calls faster than by stops learns call sites by their use. These
 * probes therefore repeat a call before they look at what is hard about it, and
 * know the program's text: nobody may ever see a program counter outside it.
 */
#ifndef HOT_H
#define HOT_H

#include "probe.h"

#include <sys/uio.h>
#include <ucontext.h>

/* How often a call site has been used when it surely counts as hot. */
#define HOT 200

/*
 * So often, or less where each call stops anyway and no site is ever hot, and
 * on an emulated machine, where that takes fifty times as long.
 */
static inline int effort(int times)
{
	const char *mode = getenv("MODE");

	if (getenv("PROOT_TEST_EMULATED"))
		return times / 16;
	if (mode && (strcmp(mode, "no-seccomp") == 0 ||
			    strcmp(mode, "old-kernel") == 0))
		return times / 8;
	return times;
}

/* Repeats what follows until its call sites are hot. */
#define HEAT for (volatile int heat_ = 0; heat_ < effort(HOT); heat_++)

#define ARRAY_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#if defined(__x86_64__)
#define CONTEXT_PC(context)                                                    \
	((uintptr_t)((ucontext_t *)(context))->uc_mcontext.gregs[REG_RIP])
#define CONTEXT_SP(context)                                                    \
	((uintptr_t)((ucontext_t *)(context))->uc_mcontext.gregs[REG_RSP])
#elif defined(__aarch64__)
#define CONTEXT_PC(context)                                                    \
	((uintptr_t)((ucontext_t *)(context))->uc_mcontext.pc)
#define CONTEXT_SP(context)                                                    \
	((uintptr_t)((ucontext_t *)(context))->uc_mcontext.sp)
#endif

/* --- The program's text -------------------------------------------------- */

struct range {
	uintptr_t start;
	uintptr_t end;
};

static struct range text_ranges[32];
static size_t text_count;

/* Executable mappings as they are now: the program, its libraries, the vdso. */
static inline void text_learn(void)
{
	static char maps[65536];
	size_t size = 0;
	ssize_t got;
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	while ((got = read(fd, maps + size, sizeof(maps) - 1 - size)) > 0)
		size += (size_t)got;
	close(fd);
	maps[size] = '\0';
	text_count = 0;
	for (char *line = maps; line && *line;) {
		struct range range;
		char mode[5];

		if (sscanf(line, "%lx-%lx %4s", &range.start, &range.end,
			    mode) == 3 &&
			mode[2] == 'x' && text_count < ARRAY_COUNT(text_ranges))
			text_ranges[text_count++] = range;
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
}

static inline bool text_holds(uintptr_t address)
{
	for (size_t i = 0; i < text_count; i++)
		if (address >= text_ranges[i].start &&
			address < text_ranges[i].end)
			return true;
	return false;
}

/* --- Slots --------------------------------------------------------------- */

/*
 * Of what serves calls in this process, how many parts are in use; 0 where
 * nothing does. loader/agent/layout.h: 64 locks of 32 bytes.
 */
static inline int slots_in_use(void)
{
	static uint64_t locks[64][4];
	struct iovec here = {locks, sizeof(locks)};
	struct iovec there = {(void *)0x55400025f000, sizeof(locks)};
	int count = 0;

	memset(locks, 0, sizeof(locks));
	process_vm_readv(getpid(), &here, 1, &there, 1, 0);
	for (size_t i = 0; i < ARRAY_COUNT(locks); i++)
		count += locks[i][0] != 0;
	return count;
}

/* --- Work whose result is known ------------------------------------------ */

static char known_place[256];

/*
 * One of six path calls that have one right answer each, in a directory that
 * known_make() has filled. Is the answer wrong? Safe in handlers of signals.
 */
static inline int known_call(unsigned int which)
{
	int error_number = errno;
	struct stat status;
	char text[256];
	bool right;

	switch (which % 6) {
	case 0:
		right = stat("known/file", &status) == 0 && status.st_size == 6;
		break;
	case 1:
		right = stat("/proc/self/cwd/known/none", &status) == -1 &&
			errno == ENOENT;
		break;
	case 2:
		right = readlink("known/link", text, sizeof(text)) == 4 &&
			memcmp(text, "file", 4) == 0;
		break;
	case 3:
		right = access("known/link", R_OK) == 0;
		break;
	case 4:
		right = access("known/file/x", F_OK) == -1 && errno == ENOTDIR;
		break;
	default:
		right = getcwd(text, sizeof(text)) &&
			(known_place[0] == '\0' || /* after execve(2) */
				strcmp(text, known_place) == 0);
		break;
	}
	errno = error_number;
	return !right;
}

/* All but the last; how many answers are wrong. */
static inline int known_calls(void)
{
	int wrong = 0;

	for (unsigned int i = 0; i < 5; i++)
		wrong += known_call(i);
	return wrong;
}

/* The same with a descriptor, which a jump would leave open. */
static inline int known_open(void)
{
	char text[16];
	int error_number = errno;
	int fd = open("known/link", O_RDONLY | O_CLOEXEC);
	int wrong = fd < 0 || read(fd, text, sizeof(text)) != 6 ||
		    memcmp(text, "known\n", 6) != 0;

	wrong |= fd >= 0 && close(fd) < 0;
	errno = error_number;
	return wrong;
}

static inline void known_make(void)
{
	WORKS(mkdir("known", 0755));
	file_make("known/file", "known\n");
	WORKS(symlink("file", "known/link"));
	STEP(getcwd(known_place, sizeof(known_place)) != NULL);
	HEAT
	{
		EQUAL(0, known_calls() + known_call(5));
		EQUAL(0, known_open());
	}
}

/* --- A storm of signals --------------------------------------------------- */

static volatile int storm_handled;
static volatile int storm_strange;

static inline void storm_signal(int signal, siginfo_t *info, void *context)
{
	(void)info;
	(void)signal;
	storm_handled++;
	storm_strange += !text_holds(CONTEXT_PC(context)) +
			 known_call((unsigned int)storm_handled);
}

static inline void storm_set(int microseconds)
{
	const struct itimerval interval = {
		{0, microseconds}, {0, microseconds}};

	WORKS(setitimer(ITIMER_REAL, &interval, NULL));
}

/* So often a handler makes a path call, and looks where it has interrupted. */
static inline void storm_begin(int microseconds)
{
	struct sigaction action = {.sa_sigaction = storm_signal,
		.sa_flags = SA_SIGINFO | SA_RESTART};

	text_learn();
	WORKS(sigaction(SIGALRM, &action, NULL));
	storm_set(microseconds);
}

static inline void storm_end(void)
{
	storm_set(0);
	STEP(storm_handled > 0);
	EQUAL(0, storm_strange);
	EQUAL(0, slots_in_use());
}

#endif
