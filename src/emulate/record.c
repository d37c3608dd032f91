/* SPDX-License-Identifier: MIT */
/* Records in extended attributes, and in a file beside the root directory. */
#include "emulate/record.h"

#include "base/clock.h"
#include "base/log.h"
#include "emulate/recordless.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define LINE_SIZE  128 /* divides a page; holds key and text */
#define LINES_READ 64  /* at once */
#define BUCKETS	   256

/* --- one at a time --- */

#define TRACER	   1		      /* guests' numbers are larger */
#define PATIENCE   INT64_C(500000000) /* ns; a guest needs µs, if it runs */
#define NAP	   20000	      /* ns; the next one is twice as long */
#define NAP_MAX	   1000000
#define TRIALS_MAX 4 /* each has a quarter of the patience before */

static struct {
	uint64_t *lock; /* null: nobody else changes records */
	uint64_t *changes;
	bool (*free_idle)(uint64_t holder);
	unsigned int held;
	unsigned int trials; /* of patience, in vain */
} shared;

void record_share_changes(uint64_t *lock, uint64_t *changes)
{
	shared.lock = lock;
	shared.changes = changes;
}

void record_free_idle(bool (*free_idle)(uint64_t holder))
{
	shared.free_idle = free_idle;
}

/* As long as others come and go nobody is stuck, up to a limit. */
static bool wait_for_lock(int64_t patience)
{
	struct timespec nap = {0, NAP};
	int64_t end = clock_now() + patience;
	int64_t limit = end + 8 * patience;
	uint64_t holder = 0;

	while (!record_lock(shared.lock, TRACER)) {
		uint64_t seen = __atomic_load_n(shared.lock, __ATOMIC_RELAXED);

		if (clock_now() >= (seen == holder ? end : limit))
			return false;
		if (seen != holder) {
			end = clock_now() + patience;
			nap.tv_nsec = NAP;
		} else if (shared.free_idle && shared.free_idle(seen)) {
			continue;
		} else if (nap.tv_nsec < NAP_MAX) {
			nap.tv_nsec *= 2;
		}
		holder = seen;
		nanosleep(&nap, NULL);
	}
	return true;
}

/*
 * It can be written by all: who plays with it is waited for less and less, but
 * never so shortly that a guest that does run could lose it.
 */
void record_hold(void)
{
	if (shared.held++ > 0 || !shared.lock ||
		record_lock(shared.lock, TRACER))
		return;
	if (wait_for_lock(PATIENCE >> 2 * shared.trials)) {
		shared.trials = 0;
		return;
	}
	if (shared.trials < TRIALS_MAX)
		shared.trials++;
	__atomic_store_n(shared.lock, TRACER, __ATOMIC_SEQ_CST);
}

void record_release(void)
{
	if (--shared.held == 0 && shared.lock)
		record_unlock(shared.lock, TRACER);
}

/* --- the file beside the root directory --- */

/*
 * Never the same for two files, be they alive at different times: by the time
 * of birth. Without one, SECONDS is the device, and it counts for this run
 * only.
 */
struct key {
	uint64_t inode;
	int64_t seconds;
	uint32_t nanoseconds;
};

#define BIRTHLESS UINT32_MAX

struct entry {
	struct entry *next;
	struct key key;
	bool is_removed;
	struct record record;
};

static struct {
	char *path;
	int fd;	    /* -1: not there, or not yet */
	off_t read; /* so far */
	bool was_read;
	bool has_lists;
	struct entry *table[BUCKETS];
	struct record_summary *summary; /* null: nobody wants it */
} beside = {.fd = -1};

void record_set_up(const char *root)
{
	if (root && strcmp(root, "/") != 0 &&
		asprintf(&beside.path, "%s.proot-attributes", root) < 0)
		beside.path = NULL;
}

/* What is in memory only counts inodes, and never comes back to a number. */
static bool is_in_memory(const struct file *file)
{
	struct statfs system;
	struct file parent;

	if (!file->follows) { /* of a symlink, statfs(2) tells something else */
		if (file_parent(file, &parent) < 0)
			return false;
		file = &parent;
	}
	return statfs(file->path.text.bytes, &system) == 0 &&
	       (system.f_type == TMPFS_MAGIC || system.f_type == RAMFS_MAGIC);
}

