/* SPDX-License-Identifier: MIT */
/* The kernel's rules of credentials: kernel/sys.c, security/commoncap.c. */
#include "emulate/identity.h"

#include <errno.h>
#include <linux/securebits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BIT(n) (UINT64_C(1) << (n))

/* Those that follow the fs user id: CAP_FS_SET, linux/capability.h */
#define FS_CAPABILITIES                                                        \
	(BIT(CAP_CHOWN) | BIT(CAP_DAC_OVERRIDE) | BIT(CAP_DAC_READ_SEARCH) |   \
		BIT(CAP_FOWNER) | BIT(CAP_FSETID) | BIT(CAP_LINUX_IMMUTABLE) | \
		BIT(CAP_MKNOD) | BIT(CAP_MAC_OVERRIDE))

static struct {
	bool is_shown;
	uint32_t user; /* shown, and the host's */
	uint32_t group;
	uint32_t host_user;
	uint32_t host_group;
} session;

/* --- the session --- */

void identity_set_up(uint32_t user, uint32_t group)
{
	session.is_shown = true;
	session.user = user;
	session.group = group;
	session.host_user = geteuid();
	session.host_group = getegid();
}

bool identity_is_shown(void)
{
	return session.is_shown;
}

uint32_t identity_show_user(uint32_t host)
{
	return session.is_shown && host == session.host_user ? session.user
							     : host;
}

uint32_t identity_show_group(uint32_t host)
{
	return session.is_shown && host == session.host_group ? session.group
							      : host;
}

uint32_t identity_host_user(void)
{
	return session.host_user;
}

uint32_t identity_own_user(void)
{
	return session.is_shown ? session.user : geteuid();
}

uint32_t identity_own_group(void)
{
	return session.is_shown ? session.group : getegid();
}

/* --- making them --- */

struct identity *identity_create(void)
{
	const struct ids user = {
		session.user, session.user, session.user, session.user};
	const struct ids group = {
		session.group, session.group, session.group, session.group};
	struct identity *identity;

	if (!session.is_shown)
		return NULL;
	identity = calloc(1, sizeof(*identity));
	if (!identity)
		return NULL;
	identity->groups = malloc(sizeof(*identity->groups));
	if (!identity->groups) {
		free(identity);
		return NULL;
	}
	identity->user = user;
	identity->group = group;
	identity->groups[0] = session.group;
	identity->group_count = 1;
	identity->capabilities.bounding = ALL_CAPABILITIES;
	if (session.user == 0) {
		identity->capabilities.permitted = ALL_CAPABILITIES;
		identity->capabilities.effective = ALL_CAPABILITIES;
	}
	return identity;
}

struct identity *identity_copy(const struct identity *identity)
{
	struct identity *copy;
	size_t size;

	if (!identity)
		return NULL;
	copy = malloc(sizeof(*copy));
	if (!copy)
		return NULL;
	*copy = *identity;
	size = identity->group_count * sizeof(*copy->groups);
	copy->groups = size > 0 ? malloc(size) : NULL;
	if (size > 0 && !copy->groups) {
		free(copy);
		return NULL;
	}
	if (size > 0)
		memcpy(copy->groups, identity->groups, size);
	return copy;
}

void identity_free(struct identity *identity)
{
	if (identity)
		free(identity->groups);
	free(identity);
}

/* --- asking --- */

bool identity_has(const struct identity *identity, int capability)
{
	return identity &&
	       (identity->capabilities.effective & BIT(capability)) != 0;
}

bool identity_has_over(const struct identity *identity, int capability,
	uint32_t user, uint32_t group)
{
	return identity_has(identity, capability) &&
	       user_namespace_has(identity->namespace, ID_USER, user) &&
	       user_namespace_has(identity->namespace, ID_GROUP, group);
}

bool identity_has_over_all(const struct identity *identity, int capability)
{
	return identity_has(identity, capability) && !identity->namespace;
}

