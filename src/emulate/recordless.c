/* SPDX-License-Identifier: MIT */
/* The table in the file, part by part: most is a hole, and stays one. */
#include "emulate/recordless.h"

#include "emulate/settled.h"

#include <fcntl.h>
#include <linux/stat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define PART_WORDS 512
#define PART_SIZE  (PART_WORDS * sizeof(uint64_t))
#define PARTS	   (SETTLED_COUNT / PART_WORDS)

_Static_assert(SETTLED_COUNT % PART_WORDS == 0, "there is no rest");

/* To ask for fewer takes no longer than to keep them. */
#define WORTH_KEEPING 128

static struct {
	uint64_t *table; /* null: there is none */
	struct local *local;
	int64_t calm; /* when it was asked last */
	bool knows_earlier_runs;
	unsigned int asked; /* up to SETTLED_MANY */
	uint64_t added;	    /* by the tracer */
} known;

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

/* --- in this run --- */

void recordless_use(uint64_t *table, struct local *local)
{
	known.table = table;
	known.local = local;
}

void recordless_begin(const struct view *view)
{
	static struct local local;

	local_find(&local, view);
	recordless_use(calloc(SETTLED_COUNT, sizeof(uint64_t)), &local);
}

/* Who asks statx(2) for no time of change may get none. */
static bool may_be_known(const struct statx *attributes)
{
	return known.table && (attributes->stx_mask & STATX_CTIME);
}

static struct settled_file file_of(const struct statx *attributes)
{
	const struct statx_timestamp *changed = &attributes->stx_ctime;

	return (struct settled_file){
		makedev(attributes->stx_dev_major, attributes->stx_dev_minor),
		attributes->stx_ino, {changed->tv_sec, changed->tv_nsec}};
}

bool recordless_is(const struct statx *attributes)
{
	const struct settled_file file = file_of(attributes);

	if (!may_be_known(attributes))
		return false;
	if (known.asked < SETTLED_MANY && ++known.asked == SETTLED_MANY)
		recordless_fetch();
	local_settle(known.local);
	known.calm = local_calm(known.local);
	return settled_has_none(known.table, known.local, &file);
}

void recordless_note(const struct statx *attributes)
{
	const struct settled_file file = file_of(attributes);

	if (may_be_known(attributes) &&
		settled_note(known.table, known.local, &file, known.calm))
		known.added++;
}

void recordless_fetch(void)
{
	if (known.knows_earlier_runs || !recordless_can_be_kept())
		return;
	known.knows_earlier_runs = true;
	recordless_load(known.table);
}

void recordless_end(uint64_t added)
{
	if (known.knows_earlier_runs && known.added + added >= WORTH_KEEPING)
		recordless_save(known.table);
}