/* tmpfs(5) has times of birth since Linux 6.0. */
static bool key_of(const struct file *file, const struct statx *attributes,
	struct key *key)
{
	key->inode = attributes->stx_ino;
	if (attributes->stx_mask & STATX_BTIME) {
		key->seconds = attributes->stx_btime.tv_sec;
		key->nanoseconds = attributes->stx_btime.tv_nsec;
		return true;
	}
	key->seconds = (int64_t)makedev(
		attributes->stx_dev_major, attributes->stx_dev_minor);
	key->nanoseconds = BIRTHLESS;
	return is_in_memory(file);
}

static struct entry **entry_find(const struct key *key)
{
	struct entry **at = &beside.table[key->inode % BUCKETS];

	while (*at && ((*at)->key.inode != key->inode ||
			      (*at)->key.seconds != key->seconds ||
			      (*at)->key.nanoseconds != key->nanoseconds))
		at = &(*at)->next;
	return at;
}

static void summary_add(struct record_summary *summary, uint64_t inode)
{
	unsigned int bit = record_bit(inode);

	summary->inodes[bit / 64] |= 1ull << bit % 64;
}

static void entry_set(
	const struct key *key, const struct record *record, bool is_removed)
{
	struct entry **at = entry_find(key);

	if (!*at)
		*at = calloc(1, sizeof(**at));
	if (!*at)
		return;
	(*at)->key = *key;
	(*at)->is_removed = is_removed;
	if (is_removed)
		return;
	(*at)->record = *record;
	if (beside.summary)
		summary_add(beside.summary, key->inode);
}

static void set_has_lists(void)
{
	beside.has_lists = true;
	if (beside.summary)
		beside.summary->has_lists = true;
}

#define NO_RECORD "-"
#define LISTS	  "lists" /* in the line of inode 0, which no file has */

/* "INODE SECONDS.NANOSECONDS RECORD" */
static void line_read(const char *line)
{
	unsigned long long inode;
	long long seconds;
	struct record record = {0};
	struct key key;
	char text[RECORD_SIZE];

	if (sscanf(line, "%llu %lld.%u %63s", &inode, &seconds,
		    &key.nanoseconds, text) != 4)
		return;
	key.inode = inode;
	key.seconds = seconds;
	if (inode == 0 && strcmp(text, LISTS) == 0)
		set_has_lists();
	else if (strcmp(text, NO_RECORD) == 0)
		entry_set(&key, NULL, true);
	else if (record_parse(text, S_IFREG, &record))
		entry_set(&key, &record, false);
}

