/* SPDX-License-Identifier: MIT */
/* From names to bodies. Dual code. */
#include "view/body.h"

#include "view/kernel.h"

#include <errno.h>
#include <string.h>

#define MARK_SIZE   (sizeof(BODY_MARK) - 1)
#define DIGITS_SIZE 4

static bool ends_with_digits(const char *name, size_t size)
{
	if (size < MARK_SIZE + DIGITS_SIZE)
		return false;
	for (size_t i = size - DIGITS_SIZE; i < size; i++)
		if (name[i] < '0' || name[i] > '9')
			return false;
	return true;
}

static bool is_ours(const char *name, size_t size)
{
	if (size != BODY_SIZE ||
		memcmp(name, BODY_OURS, sizeof(BODY_OURS) - 1) != 0)
		return false;
	for (size_t i = sizeof(BODY_OURS) - 1; i < size; i++)
		if (!(name[i] >= '0' && name[i] <= '9') &&
			!(name[i] >= 'a' && name[i] <= 'f'))
			return false;
	return true;
}

enum body_kind body_kind(const char *name, size_t size)
{
	if (size < MARK_SIZE || memcmp(name, BODY_MARK, MARK_SIZE) != 0)
		return BODY_NONE;
	if (is_ours(name, size))
		return BODY_NEW;
	if (!ends_with_digits(name, size))
		return BODY_NONE;
	/* .l2s.NAMEnnnn.MMMM */
	size -= DIGITS_SIZE + 1;
	if (name[size] == '.' && ends_with_digits(name, size))
		return BODY_OLD_FILE;
	return BODY_OLD;
}

bool body_is_hidden(const char *name, size_t size)
{
	return size >= MARK_SIZE - 1 &&
	       memcmp(name, BODY_MARK, MARK_SIZE - 1) == 0 &&
	       (size == MARK_SIZE - 1 || name[MARK_SIZE - 1] == '.');
}

/* A file that is there, and no symlink. */
static bool is_file(const struct text *path)
{
	char byte;

	return kernel_readlinkat(AT_FDCWD, path->bytes, &byte, 1) == -EINVAL;
}

/* In FILE's directory, NAME. */
static int path_beside(struct text *file, const char *name, size_t size)
{
	path_remove_last(file);
	return path_join(file, name, size);
}

/* AT is what a name points to. Leaves the body's path there. */
static bool is_body(struct host_path *at)
{
	struct text link;
	long size = kernel_read_link(at->text.bytes, &link);
	const char *last;
	size_t last_size;

	if (size == -EINVAL)
		return true;
	last = path_last(&link);
	last_size = link.length - (size_t)(last - link.bytes);
	if (size <= 0 || body_kind(path_last(&at->text),
				 text_length(path_last(&at->text), TEXT_MAX)) !=
				 BODY_OLD)
		return false;
	if (path_beside(&at->text, last, last_size) < 0)
		return false;
	if (is_file(&at->text))
		return true;
	text_copy(&at->text, &link);
	return link.bytes[0] == '/' && is_file(&at->text);
}

/* In the stores of the directories above NAME. */
static bool search_upwards(const struct host_path *name, const char *base,
	size_t size, struct host_path *body)
{
	struct text directory;

	text_copy(&directory, &name->text);
	do {
		path_remove_last(&directory);
		text_copy(&body->text, &directory);
		if (path_join(&body->text, STORE_NAME, MARK_SIZE - 1) == 0 &&
			path_join(&body->text, base, size) == 0 &&
			is_body(body))
			return true;
	} while (directory.length > 1);
	return false;
}

bool body_find(const struct host_path *name, const struct text *text,
	struct host_path *body)
{
	const char *base = path_last(text);
	size_t size = text->length - (size_t)(base - text->bytes);
	enum body_kind kind = body_kind(base, size);

	if (kind != BODY_NEW && kind != BODY_OLD)
		return false;
	text_copy(&body->text, text);
	if (text->bytes[0] == '/' && is_body(body))
		return true;
	text_copy(&body->text, &name->text);
	if (kind != BODY_NEW && path_beside(&body->text, base, size) == 0 &&
		is_body(body))
		return true;
	return search_upwards(name, base, size, body);
}

bool body_has_moved(const struct host_path *name, const struct text *text)
{
	const char *base = path_last(text);
	struct text now;

	if (body_kind(base, text->length - (size_t)(base - text->bytes)) ==
		BODY_NONE)
		return false;
	return kernel_read_link(name->text.bytes, &now) < 0 ||
	       !text_is(&now, text->bytes);
}

bool body_of_name(const struct host_path *name, struct host_path *body)
{
	struct text text;

	do {
		if (kernel_read_link(name->text.bytes, &text) <= 0)
			return false;
		if (body_find(name, &text, body))
			return true;
	} while (body_has_moved(name, &text));
	return false;
}
