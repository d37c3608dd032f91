/* SPDX-License-Identifier: MIT */
/* Names, counts and intents of bodies. */
#include "emulate/intents.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT_SUFFIX ".count"

/* --- names and texts --- */

int body_text(const struct body *b, struct text *text)
{
	text_copy(text, &b->directory.text);
	return path_join(text, b->base, strlen(b->base));
}

/* Where the file itself is, in the store. */
static int body_file(const struct body *b, char *file)
{
	ssize_t size;
	char *slash;

	if (b->kind == BODY_NEW) {
		strcpy(file, b->base);
		return 0;
	}
	size = readlinkat(b->store, b->base, file, TEXT_MAX - 1);
	if (size < 0)
		return -errno;
	file[size] = '\0';
	slash = strrchr(file, '/');
	if (slash)
		memmove(file, slash + 1, strlen(slash));
	return strlen(file) > NAME_MAX ? -ENAMETOOLONG : 0;
}

enum presence body_presence(const struct body *b, const char *name)
{
	char text[TEXT_MAX];
	ssize_t size = readlink(name, text, sizeof(text) - 1);
	const char *base;

	if (size < 0)
		return GONE;
	text[size] = '\0';
	base = strrchr(text, '/');
	return strcmp(base ? base + 1 : text, b->base) == 0 ? THERE : GONE;
}

bool parent_stat(const char *name, struct stat *status)
{
	struct text parent;

	return text_set(&parent, name, strlen(name)) == 0 &&
	       (path_remove_last(&parent), stat(parent.bytes, status) == 0);
}

/* Replace, or make, the symlink BASE of the store. */
static int put_symlink(const struct body *b, const char *text, const char *base)
{
	unlinkat(b->store, FRESH, 0);
	if (symlinkat(text, b->store, FRESH) < 0 ||
		renameat(b->store, FRESH, b->store, base) < 0)
		return -errno;
	return 0;
}

/* --- counts --- */

static void count_name(const struct body *b, char *name)
{
	snprintf(name, NAME_MAX + 1, "%.200s" COUNT_SUFFIX, b->base);
}

unsigned long count_read(const struct body *b)
{
	char name[NAME_MAX + 1];
	char text[TEXT_MAX];
	ssize_t size;

	if (b->kind == BODY_OLD) {
		if (body_file(b, text) < 0 ||
			body_kind(text, strlen(text)) != BODY_OLD_FILE)
			return COUNT_UNKNOWN;
		return strtoul(strrchr(text, '.') + 1, NULL, 10);
	}
	count_name(b, name);
	size = readlinkat(b->store, name, text, sizeof(text) - 1);
	if (size <= 0)
		return COUNT_UNKNOWN;
	text[size] = '\0';
	return strtoul(text, NULL, 10);
}

/*
 * The older convention has the count in the file's name. Twice is as good as
 * once: whoever was killed half-way left the file by one of both names.
 */
static void count_write_old(
	const struct body *b, unsigned long before, unsigned long count)
{
	char from[NAME_MAX + 1];
	char to[NAME_MAX + 1];
	struct text text;

	snprintf(from, sizeof(from), "%.250s.%04lu", b->base, before);
	snprintf(to, sizeof(to), "%.250s.%04lu", b->base, count);
	if (count == 0) {
		unlinkat(b->store, from, 0);
		unlinkat(b->store, b->base, 0);
		return;
	}
	renameat(b->store, from, b->store, to);
	text_copy(&text, &b->directory.text);
	if (path_join(&text, to, strlen(to)) == 0)
		put_symlink(b, text.bytes, b->base);
}

void count_write(
	const struct body *b, unsigned long before, unsigned long count)
{
	char name[NAME_MAX + 1];
	char text[32];

	if (b->kind == BODY_OLD) {
		count_write_old(b, before, count);
		return;
	}
	count_name(b, name);
	snprintf(text, sizeof(text), "%lu", count);
	if (count > 0) {
		put_symlink(b, text, name);
	} else {
		unlinkat(b->store, b->base, 0);
		unlinkat(b->store, name, 0);
	}
}

/* --- intents --- */

int intent_write(const struct body *b, struct intent *intent)
{
	char text[TEXT_MAX];
	struct stat parent = {0};
	int size;

	parent_stat(intent->path, &parent);
	intent->device = (unsigned long)parent.st_dev;
	intent->inode = (unsigned long)parent.st_ino;
	size = snprintf(text, sizeof(text), "%c %s %lu %lx %lu %s",
		intent->operation, b->base, intent->count, intent->device,
		intent->inode, intent->path);
	if (size >= (int)sizeof(text))
		return -ENAMETOOLONG;
	return symlinkat(text, b->store, INTENT) < 0 ? -errno : 0;
}

void intent_strike(const struct body *b)
{
	unlinkat(b->store, INTENT, 0);
}

bool body_is_plain(const struct body *b)
{
	struct stat status;

	return fstatat(b->store, b->base, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       !S_ISDIR(status.st_mode) && !S_ISLNK(status.st_mode);
}

/*
 * A body was to be made. If its file came, and the name did not: that was
 * between the two renames of make_by_renames(), so it goes back.
 */
static void settle_make(const struct body *b, const struct intent *intent,
	enum presence presence)
{
	struct stat status;

	if (presence == THERE || (presence == UNKNOWN && body_is_plain(b)))
		return;
	if (body_is_plain(b) && (lstat(intent->path, &status) == 0 ||
					renameat(b->store, b->base, AT_FDCWD,
						intent->path) < 0))
		return; /* left over, rather than lost */
	count_write(b, 1, 0);
}

/* The file is there again by its name, or still in the store. */
static void settle_fold(const struct body *b)
{
	if (!body_is_plain(b))
		count_write(b, 1, 0);
}

void intent_settle(const struct body *b, const struct intent *intent,
	enum presence presence)
{
	unsigned long before = intent->count;

	switch (intent->operation) {
	case OP_MAKE:
		settle_make(b, intent, presence);
		break;
	case OP_ADD:
		if (presence != GONE)
			count_write(b, before, before + 1);
		break;
	case OP_REMOVE:
		if (presence == GONE)
			count_write(b, before, before - 1);
		break;
	case OP_FOLD:
		settle_fold(b);
		break;
	}
}

void intent_recover(int store, const struct host_path *directory, char *text)
{
	struct body b = {.store = store};
	struct intent intent;
	struct stat parent;
	char operation;
	int at = 0;

	text_copy(&b.directory.text, &directory->text);
	sscanf(text, "%c %255s %lu %lx %lu %n", &operation, b.base,
		&intent.count, &intent.device, &intent.inode, &at);
	b.kind = body_kind(b.base, strlen(b.base));
	if (at > 0 && (b.kind == BODY_NEW || b.kind == BODY_OLD)) {
		intent.operation = (enum operation)operation;
		intent.path = text + at;
		intent_settle(&b, &intent,
			parent_stat(intent.path, &parent) &&
					parent.st_dev == intent.device &&
					parent.st_ino == intent.inode
				? body_presence(&b, intent.path)
				: UNKNOWN);
	}
	unlinkat(store, FRESH, 0);
	intent_strike(&b);
}