/* Another proot may have written since we looked. */
static void beside_read(void)
{
	char lines[LINES_READ * LINE_SIZE];
	ssize_t size;

	beside.was_read = true;
	if (beside.fd < 0 && beside.path)
		beside.fd = open(beside.path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (beside.fd < 0)
		return;
	while ((size = pread(beside.fd, lines, sizeof(lines), beside.read)) >=
		LINE_SIZE) {
		size -= size % LINE_SIZE;
		for (ssize_t at = 0; at < size; at += LINE_SIZE) {
			lines[at + LINE_SIZE - 1] = '\0';
			line_read(lines + at);
		}
		beside.read += size;
	}
	if (beside.summary)
		beside.summary->size = (uint64_t)beside.read;
}

void record_share(struct record_summary *summary)
{
	beside.summary = summary;
	if (beside.path && strlen(beside.path) < sizeof(summary->path))
		strcpy(summary->path, beside.path);
	beside_read();
}

/* A full disk may have cut the last line: the next one starts where it would
 * have ended. */
static void pad_torn_line(void)
{
	static const char blank[LINE_SIZE];
	struct stat status;
	size_t torn = 0;

	if (fstat(beside.fd, &status) == 0)
		torn = (size_t)status.st_size % LINE_SIZE;
	if (torn > 0 && write(beside.fd, blank, LINE_SIZE - torn) < 0)
		log_debug(LOG_CALLS, "%s: %s", beside.path, strerror(errno));
}

static void beside_append(const struct key *key, const char *text)
{
	char line[LINE_SIZE + 1];
	int size = snprintf(line, sizeof(line), "%llu %lld.%09u %s",
		(unsigned long long)key->inode, (long long)key->seconds,
		key->nanoseconds, text);

	if (key->nanoseconds == BIRTHLESS)
		return;
	if (beside.fd < 0 && beside.path)
		beside.fd = open(beside.path,
			O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	if (beside.fd < 0 || size < 0 || size >= LINE_SIZE)
		return;
	memset(line + size, ' ', (size_t)(LINE_SIZE - size));
	pad_torn_line();
	line[LINE_SIZE - 1] = '\n';
	if (write(beside.fd, line, LINE_SIZE) != LINE_SIZE)
		log_warning("%s cannot be written: owners of symlinks, FIFOs "
			    "and sockets are remembered for this run only",
			beside.path);
	beside_read();
}

static bool beside_find(const struct file *file, const struct statx *attributes,
	struct record *record)
{
	struct entry *entry;
	struct key key;

	if (!key_of(file, attributes, &key))
		return false;
	beside_read();
	entry = *entry_find(&key);
	if (!entry || entry->is_removed)
		return false;
	*record = entry->record;
	if (S_ISREG(attributes->stx_mode) &&
		(S_ISCHR(record->mode) || S_ISBLK(record->mode)))
		return true;
	record->mode = (mode_t)((record->mode & 07777) |
				(attributes->stx_mode & S_IFMT));
	return true;
}

static int beside_write(const struct file *file, const struct statx *attributes,
	const struct record *record)
{
	char text[RECORD_SIZE];
	struct key key;

	if (!key_of(file, attributes, &key))
		return -EOPNOTSUPP;
	beside_read();
	record_print(record, text);
	entry_set(&key, record, false);
	beside_append(&key, text);
	return 0;
}

static void beside_remove(
	const struct file *file, const struct statx *attributes)
{
	struct key key;
	struct entry *entry;

	if (!key_of(file, attributes, &key))
		return;
	beside_read();
	entry = *entry_find(&key);
	if (!entry || entry->is_removed)
		return;
	entry->is_removed = true;
	beside_append(&key, NO_RECORD);
}

/* --- either --- */

static bool can_have_attributes(const struct statx *attributes)
{
	return S_ISREG(attributes->stx_mode) || S_ISDIR(attributes->stx_mode);
}

bool record_read(const struct file *file, const struct statx *attributes,
	struct record *record)
{
	char text[RECORD_SIZE];
	long size;

	if (!can_have_attributes(attributes))
		return beside_find(file, attributes, record);
	/* Whoever holds the lock may have looked at it before that. */
	if (recordless_is(attributes) && shared.held == 0)
		return false;
	size = file_get_attribute(
		file, RECORD_ATTRIBUTE, text, sizeof(text) - 1);
	if (size == -EOPNOTSUPP)
		return beside_find(file, attributes, record);
	if (size == -ENODATA)
		recordless_note(attributes);
	if (size <= 0)
		return false;
	text[size] = '\0';
	return record_parse(text, attributes->stx_mode, record);
}

/* After it: who looked before has seen how many there had been. */
static void note_change(void)
{
	if (shared.changes)
		__atomic_fetch_add(shared.changes, 1, __ATOMIC_RELEASE);
}

int record_write(const struct file *file, const struct statx *attributes,
	const struct record *record)
{
	char text[RECORD_SIZE];
	size_t size = record_print(record, text);
	int status = -EOPNOTSUPP;

	if (can_have_attributes(attributes))
		status = file_set_attribute(
			file, RECORD_ATTRIBUTE, text, size, 0);
	if (status == -EOPNOTSUPP)
		status = beside_write(file, attributes, record);
	note_change();
	return status;
}

int record_remove(const struct file *file, const struct statx *attributes)
{
	int status = -EOPNOTSUPP;

	if (can_have_attributes(attributes))
		status = file_remove_attribute(file, RECORD_ATTRIBUTE);
	if (status == -EOPNOTSUPP)
		beside_remove(file, attributes);
	note_change();
	return status == -EROFS ? status : 0;
}

void record_note_lists(void)
{
	static const struct key whole;

	if (!beside.has_lists)
		beside_append(&whole, LISTS);
	set_has_lists();
	note_change();
}

bool record_has_lists(void)
{
	if (!beside.was_read)
		beside_read();
	return beside.has_lists;
}
