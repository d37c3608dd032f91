/* SPDX-License-Identifier: MIT */
/*
 * The calls of who is not all that the command line has made of guests: a fake
 * root that has become somebody else, and started a program.
 *
 * To the kernel it may still do everything that proot's user may, so each call
 * is judged here first: by the shown owners and modes of the directories on the
 * way, and of what it is about. What is allowed beyond doubt is the kernel's to
 * do. The rest is the tracer's, who knows which error it is, what else could
 * allow it, and how to remember owners of what is made.
 */
#include "agent/serve.h"

#include "emulate/lookup.h"
#include "view/kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const struct agent_identity *identity(void)
{
	return &agent_space()->identity;
}

static bool is_in_group(uint32_t group)
{
	const struct agent_identity *who = identity();

	for (uint32_t i = 0; i < who->group_count; i++)
		if (who->groups[i] == group)
			return true;
	return who->group == group;
}

/*
 * rights_permit(), emulate/rights.c, of slot->object. What is not sure is the
 * tracer's: capabilities, lists.
 */
static bool permits(
	struct agent_slot *slot, const struct record *file, int wanted)
{
	mode_t mode = file->mode;
	bool is_owner = file->user == identity()->user;

	if (is_owner)
		mode >>= 6;
	else if (is_in_group(file->group))
		mode >>= 3;
	return (mode & (mode_t)wanted) == (mode_t)wanted &&
	       (is_owner || !(file->mode & S_IRWXG) || !has_access_list(slot));
}

/* Of what is in slot->seen. The kernel knows who may do what to others' files.
 */
static bool may(struct agent_slot *slot, int wanted)
{
	struct record shown;

	if (wanted == 0 || !is_own(slot))
		return true;
	return read_shown(slot, &shown) && permits(slot, &shown, wanted);
}

/* --- on the way --- */

/* In slot->seen is what slot->object names. */
static bool may_search_seen(struct agent_slot *slot)
{
	mode_t bits = S_IXUSR | S_IXGRP | S_IXOTH;
	struct record shown;

	if (!is_own(slot))
		return (mode_of(slot) & bits) == bits;
	return read_shown(slot, &shown) && permits(slot, &shown, X_OK) &&
	       (mode_of(slot) & S_IXUSR);
}

/* The call's own object stays what it is. */
static bool may_search_object(struct agent_slot *slot, struct object directory)
{
	struct object object = slot->object;
	bool answer;

	slot->object = directory;
	/* If it cannot be searched at all, the kernel has its own error. */
	answer = look_at_object(slot) < 0 || !S_ISDIR(mode_of(slot)) ||
		 may_search_seen(slot);
	slot->object = object;
	return answer;
}

static bool may_search(const void *who, const struct host_path *directory)
{
	struct agent_slot *slot = *(struct agent_slot *const *)who;
	const char *path = directory->text.bytes;

	return strncmp(path, "/proc", 5) != 0 &&
	       may_search_object(slot, (struct object){AT_FDCWD, path, 0});
}

/* The directory that DIRFD is. */
static bool may_search_base(struct agent_slot *slot, int dirfd)
{
	return may_search_object(
		slot, (struct object){dirfd, "", AT_EMPTY_PATH});
}

bool may_search_way(struct agent_slot *slot, unsigned int argument, size_t size,
	unsigned int lookup)
{
	const struct searcher searcher = {may_search, &slot};
	int dirfd = path_dirfd(&slot->call, argument);

	if (!is_other())
		return true;
	if (!(lookup & LOOKUP_FOLLOW) && !strchr(slot->path, '/'))
		return may_search_base(slot, dirfd);
	return view_search(slot->process.view, &slot->task.viewer, dirfd,
		       slot->path, size, lookup, &slot->resolution,
		       &searcher) == 0;
}

/* --- calls --- */

static enum agent_action serve_other_access(struct agent_slot *slot)
{
	uint64_t mode = argument_of(&slot->call, MODE);
	const uint64_t *call = slot->registers.call;
	enum agent_action end;
	long status;

	if (mode > (R_OK | W_OK | X_OK) ||
		argument_of(&slot->call, PATH_FLAGS) != 0)
		return punt(slot, PUNT_other);
	if (!find_object(slot, &end))
		return end;
	if (!may(slot, (int)mode))
		return punt(slot, PUNT_other);
	status = raw_syscall(slot->call.number, (long)call[1], (long)call[2],
		(long)call[3], (long)call[4], 0, 0);
	return status == -EACCES ? punt(slot, PUNT_denied)
				 : leave(slot, status);
}