static int compare_ids(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left;
	uint32_t b = *(const uint32_t *)right;

	return (a > b) - (a < b);
}

bool identity_is_in_group(const struct identity *identity, uint32_t group)
{
	return group == identity->group.fs ||
	       (identity->group_count > 0 &&
		       bsearch(&group, identity->groups, identity->group_count,
			       sizeof(group), compare_ids) != NULL);
}

bool identity_keeps_set_gid(
	const struct identity *identity, uint32_t user, uint32_t group)
{
	return identity_is_in_group(identity, group) ||
	       identity_has_over(identity, CAP_FSETID, user, group);
}

static bool ids_are(const struct ids *ids, uint32_t id)
{
	return ids->real == id && ids->effective == id && ids->saved == id &&
	       ids->fs == id;
}

bool identity_is_whole(const struct identity *identity)
{
	return !identity->namespace && ids_are(&identity->user, session.user) &&
	       ids_are(&identity->group, session.group) &&
	       (~identity->capabilities.effective & FS_CAPABILITIES) == 0;
}

bool identity_is_mere(const struct identity *identity)
{
	return ids_are(&identity->user, identity->user.real) &&
	       ids_are(&identity->group, identity->group.real) &&
	       (identity->capabilities.effective & FS_CAPABILITIES) == 0;
}

bool identity_owns(const struct identity *identity, uint32_t user)
{
	return user == identity->user.fs ||
	       (identity_has(identity, CAP_FOWNER) &&
		       user_namespace_has(identity->namespace, ID_USER, user));
}

/* acl_permission_check() and generic_permission(), fs/namei.c. */
bool identity_overrides(const struct identity *identity,
	const struct permissions *file, int wanted)
{
	if (identity_has_over(
		    identity, CAP_DAC_OVERRIDE, file->user, file->group))
		return S_ISDIR(file->mode) || !(wanted & X_OK) ||
		       (file->mode & 0111) != 0;
	if (!identity_has_over(
		    identity, CAP_DAC_READ_SEARCH, file->user, file->group))
		return false;
	return wanted == R_OK || (S_ISDIR(file->mode) && !(wanted & W_OK));
}

bool identity_permits(const struct identity *identity,
	const struct permissions *file, int wanted)
{
	mode_t mode = file->mode;

	if (file->user == identity->user.fs)
		mode >>= 6;
	else if (identity_is_in_group(identity, file->group))
		mode >>= 3;
	return (mode & (mode_t)wanted) == (mode_t)wanted ||
	       identity_overrides(identity, file, wanted);
}

struct identity identity_by_real_ids(const struct identity *identity)
{
	struct identity judge = *identity;

	judge.user.fs = judge.user.real;
	judge.group.fs = judge.group.real;
	judge.capabilities.effective = judge.user.real == judge.root
					       ? judge.capabilities.permitted
					       : 0;
	return judge;
}

/* --- users and groups --- */

static struct ids *ids_of(struct identity *identity, enum id_kind kind)
{
	return kind == ID_USER ? &identity->user : &identity->group;
}

static bool may_set(const struct identity *identity, enum id_kind kind)
{
	return identity_has(
		identity, kind == ID_USER ? CAP_SETUID : CAP_SETGID);
}

static bool has_root(const struct ids *ids, uint32_t root)
{
	return ids->real == root || ids->effective == root ||
	       ids->saved == root;
}

/* cap_task_fix_setuid(), security/commoncap.c; capabilities(7). */
static void fix_capabilities(struct identity *identity, const struct ids *old)
{
	struct capabilities *c = &identity->capabilities;
	const struct ids *new = &identity->user;
	uint32_t root = identity->root;

	if (identity->securebits & SECBIT_NO_SETUID_FIXUP)
		return;
	if (has_root(old, root) && !has_root(new, root)) {
		if (!(identity->securebits & SECBIT_KEEP_CAPS)) {
			c->permitted = 0;
			c->effective = 0;
		}
		c->ambient = 0;
	}
	if (old->effective == root && new->effective != root)
		c->effective = 0;
	if (old->effective != root && new->effective == root)
		c->effective = c->permitted;
}

