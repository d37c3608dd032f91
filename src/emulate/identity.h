/* SPDX-License-Identifier: MIT */
/*
 * Who a guest believes to be: the credentials of a thread, credentials(7) and
 * capabilities(7), where they are not the kernel's.
 *
 * To the kernel all guests are the user who runs proot. With -0 and -i each
 * thread has a shown identity beside that: a struct identity, which calls
 * change by the kernel's own rules. Without these options there is none, and
 * the kernel's is shown.
 *
 * This module is about numbers: it knows no files, calls, or guest memory.
 */
#ifndef EMULATE_IDENTITY_H
#define EMULATE_IDENTITY_H

#include "emulate/owner_rules.h"

#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* The sets of ids that credentials(7) tells of; users' or groups'. */
struct ids {
	uint32_t real;
	uint32_t effective;
	uint32_t saved;
	uint32_t fs;
};

struct user_namespace;

struct capabilities {
	uint64_t permitted;
	uint64_t effective;
	uint64_t inheritable;
	uint64_t bounding;
	uint64_t ambient;
};

struct identity {
	uint32_t
		root; /* who is all-powerful: in a user namespace, its user 0 */
	struct ids user;
	struct ids group;
	unsigned int group_count;
	uint32_t *groups; /* supplementary; sorted, allocated */
	struct capabilities capabilities;
	unsigned int securebits; /* SECBIT_KEEP_CAPS among them */
	const struct user_namespace *namespace; /* its process's; null: first */
};

/* Those that there are; the kernel drops what else is in a set. */
#define ALL_CAPABILITIES ((UINT64_C(1) << (CAP_LAST_CAP + 1)) - 1)

#define GROUPS_MAX 65536 /* NGROUPS_MAX */

/* --- for the session --- */

/* Show this identity to guests; before the first one. */
void identity_set_up(uint32_t user, uint32_t group);

/* Is one shown at all? */
bool identity_is_shown(void);

/* How guests see a user or group of the host, when no file says more. */
uint32_t identity_show_user(uint32_t host);
uint32_t identity_show_group(uint32_t host);

/* The user who runs proot, as the host knows it. */
uint32_t identity_host_user(void);

/* The ids that the files of the user who runs proot have by themselves. */
uint32_t identity_own_user(void);
uint32_t identity_own_group(void);

/* --- for a thread --- */

/* The first guest's; null: none is shown, or there is no memory. */
struct identity *identity_create(void);
struct identity *identity_copy(const struct identity *identity);
void identity_free(struct identity *identity);

/* False for a null pointer: the kernel's identity is shown. */
bool identity_has(const struct identity *identity, int capability);

/*
 * Likewise, for something that these own: the capabilities of a user namespace
 * count for nobody else than it has names for, capable_wrt_inode_uidgid().
 */
bool identity_has_over(const struct identity *identity, int capability,
	uint32_t user, uint32_t group);

/* Likewise, whoever owns it. */
bool identity_has_over_all(const struct identity *identity, int capability);

bool identity_is_in_group(const struct identity *identity, uint32_t group);

/* May a file that these own stay set-group-ID? in_group_or_capable() */
bool identity_keeps_set_gid(
	const struct identity *identity, uint32_t user, uint32_t group);

/*
 * setuid(2), setreuid(2), setresuid(2) and setfsuid(2), or those for groups.
 * 0 or -EPERM; the last one answers the former id.
 */
enum id_kind { ID_USER, ID_GROUP };

int identity_set(struct identity *identity, enum id_kind kind, uint32_t id);
int identity_set_two(struct identity *identity, enum id_kind kind,
	uint32_t real, uint32_t effective);
int identity_set_three(struct identity *identity, enum id_kind kind,
	uint32_t real, uint32_t effective, uint32_t saved);
uint32_t identity_set_fs(
	struct identity *identity, enum id_kind kind, uint32_t id);

/* setgroups(2): takes over GROUPS, which was allocated, if it answers 0. */
int identity_set_groups(
	struct identity *identity, uint32_t *groups, unsigned int count);

/* capset(2): permitted, effective and inheritable of WANTED. */
int identity_set_capabilities(
	struct identity *identity, const struct capabilities *wanted);

/* The file that execve(2) runs, as it is shown. */
struct set_id {
	uint32_t user;
	uint32_t group;
	mode_t mode;
	bool has_capabilities; /* security.capability */
	bool is_effective;
	uint32_t root; /* in whose user namespaces they count */
	uint64_t permitted;
	uint64_t inheritable;
};

/*
 * What execve(2) makes of it, security/commoncap.c: 0, or -EPERM. IS_SECURE:
 * the program has gained something, and must not trust its environment
 * (AT_SECURE).
 */
int identity_exec(struct identity *identity, const struct set_id *file,
	bool has_no_new_privs, bool *is_secure);

/*
 * May it do this (R_OK, W_OK, X_OK) to a file with these attributes? By the fs
 * ids and the effective capabilities.
 */
struct permissions {
	uint32_t user;
	uint32_t group;
	mode_t mode;
};

bool identity_permits(const struct identity *identity,
	const struct permissions *file, int wanted);

/* By the capabilities alone. */
bool identity_overrides(const struct identity *identity,
	const struct permissions *file, int wanted);

/* Has it all ids from the command line, and may it do everything to files? */
bool identity_is_whole(const struct identity *identity);

/* Does it act as who it is: begin_new_exec(), fs/exec.c? */
static inline bool identity_is_one(const struct identity *identity)
{
	return identity->user.real == identity->user.effective &&
	       identity->group.real == identity->group.effective;
}

/* Are all its user ids the same, and those of its group, and nothing more? */
bool identity_is_mere(const struct identity *identity);

/* As access(2) judges it: access_override_creds(), fs/open.c. Owns no memory.
 */
struct identity identity_by_real_ids(const struct identity *identity);

/* May it change the attributes of a file that USER owns? */
bool identity_owns(const struct identity *identity, uint32_t user);

/* --- given by user_namespace.c --- */

/* Does the namespace, or the first one if it is null, have a name for it? */
bool user_namespace_has(
	const struct user_namespace *namespace, enum id_kind kind, uint32_t id);

#endif
