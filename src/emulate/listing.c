/* SPDX-License-Identifier: MIT */
/*
 * getdents(2): names that exist only as bindings are listed, too.
 *
 * They come when the kernel has told its last entry. What has been told is
 * remembered by process, descriptor (or a copy of it, dup(2)) and the
 * directory's position: a position that is another one (rewinddir(3), a new
 * directory) starts anew.
 */
#include "emulate/entries.h"
#include "emulate/handlers.h"

#include "base/field.h"
#include "view/view.h"

#include <errno.h>
#include <linux/kcmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LISTINGS_MAX 1024 /* then the oldest is forgotten */

/* A directory that the kernel has listed to its end. */
struct listing {
	struct listing *next;
	int pid;
	int fd;
	long long position;
	unsigned int at; /* the next ghost, for view_next_ghost() */
};

static struct listing *listings;
static unsigned int listing_count;

static struct listing **listing_find(int pid, int fd)
{
	struct listing **at = &listings;

	while (*at && ((*at)->pid != pid || (*at)->fd != fd))
		at = &(*at)->next;
	return at;
}

/* Two descriptors of a process, one open directory: kcmp(2), Linux 3.5. */
static bool is_copy(int pid, int fd, int other)
{
	return syscall(SYS_kcmp, pid, pid, KCMP_FILE, (unsigned long)fd,
		       (unsigned long)other) == 0;
}

static struct listing **listing_find_copy(int pid, int fd)
{
	struct listing **at = listing_find(pid, fd);

	if (*at)
		return at;
	for (at = &listings; *at; at = &(*at)->next)
		if ((*at)->pid == pid && is_copy(pid, fd, (*at)->fd))
			break;
	return at;
}

static void listing_forget(struct listing **at)
{
	struct listing *listing = *at;

	if (!listing)
		return;
	*at = listing->next;
	free(listing);
	listing_count--;
}

static struct listing *listing_begin(int pid, int fd, long long position)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	struct listing **last = &listings;

	listing_forget(listing_find(pid, fd));
	while (listing_count >= LISTINGS_MAX && (*last)->next)
		last = &(*last)->next;
	if (listing_count >= LISTINGS_MAX)
		listing_forget(last);
	if (!listing)
		return NULL;
	*listing = (struct listing){listings, pid, fd, position, 0};
	listings = listing;
	listing_count++;
	return listing;
}

static long long position_of(const struct task *task, int fd)
{
	struct field field;
	const char *position = fdinfo_field(task->tid, fd, "pos", &field);

	return position ? strtoll(position, NULL, 10) : -1;
}

/* --- entries --- */

#define ENTRY_MAX 512

/* struct linux_dirent keeps the type behind the name, the 64-bit one before. */
static size_t entry_make(char *entry, const struct binding *ghost,
	long long position, bool is_64)
{
	const char *name = path_last(&ghost->guest->text);
	size_t size = strlen(name);
	size_t head = is_64 ? 19 : 18;
	size_t length = (head + size + (is_64 ? 1 : 2) + 7) & ~7ul;
	uint16_t record = (uint16_t)length;
	struct stat status;
	char type;

	if (length > ENTRY_MAX || lstat(ghost->host->text.bytes, &status) < 0)
		return 0;
	type = (char)((status.st_mode & S_IFMT) >> 12);
	memset(entry, 0, length);
	memcpy(entry, &status.st_ino, 8);
	memcpy(entry + 8, &position, 8);
	memcpy(entry + 16, &record, 2);
	memcpy(entry + head, name, size);
	entry[is_64 ? 18 : length - 1] = type;
	return length;
}

/* Tell as many ghosts as there is room for: bytes, or -errno. */
static long tell_ghosts(struct call *call, struct listing *listing,
	const struct guest_path *directory)
{
	const struct view *view = call->task->process->view;
	bool is_64 = call->row->handler == HANDLER_getdents64;
	uint64_t room = call->arguments[2] & 0xffffffff;
	uint64_t used = 0;

	for (;;) {
		char entry[ENTRY_MAX];
		unsigned int at = listing->at;
		const struct binding *ghost =
			view_next_ghost(view, directory, &at);
		size_t size = ghost ? entry_make(entry, ghost,
					      listing->position, is_64)
				    : 0;

		if (!ghost)
			return (long)used;
		if (used + size > room)
			return used > 0 ? (long)used : -EINVAL;
		if (guest_write(call->task, call->arguments[1] + used, entry,
			    size) < 0)
			return -EFAULT;
		used += size;
		listing->at = at;
	}
}

/* The canonical path of the directory, if ghosts are in it. */
static bool has_ghosts(struct call *call, struct guest_path *directory)
{
	const struct view *view = call->task->process->view;
	struct host_path host;
	unsigned int at = 0;

	return view->has_ghosts &&
	       viewer_host_path(&call->task->viewer, (int)call->arguments[0],
		       &host) == 0 &&
	       view_detranslate_top(view, &host, directory) == 0 &&
	       view_next_ghost(view, directory, &at) != NULL;
}

/* The kernel has told all that it knows: go on with what we know. */
static void listing_exit(struct call *call)
{
	int fd = (int)call->arguments[0];
	struct guest_path directory;
	struct listing *listing;

	if (call->result > 0 && call->task->process->view->emulates_links)
		entries_show(call);
	if (call->starts_again || call->result != 0 ||
		!has_ghosts(call, &directory))
		return;
	listing = listing_begin(
		call->task->process->pid, fd, position_of(call->task, fd));
	if (listing)
		call->result = tell_ghosts(call, listing, &directory);
}

static void listing_enter(struct call *call)
{
	int fd = (int)call->arguments[0];
	struct listing **known;
	struct guest_path directory;

	if (!has_ghosts(call, &directory)) {
		if (call->task->process->view->emulates_links)
			call_at_exit(call, listing_exit);
		return;
	}
	known = listing_find_copy(call->task->process->pid, fd);
	if (*known && (*known)->position == position_of(call->task, fd)) {
		call_finish(call, tell_ghosts(call, *known, &directory));
		return;
	}
	listing_forget(known);
	call_at_exit(call, listing_exit);
}

void getdents_enter(struct call *call)
{
	listing_enter(call);
}

void getdents64_enter(struct call *call)
{
	listing_enter(call);
}