static void change_ids(
	struct identity *identity, enum id_kind kind, const struct ids *wanted)
{
	struct ids *ids = ids_of(identity, kind);
	struct ids old = *ids;

	*ids = *wanted;
	ids->fs = ids->effective;
	if (kind == ID_USER)
		fix_capabilities(identity, &old);
}

int identity_set(struct identity *identity, enum id_kind kind, uint32_t id)
{
	struct ids wanted = *ids_of(identity, kind);

	if (id == ID_NONE)
		return -EINVAL;
	if (may_set(identity, kind))
		wanted.real = wanted.saved = id;
	else if (id != wanted.real && id != wanted.saved)
		return -EPERM;
	wanted.effective = id;
	change_ids(identity, kind, &wanted);
	return 0;
}

int identity_set_two(struct identity *identity, enum id_kind kind,
	uint32_t real, uint32_t effective)
{
	const struct ids old = *ids_of(identity, kind);
	struct ids wanted = old;

	if (!may_set(identity, kind) &&
		((real != ID_NONE && real != old.real &&
			 real != old.effective) ||
			(effective != ID_NONE && effective != old.real &&
				effective != old.effective &&
				effective != old.saved)))
		return -EPERM;
	if (real != ID_NONE)
		wanted.real = real;
	if (effective != ID_NONE)
		wanted.effective = effective;
	if (real != ID_NONE || (effective != ID_NONE && effective != old.real))
		wanted.saved = wanted.effective;
	change_ids(identity, kind, &wanted);
	return 0;
}

static bool is_one_of(const struct ids *ids, uint32_t id)
{
	return id == ID_NONE || id == ids->real || id == ids->effective ||
	       id == ids->saved;
}

int identity_set_three(struct identity *identity, enum id_kind kind,
	uint32_t real, uint32_t effective, uint32_t saved)
{
	const struct ids old = *ids_of(identity, kind);
	struct ids wanted = old;

	if (!may_set(identity, kind) &&
		(!is_one_of(&old, real) || !is_one_of(&old, effective) ||
			!is_one_of(&old, saved)))
		return -EPERM;
	if (real != ID_NONE)
		wanted.real = real;
	if (effective != ID_NONE)
		wanted.effective = effective;
	if (saved != ID_NONE)
		wanted.saved = saved;
	/* Linux 6.5: what changes nothing leaves the fs id alone. */
	if (effective == ID_NONE && wanted.real == old.real &&
		wanted.saved == old.saved)
		return 0;
	change_ids(identity, kind, &wanted);
	return 0;
}

uint32_t identity_set_fs(
	struct identity *identity, enum id_kind kind, uint32_t id)
{
	struct ids *ids = ids_of(identity, kind);
	struct capabilities *c = &identity->capabilities;
	uint32_t old = ids->fs;

	if (id == ID_NONE ||
		(!may_set(identity, kind) && !is_one_of(ids, id) && id != old))
		return old;
	ids->fs = id;
	if (kind == ID_GROUP || (identity->securebits & SECBIT_NO_SETUID_FIXUP))
		return old;
	if (old == identity->root && id != identity->root)
		c->effective &= ~FS_CAPABILITIES;
	if (old != identity->root && id == identity->root)
		c->effective |= c->permitted & FS_CAPABILITIES;
	return old;
}

int identity_set_groups(
	struct identity *identity, uint32_t *groups, unsigned int count)
{
	if (!identity_has(identity, CAP_SETGID))
		return -EPERM;
	if (count > 0)
		qsort(groups, count, sizeof(*groups), compare_ids);
	free(identity->groups);
	identity->groups = groups;
	identity->group_count = count;
	return 0;
}

