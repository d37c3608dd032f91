/* SPDX-License-Identifier: MIT */
/*
 * A view: what the file system looks like to a guest.
 *
 * It owns the bindings. The first kind is the guest's root directory, bound to
 * "/"; the others put a host file or directory at a guest path. A look-up
 * takes the binding with the longest guest prefix. A chroot(2) of the guest
 * only moves `base`: the bindings stay where they are, and everything above
 * the base is out of reach.
 *
 * It knows no tracee: who looks up is told by struct viewer. Dual code: built
 * by the tracer, then only read. The session's view, which guests start with,
 * never changes; those that guests make for themselves come from mounts.h.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include "view/path.h"

#include <stdbool.h>
#include <stdint.h>

enum binding_kind {
	BINDING_ROOT,
	BINDING_GIVEN, /* by an option */
	BINDING_GLUE,  /* a parent that the root file system lacks */
};

/* Its paths take no more memory than they need: they are only read. */
struct binding {
	const struct guest_path *guest; /* canonical: no symlinks, no dots */
	const struct host_path *host;	/* likewise */
	const struct host_path *alias;	/* short: by a descriptor of ours, or ""
					 */
	enum binding_kind kind;
	bool is_directory;
	bool is_ghost; /* its name has to be added to its parent's listing */
	bool is_read_only;
	uint32_t mount;	 /* its number, see mounts.h; 0 in the session's view */
	uint32_t parent; /* the number of what it hangs on; 0: nothing */
};

#define BINDINGS_MAX 512

struct view {
	uint64_t number; /* no other view has had it; 0 in the agent's copy */
	const struct binding **bindings; /* the longest guest path first */
	unsigned int count;
	/* Of mounts that others cover: no path leads there, but a guest may be.
	 */
	const struct binding **covered;
	unsigned int covered_count;
	/* What is in there has the names of bindings only. Not in the agent. */
	const struct host_path *storages;
	uint64_t names; /* a Bloom filter of the bindings' last components */
	bool has_ghosts;
	bool emulates_links; /* -l: see view/body.h */
	bool has_read_only;
	struct guest_path base; /* last: the agent has shorter texts */
};

/* The binding that a canonical guest path (from the view's top) falls in. */
const struct binding *view_find_binding(
	const struct view *view, const struct guest_path *path);

/* The binding at exactly this guest path, or null. */
const struct binding *view_binding_at(
	const struct view *view, const struct guest_path *path);

/* Whether there are bindings below a directory; its own place is none. */
bool view_binds_below(
	const struct view *view, const struct guest_path *directory);

/* The bit of a name in view.names. */
uint64_t view_name_bit(const char *name, size_t size);

/* Whether some binding, wherever it is, has this name; covered or not. */
bool view_binds_name(const struct view *view, const char *name, size_t size);

/* The next ghost in a directory after *AT (start with 0), or null. */
const struct binding *view_next_ghost(const struct view *view,
	const struct guest_path *directory, unsigned int *at);

/*
 * The host path of a canonical guest path, without looking at the disk. The
 * host's is longer than the guest's: where it would be too long it starts with
 * the binding's alias. -ENAMETOOLONG, or 0.
 */
int view_map(const struct view *view, const struct guest_path *guest,
	struct host_path *host);

/*
 * The canonical guest path, from the view's top, of a host path that the
 * kernel told (readlink of /proc/…, getcwd). -ENOENT when nothing in the view
 * leads there, -ENAMETOOLONG when only one that is too long does.
 */
int view_detranslate_top(const struct view *view, const struct host_path *host,
	struct guest_path *guest);

/* Tell a path from the view's top as the guest names it. -ENOENT: it cannot. */
int view_below_base(const struct view *view, struct guest_path *guest);

/*
 * view_detranslate_top(), as the guest names it, below its base. A name for
 * what another binding hides is told, too, as by the kernel.
 */
int view_detranslate(const struct view *view, const struct host_path *host,
	struct guest_path *guest);

/*
 * Any name from the view's top, and the binding, which may be covered, that the
 * host path is in by that name.
 */
int view_locate(const struct view *view, const struct host_path *host,
	struct guest_path *guest, const struct binding **binding);

/* Is it the directory of a tmpfs, see storage.h? */
bool view_is_storage(const struct view *view, const struct host_path *host);

/*
 * The same, and whatever else the kernel would tell: of what is outside of the
 * guest's root its path from the view's top; of what is mounted nowhere any
 * more its path in the mount. The host's path where there is nothing to tell.
 */
void view_tell(const struct view *view, const struct host_path *host,
	struct text *told);

#endif
