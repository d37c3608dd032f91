/* SPDX-License-Identifier: MIT */
/* Translating the path arguments of a call, as its row says. */
#ifndef EMULATE_PATHS_H
#define EMULATE_PATHS_H

#include "emulate/file.h"
#include "emulate/lookup.h"

/* What has gone between our look-up and the kernel's is looked up anew. */
#define REPEATS_MAX 100

enum path_outcome {
	PATH_LEFT,    /* the kernel takes, or refuses, what the guest gave */
	PATH_FOUND,   /* the resolution tells where it is; nothing is set yet */
	PATH_REFUSED, /* the call is finished with an error */
};

/* Resolve one path argument. R keeps the answer; its memory is shared. */
enum path_outcome path_look_up(
	struct call *call, unsigned int argument, struct resolution **r);

/* The same, but what the view need not translate gets a host path, too. */
enum path_outcome path_look_up_named(
	struct call *call, unsigned int argument, struct resolution **r);

/*
 * The file that the row's first path, or else its descriptor, means. When it is
 * LEFT, any error is the kernel's to tell; its path may then be empty, too: it
 * cannot be reached from here.
 */
enum path_outcome file_of_call(struct call *call, struct file *file);

/* Resolve it and, if need be, replace it. */
void path_rewrite(struct call *call, unsigned int argument);

/* Replace the argument by where the path was found. */
void path_set(struct call *call, unsigned int argument, struct resolution *r);

/*
 * Resolve a path that is no argument of its own (a socket's name, a mount's
 * source) with the given look-up.
 */
int path_resolve(struct call *call, int dirfd, const char *path, size_t size,
	unsigned int lookup, struct resolution **r);

/*
 * Resolve a path argument to one with a name, whatever the kernel would take.
 * 0, or -errno: also that of guest memory, and of a path without a file.
 */
int path_find(struct call *call, unsigned int argument, unsigned int lookup,
	struct resolution **r);

/*
 * That path, resolved, is about to be used as KIND says, by open(2) with FLAGS:
 * may the identity? Answers as permission_check().
 */
int path_check(struct call *call, enum argument kind, uint64_t flags, int dirfd,
	const char *path, size_t size, struct resolution *r);

/* path_resolve() in another view. */
int path_resolve_in(struct call *call, const struct view *view, int dirfd,
	const char *path, size_t size, unsigned int lookup,
	struct resolution **r);

/* realpath(3) of what may be a link of /proc. -errno. */
int path_real(const struct host_path *path, struct host_path *real);

#endif