/* --- capabilities --- */

static bool is_within(uint64_t set, uint64_t limit)
{
	return (set & ~limit) == 0;
}

/* cap_capset() */
int identity_set_capabilities(
	struct identity *identity, const struct capabilities *wanted)
{
	struct capabilities *c = &identity->capabilities;

	if (!identity_has(identity, CAP_SETPCAP) &&
		!is_within(wanted->inheritable, c->inheritable | c->permitted))
		return -EPERM;
	if (!is_within(wanted->inheritable, c->inheritable | c->bounding) ||
		!is_within(wanted->permitted, c->permitted) ||
		!is_within(wanted->effective, wanted->permitted))
		return -EPERM;
	c->permitted = wanted->permitted;
	c->effective = wanted->effective;
	c->inheritable = wanted->inheritable;
	c->ambient &= c->permitted & c->inheritable;
	return 0;
}

/* --- execve --- */

static void take_file_ids(struct identity *identity, const struct set_id *file)
{
	if (file->mode & S_ISUID)
		identity->user.effective = file->user;
	if ((file->mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		identity->group.effective = file->group;
}

/*
 * P'(permitted), and whether the effective bit counts: capabilities(7). -EPERM:
 * the file wants more, and could not live with less.
 */
static int permitted_by_file(const struct identity *identity,
	const struct set_id *file, uint64_t *permitted, bool *is_effective)
{
	const struct capabilities *c = &identity->capabilities;

	*permitted = (file->permitted & c->bounding) |
		     (file->inheritable & c->inheritable);
	*is_effective = file->is_effective;
	return *is_effective && !is_within(file->permitted, *permitted) ? -EPERM
									: 0;
}

/* handle_privileged_root() */
static void permit_root(const struct identity *identity,
	const struct set_id *file, uint64_t *permitted, bool *is_effective)
{
	const struct capabilities *c = &identity->capabilities;
	bool is_root = identity->user.effective == identity->root;
	bool was_root = identity->user.real == identity->root;

	if (identity->securebits & SECBIT_NOROOT)
		return;
	/* It gets what a file grants to a set-user-ID program, no more. */
	if (file->has_capabilities && is_root && !was_root)
		return;
	if (is_root || was_root)
		*permitted = c->bounding | c->inheritable;
	*is_effective |= is_root;
}

/* cap_bprm_creds_from_file(), as of Linux 6.16 */
int identity_exec(struct identity *identity, const struct set_id *file,
	bool has_no_new_privs, bool *is_secure)
{
	struct capabilities *c = &identity->capabilities;
	struct ids user = identity->user;
	struct ids group = identity->group;
	bool is_effective;
	bool has_changed;
	uint64_t permitted;
	int status;

	if (!has_no_new_privs)
		take_file_ids(identity, file);
	status = permitted_by_file(identity, file, &permitted, &is_effective);
	if (status < 0)
		return status;
	permit_root(identity, file, &permitted, &is_effective);
	has_changed =
		identity->user.effective != user.effective ||
		!identity_is_in_group(identity, identity->group.effective);
	if (has_no_new_privs &&
		(has_changed || !is_within(permitted, c->permitted))) {
		identity->user.effective = user.real;
		identity->group.effective = group.real;
		permitted &= c->permitted;
	}
	if (has_changed || file->has_capabilities)
		c->ambient = 0;
	c->permitted = permitted | c->ambient;
	c->effective = is_effective ? c->permitted : c->ambient;
	identity->user.saved = identity->user.fs = identity->user.effective;
	identity->group.saved = identity->group.fs = identity->group.effective;
	identity->securebits &= ~(unsigned int)SECBIT_KEEP_CAPS;
	*is_secure =
		has_changed || identity->user.effective != user.real ||
		identity->group.effective != group.real ||
		(identity->user.real != identity->root &&
			(is_effective || !is_within(c->permitted, c->ambient)));
	return 0;
}
