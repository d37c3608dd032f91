/* SPDX-License-Identifier: MIT */
/* Who looks a path up, and what the kernel says about its descriptors. */
#ifndef VIEW_VIEWER_H
#define VIEW_VIEWER_H

#include "view/view.h"

/*
 * Who looks up. The numbers are those of the tracer's /proc. A thread that
 * looks up for itself, in the agent, has no number; it may be stopped by a
 * signal and never come back, so nothing may be open on the way.
 */
struct viewer {
	int pid; /* the process: what /proc/self is */
	int tid; /* the thread: whose cwd and descriptors count */

	/*
	 * The guest path of the program that process PID runs, for
	 * /proc/PID/exe: 0. -ESRCH: it is no guest of ours; -EAGAIN: that is
	 * just changing, and the viewer's call will be made again. Null: nobody
	 * is a guest.
	 */
	int (*program)(
		const struct viewer *viewer, int pid, struct guest_path *path);

	/*
	 * By which guest path thread TID last changed its directory; false when
	 * that is not known. Null: it never is.
	 */
	bool (*directory)(int tid, struct guest_path *path);
};

static inline bool viewer_is_self(const struct viewer *viewer)
{
	return viewer->tid == 0;
}

/* As program() above. */
int viewer_program(
	const struct viewer *viewer, int pid, struct guest_path *path);

/*
 * The host path behind one of the viewer's descriptors, or behind its current
 * directory (AT_FDCWD). -ENOENT when it has no name (removed, a pipe),
 * -ENAMETOOLONG when the kernel cannot tell it, -EBADF.
 */
int viewer_host_path(
	const struct viewer *viewer, int dirfd, struct host_path *host);

/*
 * The canonical guest path of the viewer's current directory, HOST on the host:
 * the path by which it came, if that is remembered and still leads there; else
 * as view_detranslate_top().
 */
bool viewer_remembers(const struct view *view, const struct viewer *viewer,
	const struct host_path *host, struct guest_path *guest);
int viewer_directory(const struct view *view, const struct viewer *viewer,
	const struct host_path *host, struct guest_path *guest);

/*
 * What the viewer would read in a link of /proc: the guest path, with "
 * (deleted)" behind it where the kernel says so; or what view_tell() does where
 * no guest path leads. -errno as readlink(2).
 */
int view_link_text(
	const struct view *view, const char *magic, struct text *text);

/* The size of what it TOLD of MAGIC, without what the kernel says behind it. */
size_t view_link_size(const struct text *told, const char *magic);

/* Write the /proc name of a descriptor (or AT_FDCWD) of the viewer. */
void viewer_proc_path(
	const struct viewer *viewer, int dirfd, struct host_path *host);

/* The host path that MAGIC, a link of /proc, tells of; errors as above. */
int viewer_link_path(const char *magic, struct host_path *host);

#endif
