/* SPDX-License-Identifier: MIT */
/* inotify and fanotify watch what the guest's path names. */
// rows: inotify_add_watch fanotify_mark
#include "probe.h"

#include <sys/inotify.h>

#define REPORT_FID   0x200
#define MARK_ADD     1
#define MARK_NOLINK  4
#define MARK_ONLYDIR 8

static int scratch;

/* Reads one event; its name, or null if there is none. */
static const char *event_name(int fd, uint32_t mask)
{
	static char buffer[4096] __attribute__((aligned(8)));
	struct inotify_event *event = (struct inotify_event *)buffer;

	if (read(fd, buffer, sizeof(buffer)) < (ssize_t)sizeof(*event) ||
		!(event->mask & mask))
		return NULL;
	return event->len ? event->name : "";
}

static void inotify(void)
{
	int fd;
	int watch;

	WORKS(fd = (int)raw(SYS_inotify_init));
	WORKS(fcntl(fd, F_SETFL, O_NONBLOCK));
	WORKS(watch = (int)raw(
		      SYS_inotify_add_watch, fd, absolute("tod"), IN_CREATE));
	EQUAL(watch, raw(SYS_inotify_add_watch, fd, "d", IN_CREATE));
	file_make("d/new", "");
	SAME("new", event_name(fd, IN_CREATE));
	WORKS(raw(SYS_inotify_rm_watch, fd, watch));
	WORKS(read(fd, absolute(""), 1000));
	FAILS(ENOTDIR,
		raw(SYS_inotify_add_watch, fd, "file", IN_OPEN | IN_ONLYDIR));
	FAILS(ENOTDIR, raw(SYS_inotify_add_watch, fd, "tod",
			       IN_CREATE | IN_ONLYDIR | IN_DONT_FOLLOW));
	FAILS(ENOENT, raw(SYS_inotify_add_watch, fd, "dangling", IN_ATTRIB));
	WORKS(watch = (int)raw(SYS_inotify_add_watch, fd, absolute("dangling"),
		      IN_DELETE_SELF | IN_DONT_FOLLOW));
	WORKS(unlink("dangling"));
	SAME("", event_name(fd, IN_DELETE_SELF));
	FAILS(EINVAL, raw(SYS_inotify_add_watch, fd, "file", 0));
	FAILS(EBADF, raw(SYS_inotify_add_watch, -1, "file", IN_OPEN));
	FAILS(EINVAL, raw(SYS_inotify_add_watch, scratch, "file", IN_OPEN));
	close(fd);
}

static void fanotify(void)
{
	unsigned char buffer[4096];
	int directory;
	int fd;

	if (older_than(5, 13))
		return;
	/* Without privilege since 5.13, if the listener wants handles. */
	fd = (int)raw(SYS_fanotify_init, REPORT_FID, 0);
	if (fd < 0) {
		STEP(errno == EPERM || errno == ENOSYS);
		return;
	}
	WORKS(fcntl(fd, F_SETFL, O_NONBLOCK));
	WORKS(directory = open("d", O_RDONLY | O_DIRECTORY));
	if (raw(SYS_fanotify_mark, fd, MARK_ADD, (long)IN_MODIFY, directory,
		    NULL) < 0) {
		STEP(errno == EOPNOTSUPP || errno == ENODEV || errno == EXDEV);
		return;
	}
	FAILS(ENOENT, raw(SYS_fanotify_mark, fd, MARK_ADD, (long)IN_MODIFY,
			      directory, "missing"));
	FAILS(ENOTDIR, raw(SYS_fanotify_mark, fd, MARK_ADD | MARK_ONLYDIR,
			       (long)IN_MODIFY, directory, "../file"));
	FAILS(EAGAIN, read(fd, buffer, sizeof(buffer)));
	WORKS(raw(SYS_fanotify_mark, fd, MARK_ADD, (long)IN_MODIFY, AT_FDCWD,
		absolute("tofile")));
	file_make("file", "modified");
	STEP(read(fd, buffer, sizeof(buffer)) > 0);
	WORKS(raw(SYS_fanotify_mark, fd, MARK_ADD | MARK_NOLINK,
		(long)IN_ATTRIB, directory, "../tofile"));
	FAILS(EINVAL,
		raw(SYS_fanotify_mark, fd, 0, (long)IN_MODIFY, directory, "x"));
	close(fd);
	close(directory);
}

int main(void)
{
	scratch = scratch_open();
	WORKS(mkdir("d", 0755));
	file_make("file", "");
	WORKS(symlink(absolute("d"), "tod"));
	WORKS(symlink(absolute("file"), "tofile"));
	WORKS(symlink(absolute("nothing"), "dangling"));
	inotify();
	fanotify();
	return 0;
}
