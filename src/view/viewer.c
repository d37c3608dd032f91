/* SPDX-License-Identifier: MIT */
/* What the kernel says about a viewer's descriptors and links. Dual code. */
#include "view/viewer.h"

#include "view/kernel.h"

#include <errno.h>
#include <string.h>

void viewer_proc_path(
	const struct viewer *viewer, int dirfd, struct host_path *host)
{
	char digits[20];

	text_set(&host->text, "/proc/", 6);
	if (viewer_is_self(viewer))
		text_append(&host->text, "thread-self", 11);
	else
		text_append(&host->text, digits,
			text_from_number((unsigned int)viewer->tid, digits));
	if (dirfd == AT_FDCWD) {
		text_append(&host->text, "/cwd", 4);
		return;
	}
	text_append(&host->text, "/fd/", 4);
	text_append(&host->text, digits,
		text_from_number((unsigned int)dirfd, digits));
}

int viewer_program(
	const struct viewer *viewer, int pid, struct guest_path *path)
{
	return viewer->program ? viewer->program(viewer, pid, path) : -ESRCH;
}

/* d_path(), fs/d_path.c, marks what has been removed with this. */
#define DELETED	     " (deleted)"
#define DELETED_SIZE (sizeof(DELETED) - 1)

static bool looks_deleted(const struct text *path)
{
	return path->length > DELETED_SIZE &&
	       memcmp(path->bytes + path->length - DELETED_SIZE, DELETED,
		       DELETED_SIZE) == 0;
}

/* A file may be called so. */
static bool is_deleted(const char *magic, const struct host_path *host)
{
	return looks_deleted(&host->text) &&
	       !kernel_is_same(magic, host->text.bytes);
}

int viewer_link_path(const char *magic, struct host_path *host)
{
	long size = kernel_read_link(magic, &host->text);

	if (size < 0)
		return size == -ENOENT ? -EBADF : (int)size;
	if (host->text.bytes[0] != '/')
		return -ENOENT;
	return is_deleted(magic, host) ? -ENOENT : 0;
}

int view_link_text(
	const struct view *view, const char *magic, struct text *text)
{
	struct host_path host;
	long size;
	bool deleted;

	size = kernel_read_link(magic, &host.text);
	if (size < 0)
		return (int)size;
	text_copy(text, &host.text);
	deleted = is_deleted(magic, &host);
	if (deleted)
		text_truncate(&host.text, host.text.length - DELETED_SIZE);
	if (host.text.bytes[0] != '/')
		return 0;
	view_tell(view, &host, text);
	return deleted ? text_append(text, DELETED, DELETED_SIZE) : 0;
}

size_t view_link_size(const struct text *told, const char *magic)
{
	struct host_path host;

	if (!looks_deleted(told) || viewer_link_path(magic, &host) != -ENOENT)
		return told->length;
	return told->length - DELETED_SIZE;
}

bool viewer_remembers(const struct view *view, const struct viewer *viewer,
	const struct host_path *host, struct guest_path *guest)
{
	struct host_path same;

	return viewer->directory && viewer->directory(viewer->tid, guest) &&
	       view_map(view, guest, &same) == 0 &&
	       text_is(&same.text, host->text.bytes);
}

int viewer_directory(const struct view *view, const struct viewer *viewer,
	const struct host_path *host, struct guest_path *guest)
{
	if (viewer_remembers(view, viewer, host, guest))
		return 0;
	return view_detranslate_top(view, host, guest);
}

int viewer_host_path(
	const struct viewer *viewer, int dirfd, struct host_path *host)
{
	struct host_path magic;

	viewer_proc_path(viewer, dirfd, &magic);
	return viewer_link_path(magic.text.bytes, host);
}
