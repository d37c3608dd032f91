/* SPDX-License-Identifier: MIT */
/* A program may use any address, also those that somebody has put things at. */
/*
 * Natively nothing is there. Where a guest maps, unmaps or protects what serves
 * its calls, its memory is its own and its calls are still right. (An old
 * kernel's tracer cannot tell what a guest may write to.)
 */
// rows: stat open
// not: old-kernel
#include "hot.h"

#ifdef __x86_64__

#define MIB (1ul << 20)

static const struct range ranges[] = {
	{0x554000100000, 0x554000200000},
	{0x554000200000, 0x554000210000},
	{0x554000210000, 0x554000260000},
	{0x554000260000, 0x554000360000},
	{0x554000360000, 0x5540003e0000},
	{0x5540003e0000, 0x554000400000},
	{0x5540000f0000, 0x554000400000},
	{0x553000000000, 0x555000000000},
};

static void *map(const struct range *range, int protection)
{
	return mmap((void *)range->start, range->end - range->start, protection,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0);
}

static void calls_are_right(void)
{
	for (int i = 0; i < 20; i++)
		EQUAL(0, known_calls() + known_open());
}

/* Marks each page of at most a MiB, or looks whether the marks are there. */
static bool marks(const struct range *range, bool sets)
{
	for (uintptr_t at = range->start;
		at < range->end && at < range->start + MIB; at += 4096) {
		if (sets)
			memset((void *)at, 0x5a, 4096);
		else if (*(char *)at != 0x5a || *(char *)(at + 4095) != 0x5a)
			return false;
	}
	return true;
}

static const struct range *range;

static void mapped(void)
{
	const int both = PROT_READ | PROT_WRITE;

	HEAT known_calls();
	STEP(map(range, both) == (void *)range->start);
	marks(range, true);
	calls_are_right();
	STEP(marks(range, false));
	/* A path and a buffer in there are as good as any. */
	strcpy((char *)range->start, "known/file");
	WORKS(stat((char *)range->start, (void *)(range->start + 2048)));
	WORKS(readlink("known/link", (char *)range->start + 1024, 100));
	WORKS(munmap((void *)range->start, range->end - range->start));
	calls_are_right();
	FAILS(EFAULT, access((char *)range->start, F_OK));
}

static void forbidden(void)
{
	HEAT known_calls();
	STEP(map(range, PROT_NONE) == (void *)range->start);
	calls_are_right();
	FAILS(EFAULT, access((char *)range->start, F_OK));
	munmap((void *)range->start, range->end - range->start);
	calls_are_right();
}

static void unmapped(void)
{
	HEAT known_calls();
	WORKS(munmap((void *)range->start, range->end - range->start));
	calls_are_right();
	FAILS(EFAULT, access((char *)range->start, F_OK));
}

/* Natively ENOMEM: there is nothing that could be protected. */
static void protected(void)
{
	HEAT known_calls();
	mprotect((void *)range->start, range->end - range->start, PROT_NONE);
	calls_are_right();
}

static void dropped(void)
{
	HEAT known_calls();
	madvise((void *)range->start, range->end - range->start, MADV_DONTNEED);
	calls_are_right();
}

/* Where nothing is, a wish for an address is granted. */
static void wished(void)
{
	size_t size = range->end - range->start;

	HEAT known_calls();
	WORKS(munmap((void *)range->start, size));
	if (mmap((void *)range->start, size, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
		    0) != (void *)range->start)
		return;
	marks(range, true);
	calls_are_right();
	STEP(marks(range, false));
}

static char maps_before[65536];
static char maps_after[65536];

static void read_maps(char maps[65536])
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t size;

	WORKS(fd);
	while ((size = read(fd, maps + used, 65535 - used)) > 0)
		used += (size_t)size;
	maps[used] = '\0';
	WORKS(close(fd));
}

/* What has come into the memory by itself is taken away, too. */
static void robbed(void)
{
	uintptr_t start;
	uintptr_t end;
	char key[32];

	HEAT known_calls();
	read_maps(maps_before);
	WORKS(munmap((void *)range->start, range->end - range->start));
	calls_are_right();
	read_maps(maps_after);
	for (char *line = maps_after; line && *line;
		line = strchr(line, '\n')) {
		line += *line == '\n';
		if (sscanf(line, "%lx-%lx rw-p", &start, &end) != 2)
			continue;
		snprintf(key, sizeof(key), "%lx-", start);
		if (!strstr(maps_before, key))
			WORKS(munmap((void *)start, end - start));
	}
	calls_are_right();
}

/* All of this in children: they begin with what their parent has. */
int main(void)
{
	known_make();
	for (size_t i = 0; i < ARRAY_COUNT(ranges); i++) {
		range = &ranges[i];
		child_passes(mapped);
		child_passes(forbidden);
		child_passes(unmapped);
		child_passes(protected);
		child_passes(dropped);
		child_passes(wished);
		child_passes(robbed);
	}
	return 0;
}

#else

int main(void)
{
	probe_skip("written for x86-64");
}

#endif
