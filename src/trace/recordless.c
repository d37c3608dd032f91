/* SPDX-License-Identifier: MIT */
/* Part by part: most of the file is a hole, and stays one. */
#include "trace/recordless.h"

#include "agent/layout.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_WORDS 512
#define PART_SIZE  (PART_WORDS * sizeof(uint64_t))
#define PARTS	   (SETTLED_COUNT / PART_WORDS)

_Static_assert(SETTLED_COUNT % PART_WORDS == 0, "there is no rest");

static struct {
	char *cache;
	char *directory;
	char *file;
} kept;

void recordless_set_up(char *cache)
{
	if (!cache)
		return;
	kept.cache = cache;
	if (asprintf(&kept.directory, "%s/proot", cache) < 0)
		kept.directory = NULL;
	if (asprintf(&kept.file, "%s/proot/recordless", cache) < 0)
		kept.file = NULL;
}

bool recordless_can_be_kept(void)
{
	return kept.cache && kept.directory && kept.file;
}

/* What belongs to others, or is no file, is left alone. */
static int open_kept(int flags)
{
	struct stat status;
	int fd = open(
		kept.file, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);

	if (fd < 0 || (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
			      status.st_uid == geteuid()))
		return fd;
	close(fd);
	return -1;
}

/* Where the file ends, or cannot be read, there is nothing. */
static void read_part(int fd, unsigned int part, uint64_t words[PART_WORDS])
{
	ssize_t size = pread(fd, words, PART_SIZE, (off_t)(part * PART_SIZE));
	size_t read = size < 0 ? 0 : (size_t)size;

	memset((char *)words + read, 0, PART_SIZE - read);
}

/* What FROM has goes to TO; words that are the same are not written. */
static bool add_words(uint64_t *to, const uint64_t *from)
{
	bool has_changed = false;

	for (unsigned int i = 0; i < PART_WORDS; i++)
		if (from[i] != 0 && from[i] != to[i]) {
			to[i] = from[i];
			has_changed = true;
		}
	return has_changed;
}

void recordless_load(uint64_t *table)
{
	uint64_t words[PART_WORDS];
	int fd = open_kept(O_RDONLY);

	if (fd < 0)
		return;
	for (unsigned int part = 0; part < PARTS; part++) {
		read_part(fd, part, words);
		add_words(table + part * PART_WORDS, words);
	}
	close(fd);
}

void recordless_save(const uint64_t *table)
{
	uint64_t words[PART_WORDS];
	ssize_t size = PART_SIZE;
	int fd;

	mkdir(kept.cache, 0700);
	mkdir(kept.directory, 0700);
	fd = open_kept(O_RDWR | O_CREAT);
	if (fd < 0)
		return;
	for (unsigned int part = 0; part < PARTS && size == PART_SIZE; part++) {
		read_part(fd, part, words);
		if (add_words(words, table + part * PART_WORDS))
			size = pwrite(fd, words, PART_SIZE,
				(off_t)(part * PART_SIZE));
	}
	close(fd);
}