/* permission.c, need_open(); what is there, or not, is in slot->seen. */
bool other_may_open(struct agent_slot *slot, unsigned int path, uint64_t flags)
{
	static const int by_mode[] = {R_OK, W_OK, R_OK | W_OK, R_OK | W_OK};
	int wanted = by_mode[flags & O_ACCMODE] | (flags & O_TRUNC ? W_OK : 0);
	struct record shown;

	if (S_ISLNK(mode_of(slot)))
		return true; /* ELOOP: it is seen again */
	if (flags & O_NOATIME)
		return false;
	slot->object = (struct object){path_dirfd(&slot->call, path),
		(const char *)slot->registers.call[1 + path],
		AT_SYMLINK_NOFOLLOW};
	if ((wanted & W_OK) && S_ISREG(mode_of(slot)) &&
		!(read_shown(slot, &shown) &&
			!(shown.mode & (S_ISUID | S_ISGID))))
		return false; /* it may lose these */
	return may(slot, wanted);
}

/* Whoever sees a file may ask for these. */
static enum agent_action serve_getxattr(struct agent_slot *slot)
{
	const char *name = (const char *)argument_of(&slot->call, XATTR_NAME);

	if (strncmp(name, "security.", 9) == 0 ||
		strncmp(name, "system.posix_acl_", 17) == 0)
		return serve_shown_getxattr(slot);
	return punt(slot, PUNT_other);
}

/* --- names that go away --- */

/* need_name(), emulate/need.c; in sticky directories owners count. */
static bool may_change_parent(struct agent_slot *slot, unsigned int argument)
{
	struct text *parent = &slot->resolution.guest.text;
	struct record shown;

	if (!name_parent(slot, argument, parent))
		return false;
	slot->object = (struct object){path_dirfd(&slot->call, argument),
		parent->bytes, parent->length == 0 ? AT_EMPTY_PATH : 0};
	if (look_at_object(slot) < 0 || !S_ISDIR(mode_of(slot)))
		return false;
	return !is_own(slot) || (read_shown(slot, &shown) &&
					permits(slot, &shown, W_OK | X_OK) &&
					!(shown.mode & S_ISVTX));
}

/* The ".." of a directory that moves has a permission of its own. */
static enum agent_action serve_removal(struct agent_slot *slot)
{
	const struct row *row = slot->call.row;
	unsigned int from = (unsigned int)row_index(row, PATH_REMOVE);
	int to = row_index(row, PATH_REPLACE);

	if (translate_all(slot) == PUNTED)
		return punt_refused(slot);
	if (row->handler == HANDLER_rename &&
		(rename_is_special(&slot->call) || look_at(slot, from) < 0 ||
			S_ISDIR(slot->seen.stat.st_mode)))
		return punt(slot, PUNT_other);
	if (!may_change_parent(slot, from) ||
		(to >= 0 && !may_change_parent(slot, (unsigned int)to)))
		return punt(slot, PUNT_other);
	return call_translated(slot);
}

/* need_times(), emulate/permission.c: owners may say anything. */
static enum agent_action serve_times(struct agent_slot *slot)
{
	enum agent_action end;
	struct record shown;

	if (!find_object(slot, &end) || !is_own(slot) ||
		!read_shown(slot, &shown) || shown.user != identity()->user)
		return punt(slot, PUNT_other);
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}

/* --- all of them --- */

static enum agent_action serve_fchdir(struct agent_slot *slot)
{
	return may_search_base(slot, (int)slot->call.arguments[0])
		       ? AGENT_GO_ON
		       : punt(slot, PUNT_other);
}

enum agent_action serve_other(struct agent_slot *slot)
{
	switch (slot->call.row->handler) {
	case HANDLER_stat:
		return serve_shown_stat(slot);
	case HANDLER_access:
		return serve_other_access(slot);
	case HANDLER_getxattr:
		return serve_getxattr(slot);
	case HANDLER_unlink:
	case HANDLER_rmdir:
	case HANDLER_rename:
		return serve_removal(slot);
	case HANDLER_rewrite:
		return row_index(slot->call.row, CHANGE) >= 0
			       ? serve_times(slot)
			       : punt(slot, PUNT_other);
	case HANDLER_fchdir:
		return serve_fchdir(slot);
	case HANDLER_getuid:
	case HANDLER_geteuid:
		return leave(slot, identity()->user);
	case HANDLER_getgid:
	case HANDLER_getegid:
		return leave(slot, identity()->group);
	case HANDLER_getresid:
		return serve_ids(slot, identity()->user, identity()->group);
	case HANDLER_open:
	case HANDLER_readlink:
	case HANDLER_getcwd:
	case HANDLER_getdents:
	case HANDLER_getdents64:
	case HANDLER_map:
		return AGENT_GO_ON;
	default:
		return punt(slot, PUNT_other);
	}
}
