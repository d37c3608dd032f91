/* SPDX-License-Identifier: MIT */
/* Counting the processes that run a file. */
#include "emulate/busy.h"

#include <stdlib.h>

#define BUCKETS 256

struct busy {
	struct busy *next;
	struct file_id file;
	unsigned int count;
};

static struct busy *table[BUCKETS];

static struct busy **find(const struct file_id *file)
{
	struct busy **at = &table[file->inode % BUCKETS];

	while (*at && ((*at)->file.inode != file->inode ||
			      (*at)->file.device != file->device))
		at = &(*at)->next;
	return at;
}

void busy_add(const struct file_id *file)
{
	struct busy **at = find(file);

	if (file->inode == 0)
		return;
	if (!*at) {
		struct busy *entry = calloc(1, sizeof(*entry));

		if (!entry)
			return; /* a write will not be refused: no more */
		entry->file = *file;
		*at = entry;
	}
	(*at)->count++;
}

void busy_remove(const struct file_id *file)
{
	struct busy **at = find(file);
	struct busy *entry = *at;

	if (!entry || --entry->count > 0)
		return;
	*at = entry->next;
	free(entry);
}

bool busy_is(const struct file_id *file)
{
	return *find(file) != NULL;
}
