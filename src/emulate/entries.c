/* SPDX-License-Identifier: MIT */
/* Changing the entries of getdents(2) in place. */
#include "emulate/entries.h"

#include "view/body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define TYPE_LINK 10 /* DT_LNK */

/* Where things are in an entry; see entry_make() of emulate/listing.c. */
#define AT_LENGTH 16
#define AT_TYPE	  18 /* the 64-bit one; otherwise at the end */

struct listed {
	struct call *call;
	struct host_path directory; /* empty: not asked for yet */
	bool is_64;
};

static char *type_of(const struct listed *l, char *entry, uint16_t length)
{
	return entry + (l->is_64 ? AT_TYPE : length - 1);
}

/* A symlink: could it be a name of an emulated link? Then it is a file. */
static void show_link(struct listed *l, char *entry, char *type)
{
	const char *name = entry + (l->is_64 ? AT_TYPE + 1 : AT_TYPE);
	struct host_path path;
	struct host_path body;
	struct stat status;
	unsigned long inode;

	if (l->directory.text.length == 0 &&
		viewer_host_path(&l->call->task->viewer,
			(int)l->call->arguments[0], &l->directory) < 0)
		viewer_proc_path(&l->call->task->viewer,
			(int)l->call->arguments[0], &l->directory);
	text_copy(&path.text, &l->directory.text);
	if (path_join(&path.text, name, strlen(name)) < 0 ||
		!body_of_name(&path, &body) ||
		lstat(body.text.bytes, &status) < 0)
		return;
	inode = (unsigned long)status.st_ino;
	memcpy(entry, &inode, sizeof(inode));
	*type = (char)((status.st_mode & S_IFMT) >> 12);
}

static bool is_shown(const struct listed *l, const char *entry)
{
	const char *name = entry + (l->is_64 ? AT_TYPE + 1 : AT_TYPE);

	return !body_is_hidden(name, strlen(name));
}

/* The size of what is left. */
static size_t show(struct listed *l, char *entries, size_t size)
{
	size_t kept = 0;
	uint16_t length;

	for (size_t at = 0; at + AT_TYPE < size; at += length) {
		char *entry = entries + at;
		char *type;

		memcpy(&length, entry + AT_LENGTH, sizeof(length));
		if (length <= AT_TYPE || at + length > size)
			break;
		type = type_of(l, entry, length);
		if (*type == TYPE_LINK)
			show_link(l, entry, type);
		if (!is_shown(l, entry))
			continue;
		memmove(entries + kept, entry, length);
		kept += length;
	}
	return kept;
}

void entries_show(struct call *call)
{
	struct listed l = {.call = call,
		.is_64 = call->row->handler == HANDLER_getdents64};
	size_t size = (size_t)call->result;
	char *entries = malloc(size);
	uint64_t address = call->arguments[1];

	if (entries && guest_read(call->task, address, entries, size) == 0) {
		size = show(&l, entries, size);
		if (size > 0 &&
			guest_write(call->task, address, entries, size) < 0)
			call->result = -EFAULT;
		else
			call->result = (long)size;
		call->starts_again = size == 0;
	}
	free(entries);
}
