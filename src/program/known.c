/* SPDX-License-Identifier: MIT */
/* What is remembered, and how it is known to be true still. */
#include "program/linker.h"

#include "program/stamp.h"
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

static struct entry {
	uint64_t view; /* its number; 0: nothing is here */
	char name[NAME_SIZE];
	struct program_file linker;
	struct trail trail;
	struct stamp stamps[PLACES_MAX];
} entries[ENTRIES];

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

/* The directory of a trail behind this one, or null. */
static const char *next_place(const struct trail *trail, const char *place)
{
	place += strlen(place) + 1;
	return place < trail->bytes + trail->used ? place : NULL;
}

static const char *first_place(const struct trail *trail)
{
	return trail->used > 0 ? trail->bytes : NULL;
}

static bool is_true_still(const struct entry *entry)
{
	const struct stamp own = stamp_of(&entry->linker.status);
	const struct stamp *stamp = entry->stamps;
	struct stat status;

	for (const char *place = first_place(&entry->trail); place;
		place = next_place(&entry->trail, place))
		if (stat(place, &status) < 0 || !stamp_is_of(stamp++, &status))
			return false;
	return lstat(entry->linker.path.text.bytes, &status) == 0 &&
	       stamp_is_of(&own, &status);
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

static bool has_rested(const struct stat *status, const struct timespec *now)
{
	return status->st_ctim.tv_sec < now->tv_sec - REST;
}

/* False: they have changed too lately, or there are too many. */
static bool read_stamps(const struct trail *trail, struct stamp *stamps,
	const struct timespec *began)
{
	size_t count = 0;
	struct stat status;

	for (const char *place = first_place(trail); place;
		place = next_place(trail, place)) {
		if (count == PLACES_MAX || stat(place, &status) < 0 ||
			!has_rested(&status, began))
			return false;
		stamps[count++] = stamp_of(&status);
	}
	return true;
}

void linker_remember(const struct view *view, const char *name,
	const struct program_file *linker, const struct trail *trail,
	const struct timespec *began)
{
	static unsigned int next;
	struct entry *entry = &entries[next];

	if (trail->is_partial || strlen(name) >= NAME_SIZE ||
		!has_rested(&linker->status, began))
		return;
	entry->view = 0;
	if (!read_stamps(trail, entry->stamps, began))
		return;
	strcpy(entry->name, name);
	file_copy(&entry->linker, linker);
	entry->trail = *trail;
	entry->view = view->number;
	next = (next + 1) % ENTRIES;
}
