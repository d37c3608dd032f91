/* SPDX-License-Identifier: MIT */
/*
 * Resolving a guest path: the kernel's path walk, inside the view.
 *
 * Most paths hold no symlink. The walk first asks the kernel to prove that, in
 * one call (openat2 with RESOLVE_NO_SYMLINKS, Linux 5.6); then the host path is
 * the guest path with its binding's prefix replaced. Otherwise it goes
 * component by component and tries again behind every symlink.
 *
 * A relative path that meets no symlink, no binding and no ".." means to the
 * kernel just what it means in the view: it stays untouched, even when the
 * directory it starts from has no name (removed, or too deep).
 *
 * Errors are left to the kernel as far as possible: it gets a host path that
 * fails at the same component, so that the order of its checks is its own.
 *
 * A directory that no guest path leads to (removed, too deep, received from
 * outside) is an island: known by its /proc/TID/… name alone.
 *
 * Dual code: all memory is the caller's struct resolution.
 */
#ifndef VIEW_RESOLVE_H
#define VIEW_RESOLVE_H

#include "view/rest.h"
#include "view/viewer.h"

#define LINKS_MAX 40 /* MAXSYMLINKS, include/linux/namei.h */

/* How to look a path up. */
enum lookup {
	LOOKUP_FOLLOW = 1, /* follow a symlink at the end */
	LOOKUP_PARENT =
		2,	  /* the last name is made or removed, never followed */
	LOOKUP_NAMED = 4, /* an answer without paths will not do */
	LOOKUP_CREATE =
		8, /* by open(2): a slash at the end is EISDIR, link or not */
};

struct resolution {
	bool is_untouched; /* the kernel may take the guest's path as it is */
	bool has_guest;	   /* false: an island */
	struct guest_path guest; /* canonical, from the view's top */
	struct host_path host;	 /* for the kernel: ends as the guest's did */
	const struct binding *binding; /* it is this binding's own place */
	bool has_parent; /* no symlink, and the last name's directory exists */
	/* With emulated hard links: */
	bool is_body; /* host is a body, guest is the name of it */
	bool is_link; /* the object is a symlink, seen at the end */

	bool is_denied;	    /* some directory on the way may not be searched */
	unsigned int links; /* symlinks that were followed */
	unsigned int magic_links; /* of them, links of /proc */
	bool crosses;		  /* it led from one binding into another */
	bool by_descriptor;	  /* it began at a directory's, not by name */
	bool escapes; /* "..", or a symlink to "/", led to the root or above */

	/* The walk's own. */
	struct rest rest;
};

/*
 * The host directories of the symlinks that a walk has followed, each with its
 * NUL: as long as they and the file at the end stay the same, a path leads
 * there.
 */
struct trail {
	size_t used;
	bool is_partial; /* it is not as simple as that */
	char bytes[1024];
};

/*
 * Resolve PATH (SIZE bytes before its NUL, SIZE > 0) from the directory DIRFD
 * of the viewer. 0, or the errors that only we can see: -ELOOP after 40 links
 * (path_resolution(7)), -ENAMETOOLONG; -EOPNOTSUPP when somebody else than the
 * viewer itself has to look (see viewer_is_self()). Even then the host path is
 * set, to one that fails likewise: the kernel may have something else to say
 * first.
 */
int view_resolve(const struct view *view, const struct viewer *viewer,
	int dirfd, const char *path, size_t size, unsigned int lookup,
	struct resolution *r);

/* The same; fills TRAIL, too. */
int view_resolve_noting(const struct view *view, const struct viewer *viewer,
	int dirfd, const char *path, size_t size, unsigned int lookup,
	struct resolution *r, struct trail *trail);

/* Who searches directories, if that is not for the kernel alone to judge. */
struct searcher {
	bool (*may_search)(const void *who, const struct host_path *directory);
	const void *who;
};

/*
 * Does SEARCHER get to the end of the path? It is asked about each directory
 * in which a component is looked up, in the order of the walk, and may be asked
 * about what is none, or is not there. -EACCES; else 0 or another error, and
 * view_resolve() can say more. R is overwritten, and after -EACCES its host
 * path should fail likewise; the kernel may let root pass there, or have no
 * such file.
 */
int view_search(const struct view *view, const struct viewer *viewer, int dirfd,
	const char *path, size_t size, unsigned int lookup,
	struct resolution *r, const struct searcher *searcher);

#endif
