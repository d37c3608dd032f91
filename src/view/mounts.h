/* SPDX-License-Identifier: MIT */
/*
 * Mount namespaces of guests, see mount_namespaces(7): what is behind the
 * views of guests that mount something, or change their root directory.
 *
 * A namespace is a tree of mounts, as in the kernel: each has a place on its
 * parent, and one on top of another's root hides it. A view is flat, and only
 * read. So it is made anew from the tree whenever that has changed.
 *
 * A standpoint is the view of one namespace from one base. All processes that
 * have both in common share it; so what one of them mounts is seen by all.
 * Until a guest changes something there is only the session's view, and
 * nothing of this.
 *
 * Guest paths are canonical, from the view's top. Tracer only; it knows no
 * guest and no privilege.
 */
#ifndef VIEW_MOUNTS_H
#define VIEW_MOUNTS_H

#include "view/view.h"

/* For the tables of mounts; only the first one has an effect. */
enum mount_flags {
	MOUNT_READ_ONLY = 1,
	MOUNT_NO_SUID = 2,
	MOUNT_NO_DEVICES = 4,
	MOUNT_NO_EXEC = 8,
	MOUNT_NO_ACCESS_TIMES = 16,
};

struct standpoint;

/* A namespace like VIEW, which is the session's, seen from its base. */
int standpoint_create(const struct view *view, struct standpoint **made);

/* One process more, or one less, that sees it; NULL may leave, too. */
struct standpoint *standpoint_share(struct standpoint *standpoint);
void standpoint_leave(struct standpoint *standpoint);

/* Stays where it is; what it shows changes with its namespace. */
const struct view *standpoint_view(const struct standpoint *standpoint);

/*
 * The same in a copy of its namespace, for OWNER, the number of a user
 * namespace. Another one than before may not take away what is there.
 */
int standpoint_copy(const struct standpoint *from, unsigned int owner,
	struct standpoint **copy);
unsigned int standpoint_owner(const struct standpoint *standpoint);
unsigned int standpoint_number(const struct standpoint *standpoint);
bool standpoint_is_same_namespace(
	const struct standpoint *one, const struct standpoint *other);

/* Another base in the same namespace. */
int standpoint_move(struct standpoint *from, const struct guest_path *base,
	struct standpoint **moved);

/* To a directory that no path leads to, but which is in a covered mount. */
int standpoint_move_covered(struct standpoint *from,
	const struct host_path *base, struct standpoint **moved);

/*
 * Where: a directory or file of the view, or one that no path leads to, if it
 * is in a covered mount: GUEST is null then.
 */
struct place {
	const struct guest_path *guest;
	const struct host_path *covered;
};

/* What is to be mounted, if it is no part of the tree already. */
struct new_mount {
	struct host_path host;
	bool is_directory;
	struct storage *storage; /* which it keeps, or null */
	const char *type;	 /* null: that of the host's mount */
	const char *device;	 /* likewise; what mount(2) calls its source */
	const char *inner_name;	 /* a file in it that looks like another one: */
	struct host_path inner;
	unsigned int flags;
};

/* Mount it at PLACE. It keeps its storage, whatever the answer. */
int mount_new(struct standpoint *at, const struct new_mount *new,
	const struct place *place);

/*
 * MS_BIND, with MS_REC or without; MS_MOVE; MS_REMOUNT, umount2(2),
 * pivot_root(2): -errno as the kernel's. What is covered has no path to it, but
 * one on the host: -ENOENT when that is in no mount of the namespace.
 */
int mount_bind(struct standpoint *at, const struct guest_path *source,
	const struct place *place, bool with_submounts);
int mount_bind_covered(struct standpoint *at, const struct host_path *source,
	const struct place *place, bool with_submounts);
int mount_move(struct standpoint *at, const struct guest_path *source,
	const struct place *place);
int mount_change(struct standpoint *at, const struct guest_path *place,
	unsigned int flags);
int mount_remove(
	struct standpoint *at, const struct guest_path *place, bool detaches);
int mount_pivot(struct standpoint *at, const struct guest_path *new_root,
	const struct guest_path *put_old);

/*
 * MNT_EXPIRE: -EAGAIN, which marks the mount, or what mount_remove() says of
 * one that is marked. Who finds it in use lets the mark be forgotten.
 */
int mount_expire(struct standpoint *at, const struct guest_path *place);
void mount_forget_expiry(struct standpoint *at, const struct guest_path *place);

/*
 * What guests have mounted is renamed and removed by them. Is there any, and is
 * any a file? Look where all of it is, after a rename. NAME is about to become
 * another file's, or nobody's: a file that is mounted from there stays, if it
 * can have another name.
 */
bool mounts_have_sources(void);
bool mounts_have_files(void);
void mounts_follow(void);
void mounts_keep(const struct host_path *name);

/*
 * As mount_remove(), for a mount that the view does not show any more: what is
 * on top of HOST, LOOKUP_MOUNTPOINT of fs/namei.c.
 */
int mount_remove_hidden(
	struct standpoint *at, const struct host_path *host, bool detaches);

/*
 * What is mounted at PLACE, if its files are in that mount alone, as far as
 * this namespace goes: a tmpfs. A copy of a mount is none: who had it open
 * before the namespace was copied has the original. Or null.
 */
const struct host_path *mount_only_in(
	const struct standpoint *at, const struct guest_path *place);

/* Does anything hang on this host file, whichever path leads there? */
bool mount_hangs_on(
	const struct standpoint *standpoint, const struct host_path *host);

/* What a binding of a standpoint's view is, for the tables of mounts. */
struct mount_facts {
	unsigned int flags;
	bool is_own;	  /* flags are the mount's, not the host's */
	const char *type; /* null: as the host says */
	const char *device;
};

/* Of a binding of the session's view: nothing. */
struct mount_facts mount_facts(
	const struct standpoint *standpoint, const struct binding *binding);

#endif
