/* SPDX-License-Identifier: MIT */
/* What is remembered, and how it is known to be true still. */
#include "program/linker.h"

#include "view/kernel.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES	   4
#define PLACES_MAX 4
#define NAME_SIZE  128

/* Far more than what two changes may have in common. */
#define REST 1 /* seconds */

/* Stays the same as long as nothing is changed in a directory, or file. */
struct stamp {
	dev_t device;
	ino_t inode;
	struct timespec changed;
};

static struct entry {
	uint64_t view; /* its number; 0: nothing is here */
	char name[NAME_SIZE];
	struct program_file linker;
	struct trail trail;
	struct stamp stamps[PLACES_MAX];
} entries[ENTRIES];

static struct stamp stamp_of(const struct stat *status)
{
	return (struct stamp){status->st_dev, status->st_ino, status->st_ctim};
}

static bool stamps_equal(const struct stamp *a, const struct stamp *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->changed.tv_sec == b->changed.tv_sec &&
	       a->changed.tv_nsec == b->changed.tv_nsec;
}

/* Not what is unused of so much room. */
static void file_copy(struct program_file *to, const struct program_file *from)
{
	text_copy(&to->path.text, &from->path.text);
	to->status = from->status;
	memcpy(&to->image, &from->image,
		offsetof(struct elf_image, segments) +
			from->image.count * sizeof(from->image.segments[0]));
	to->image.interpreter_size = 0;
}

/* Answers how many directories there are, or -1. */
static int read_stamps(const struct trail *trail, struct stamp *stamps)
{
	const char *place = trail->bytes;
	struct stat status;
	int count = 0;

	while (place < trail->bytes + trail->used) {
		if (count == PLACES_MAX || stat(place, &status) < 0)
			return -1;
		stamps[count++] = stamp_of(&status);
		place += strlen(place) + 1;
	}
	return count;
}

static bool is_true_still(const struct entry *entry)
{
	const struct stamp own = stamp_of(&entry->linker.status);
	struct stamp stamps[PLACES_MAX + 1];
	struct stat status;
	int count = read_stamps(&entry->trail, stamps);

	if (count < 0 || lstat(entry->linker.path.text.bytes, &status) < 0)
		return false;
	for (int i = 0; i < count; i++)
		if (!stamps_equal(&stamps[i], &entry->stamps[i]))
			return false;
	stamps[0] = stamp_of(&status);
	return stamps_equal(&stamps[0], &own);
}

int linker_recall(
	const struct view *view, const char *name, struct program_file *linker)
{
	for (struct entry *entry = entries; entry < entries + ENTRIES;
		entry++) {
		if (entry->view != view->number ||
			strcmp(entry->name, name) != 0)
			continue;
		if (!is_true_still(entry)) {
			entry->view = 0;
			break;
		}
		file_copy(linker, &entry->linker);
		return (int)kernel_access(linker->path.text.bytes, X_OK);
	}
	return -ENOENT;
}

static bool has_rested(const struct stamp *stamp, const struct timespec *now)
{
	return stamp->changed.tv_sec < now->tv_sec - REST;
}

void linker_remember(const struct view *view, const char *name,
	const struct program_file *linker, const struct trail *trail,
	const struct timespec *began)
{
	static unsigned int next;
	struct entry *entry = &entries[next];
	struct stamp own = stamp_of(&linker->status);
	int count;

	if (trail->is_partial || strlen(name) >= NAME_SIZE ||
		!has_rested(&own, began))
		return;
	count = read_stamps(trail, entry->stamps);
	for (int i = 0; i < count; i++)
		if (!has_rested(&entry->stamps[i], began))
			count = -1;
	entry->view = 0;
	if (count < 0)
		return;
	strcpy(entry->name, name);
	file_copy(&entry->linker, linker);
	entry->trail = *trail;
	entry->view = view->number;
	next = (next + 1) % ENTRIES;
}
