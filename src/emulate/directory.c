/* SPDX-License-Identifier: MIT */
/* The current directory, the root directory, and listing directories. */
#include "emulate/handlers.h"
#include "emulate/paths.h"

#include "view/build.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ------------------------------------------------------------------ getcwd ---
 */

/* getcwd(2): a directory outside of the root is "(unreachable)". */
static int working_directory(struct task *task, struct text *out)
{
	struct host_path host;
	struct guest_path guest;
	int status = viewer_host_path(&task->viewer, AT_FDCWD, &host);

	if (status < 0)
		return status;
	if (view_detranslate(task->process->view, &host, &guest) == 0) {
		text_copy(out, &guest.text);
		return 0;
	}
	status = text_set(out, "(unreachable)", 13);
	return status < 0 ? status
			  : text_append(out, host.text.bytes, host.text.length);
}

void getcwd_enter(struct call *call)
{
	unsigned int out = (unsigned int)row_index(call->row, OUT_PATH);
	struct text text;
	int status = working_directory(call->task, &text);

	if (status == 0 && text.length + 1 > call->arguments[out + 1])
		status = -ERANGE;
	if (status == 0)
		status = guest_write(call->task, call->arguments[out],
			text.bytes, text.length + 1);
	call_finish(call, status < 0 ? status : (long)text.length + 1);
}

/* ------------------------------------------------------------------ chroot ---
 */

static int change_root(struct process *process, const struct resolution *r)
{
	struct view *view = malloc(sizeof(*view));
	struct stat status;

	if (!view)
		return -ENOMEM;
	if (!r->has_guest || stat(r->host.text.bytes, &status) < 0 ||
		!S_ISDIR(status.st_mode)) {
		free(view);
		return -ENOTDIR;
	}
	*view = *process->view;
	text_copy(&view->base.text, &r->guest.text);
	process->view = view;
	return 0;
}

/*
 * The real one would pull the host's paths away under us: the view moves
 * instead. Without the privilege the kernel says what is wrong.
 */
void chroot_enter(struct call *call)
{
	struct resolution *r;

	switch (path_look_up(call, 0, &r)) {
	case PATH_REFUSED:
		return;
	case PATH_LEFT:
		if (geteuid() == 0)
			call_finish(call, -EPERM);
		return;
	case PATH_FOUND:
		break;
	}
	if (geteuid() != 0 || access(r->host.text.bytes, X_OK) < 0)
		path_set(call, 0, r);
	else
		call_finish(call, change_root(call->task->process, r));
}

/* ---------------------------------------------------------------- getdents ---
 */

/*
 * Names that exist only as bindings are put before the first entries of the
 * directory: its position tells, without any state, that it was just opened.
 */

#define LISTING_MAX 8192

struct listing {
	char bytes[LISTING_MAX];
	size_t used;
	bool is_64;
};

static bool is_at_start(struct task *task, int fd)
{
	char name[64];
	long long position = -1;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/fdinfo/%d", task->tid, fd);
	file = fopen(name, "re");
	if (!file)
		return false;
	if (fscanf(file, "pos: %lld", &position) != 1)
		position = -1;
	fclose(file);
	return position == 0;
}

/* getdents(2): struct linux_dirent keeps the type behind the name. */
static void listing_add(struct listing *listing, const char *name, size_t size,
	const struct stat *status)
{
	unsigned char type = (status->st_mode & S_IFMT) >> 12;
	size_t head = listing->is_64 ? 19 : 18;
	size_t length = (head + size + (listing->is_64 ? 1 : 2) + 7) & ~7ul;
	char *entry = listing->bytes + listing->used;
	uint16_t record = (uint16_t)length;

	if (listing->used + length > LISTING_MAX)
		return;
	memset(entry, 0, length);
	memcpy(entry, &status->st_ino, 8);
	memcpy(entry + 16, &record, 2);
	memcpy(entry + head, name, size);
	if (listing->is_64)
		entry[18] = (char)type;
	else
		entry[length - 1] = (char)type;
	listing->used += length;
}

static void listing_fill(struct listing *listing, const struct view *view,
	const struct guest_path *directory)
{
	const struct binding *ghost;
	unsigned int at = 0;

	while ((ghost = view_next_ghost(view, directory, &at))) {
		const char *name = path_last(&ghost->guest.text);
		struct stat status;

		if (lstat(ghost->host.text.bytes, &status) == 0)
			listing_add(listing, name, strlen(name), &status);
	}
}

static void listing_exit(struct call *call)
{
	if (call->result >= 0)
		call->result += call->saved.listing.size;
}

static void listing_enter(struct call *call, bool is_64)
{
	struct task *task = call->task;
	const struct view *view = task->process->view;
	struct listing listing = {.used = 0, .is_64 = is_64};
	struct host_path host;
	struct guest_path guest;
	int fd = (int)call->arguments[0];
	uint64_t size = call->arguments[2] & 0xffffffff;

	if (!view->has_ghosts ||
		viewer_host_path(&task->viewer, fd, &host) < 0 ||
		view_detranslate_top(view, &host, &guest) < 0)
		return;
	listing_fill(&listing, view, &guest);
	if (listing.used == 0 || !is_at_start(task, fd))
		return;
	/* The kernel wants room for an entry of its own, or says EINVAL. */
	if (size < listing.used + 280 ||
		guest_write(task, call->arguments[1], listing.bytes,
			listing.used) < 0)
		return;
	call->saved.listing.size = (uint32_t)listing.used;
	call_set(call, 1, call->arguments[1] + listing.used);
	call_set(call, 2, size - listing.used);
	call_at_exit(call, listing_exit);
}

void getdents_enter(struct call *call)
{
	listing_enter(call, false);
}

void getdents64_enter(struct call *call)
{
	listing_enter(call, true);
}
