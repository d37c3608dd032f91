/* SPDX-License-Identifier: MIT */
/* What is remembered, and how it is known to be true still. */
#include "program/known.h"

#include "program/stamp.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENTRIES	   16
#define PLACES_MAX 4
#define NAME_SIZE  128

/* Far more than what two changes may have in common. */
#define REST 1 /* seconds */

static struct entry {
	uint64_t view; /* its number; 0: nothing is here */
	char name[NAME_SIZE];
	struct program_file file;
	struct guest_path guest;
	struct trail trail;
	struct stamp stamps[PLACES_MAX];
} entries[ENTRIES];

static struct entry *entry_of(const char *name)
{
	unsigned int hash = 0;

	for (const char *c = name; *c != '\0'; c++)
		hash = hash * 31 + (unsigned char)*c;
	return &entries[hash % ENTRIES];
}

/* Not what is unused of so much room. */
static void file_copy(struct program_file *to, const struct program_file *from)
{
	text_copy(&to->path.text, &from->path.text);
	to->status = from->status;
	memcpy(&to->image, &from->image,
		offsetof(struct elf_image, segments) +
			from->image.count * sizeof(from->image.segments[0]));
	to->image.interpreter_size = from->image.interpreter_size;
	if (from->image.interpreter_size > 0)
		memcpy(to->image.interpreter, from->image.interpreter,
			from->image.interpreter_size + 1);
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

static bool leads_there_still(const struct entry *entry)
{
	const struct stamp *stamp = entry->stamps;
	struct stat status;

	for (const char *place = first_place(&entry->trail); place;
		place = next_place(&entry->trail, place))
		if (stat(place, &status) < 0 || !stamp_is_of(stamp++, &status))
			return false;
	return true;
}

bool known_is(const struct program_file *file, const struct stat *status)
{
	const struct stamp own = stamp_of(&file->status);

	return stamp_is_of(&own, status);
}

bool known_find(const struct view *view, const char *name,
	struct program_file *file, struct guest_path *guest)
{
	struct entry *entry = entry_of(name);

	if (entry->view != view->number || strcmp(entry->name, name) != 0)
		return false;
	if (!leads_there_still(entry)) {
		entry->view = 0;
		return false;
	}
	file_copy(file, &entry->file);
	text_copy(&guest->text, &entry->guest.text);
	return true;
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

void known_add(const struct view *view, const char *name,
	const struct program_file *file, const struct guest_path *guest,
	const struct trail *trail, const struct timespec *began)
{
	struct entry *entry = entry_of(name);

	if (trail->is_partial || strlen(name) >= NAME_SIZE ||
		!has_rested(&file->status, began))
		return;
	entry->view = 0;
	if (!read_stamps(trail, entry->stamps, began))
		return;
	strcpy(entry->name, name);
	file_copy(&entry->file, file);
	text_copy(&entry->guest.text, &guest->text);
	entry->trail = *trail;
	entry->view = view->number;
}
