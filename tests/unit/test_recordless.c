/* SPDX-License-Identifier: MIT */
/* Unit tests of what is kept from run to run, whatever is in its place. */

#include "emulate/recordless.h"

#include "emulate/settled.h"
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FAR (SETTLED_COUNT - 1)

static char base[] = "/tmp/recordless.XXXXXX";
static uint64_t table[SETTLED_COUNT];

/* Paths below the base are short. */
static const char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", base, name);
	return path;
}

#define DIRECTORY "cache/proot"
#define KEPT	  DIRECTORY "/recordless"

static mode_t mode_of(const char *name)
{
	struct stat status;

	return lstat(path_of(name), &status) == 0 ? status.st_mode : 0;
}

static void save(size_t place, uint64_t word)
{
	memset(table, 0, sizeof(table));
	table[place] = word;
	recordless_save(table);
}

static bool loads(size_t place, uint64_t word)
{
	memset(table, 0, sizeof(table));
	recordless_load(table);
	return table[place] == word;
}

static void write_bytes(const char *name, const void *bytes, size_t size)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (fd < 0 || write(fd, bytes, size) != (ssize_t)size)
		exit(1);
	close(fd);
}

static off_t size_of(const char *name)
{
	struct stat status;

	return stat(path_of(name), &status) == 0 ? status.st_size : -1;
}

static void test_words(void)
{
	struct stat status;

	check(loads(0, 0), "nothing is known before the first run");
	save(1, 11);
	check((mode_of("cache") & 07777) == 0700 &&
			(mode_of(DIRECTORY) & 07777) == 0700 &&
			(mode_of(KEPT) & 07777) == 0600,
		"missing directories are made for the user alone");
	save(FAR, 12);
	check(loads(1, 11) && table[FAR] == 12,
		"what two runs have kept is there for the third");
	check(stat(path_of(KEPT), &status) == 0 &&
			status.st_blocks * 512 < SETTLED_COUNT,
		"the file is mostly a hole");
	save(1, 13);
	check(loads(1, 13) && table[2] == 0, "the last run counts");
	memset(table, 0, sizeof(table));
	table[2] = 14;
	recordless_load(table);
	check(table[1] == 13 && table[2] == 14,
		"what this run has found out stays");
}

static void test_damage(void)
{
	const uint64_t words[] = {1, 2, 3};
	const char other[] = "somebody else's";

	write_bytes(KEPT, words, sizeof(words) - 1);
	check(loads(1, 2) && table[4] == 0, "a file that is cut is read");
	save(5, 6);
	check(loads(5, 6) && table[1] == 2, "and completed");

	unlink(path_of(KEPT));
	write_bytes("other", other, sizeof(other));
	if (symlink("../../other", path_of(KEPT)) < 0)
		exit(1);
	check(loads(0, 0), "a symlink is not read");
	save(0, 7);
	check(size_of("other") == sizeof(other), "nor written through");

	unlink(path_of(KEPT));
	if (mkfifo(path_of(KEPT), 0600) < 0)
		exit(1);
	save(0, 7);
	check(loads(0, 0), "a FIFO keeps nobody waiting");

	unlink(path_of(KEPT));
	if (mkdir(path_of(KEPT), 0700) < 0)
		exit(1);
	save(0, 7);
	check(loads(0, 0), "a directory is left alone");
	rmdir(path_of(KEPT));
}

static void test_nowhere(void)
{
	rmdir(path_of(DIRECTORY));
	rmdir(path_of("cache"));
	write_bytes("cache", "", 0);
	save(0, 7);
	check(loads(0, 0), "without a directory nothing is kept");
}

int main(void)
{
	if (!mkdtemp(base))
		return 1;
	recordless_set_up(NULL);
	check(!recordless_can_be_kept(), "without a cache nothing can be kept");
	recordless_set_up(strdup(path_of("cache")));
	check(recordless_can_be_kept(), "with one it can");
	test_words();
	test_damage();
	test_nowhere();
	unlink(path_of("cache"));
	unlink(path_of("other"));
	rmdir(base);
	return unit_end();
}
