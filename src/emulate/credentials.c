/* SPDX-License-Identifier: MIT */
/*
 * The calls of credentials(7) and capabilities(7), served from the shown
 * identity. To the kernel nothing ever changes; where no identity is shown,
 * none of these calls comes here.
 */
#include "emulate/credentials.h"

#include "emulate/handlers.h"
#include "emulate/identity.h"
#include "emulate/user_namespace.h"

#include <errno.h>
#include <linux/capability.h>
#include <linux/prctl.h>
#include <linux/securebits.h>
#include <stdlib.h>

#define BIT(n) (UINT64_C(1) << (n))

/* --- users and groups --- */

static enum id_kind kind_of(const struct call *call)
{
	enum argument kind = call->row->arguments[0];

	return kind == GROUP_ID || kind == OUT_GROUP_ID ? ID_GROUP : ID_USER;
}

/* Ids in a user namespace of the guest's are not those that are kept. */
static uint32_t shown(const struct call *call, enum id_kind kind, uint32_t id)
{
	return user_namespace_show(call->task->process, kind, id);
}

/* 0, or -EINVAL where the namespace has no such id; -1 says: none. */
static int take_ids(const struct call *call, uint32_t *ids, unsigned int count)
{
	int status = 0;

	for (unsigned int i = 0; i < count && status == 0; i++) {
		ids[i] = (uint32_t)call->arguments[i];
		status = user_namespace_take(
			call->task->process, kind_of(call), &ids[i]);
	}
	return status;
}

void getuid_enter(struct call *call)
{
	call_finish(
		call, shown(call, ID_USER, call->task->identity->user.real));
}

void geteuid_enter(struct call *call)
{
	call_finish(call,
		shown(call, ID_USER, call->task->identity->user.effective));
}

void getgid_enter(struct call *call)
{
	call_finish(
		call, shown(call, ID_GROUP, call->task->identity->group.real));
}

void getegid_enter(struct call *call)
{
	call_finish(call,
		shown(call, ID_GROUP, call->task->identity->group.effective));
}

void getresid_enter(struct call *call)
{
	const struct identity *identity = call->task->identity;
	enum id_kind kind = kind_of(call);
	const struct ids *ids =
		kind == ID_USER ? &identity->user : &identity->group;
	const uint32_t values[] = {shown(call, kind, ids->real),
		shown(call, kind, ids->effective),
		shown(call, kind, ids->saved)};
	int status = 0;

	for (unsigned int i = 0; i < 3 && status == 0; i++)
		status = guest_write(call->task, call->arguments[i], &values[i],
			sizeof(values[i]));
	call_finish(call, status);
}

static bool acts_as(const struct ids *ids, const struct ids *former)
{
	return ids->effective == former->effective && ids->fs == former->fs;
}

/* commit_creds(), kernel/cred.c: FORMER is who it was before the call. */
static void finish_change(
	struct call *call, const struct identity *former, long result)
{
	const struct identity *identity = call->task->identity;

	if (!acts_as(&identity->user, &former->user) ||
		!acts_as(&identity->group, &former->group))
		task_set_dumpable(call->task, false);
	call_finish(call, result);
}

void setid_enter(struct call *call)
{
	const struct identity former = *call->task->identity;
	uint32_t id;
	int status = take_ids(call, &id, 1);

	if (status == 0)
		status = identity_set(call->task->identity, kind_of(call), id);
	finish_change(call, &former, status);
}

void setreid_enter(struct call *call)
{
	const struct identity former = *call->task->identity;
	uint32_t ids[2];
	int status = take_ids(call, ids, 2);

	if (status == 0)
		status = identity_set_two(
			call->task->identity, kind_of(call), ids[0], ids[1]);
	finish_change(call, &former, status);
}

void setresid_enter(struct call *call)
{
	const struct identity former = *call->task->identity;
	uint32_t ids[3];
	int status = take_ids(call, ids, 3);

	if (status == 0)
		status = identity_set_three(call->task->identity, kind_of(call),
			ids[0], ids[1], ids[2]);
	finish_change(call, &former, status);
}

void setfsid_enter(struct call *call)
{
	const struct identity former = *call->task->identity;
	uint32_t id;

	if (take_ids(call, &id, 1) < 0)
		id = ID_NONE;
	id = identity_set_fs(call->task->identity, kind_of(call), id);
	finish_change(call, &former, shown(call, kind_of(call), id));
}

static int write_groups(
	struct call *call, uint64_t address, const struct identity *identity)
{
	int status = 0;

	for (uint32_t i = 0; i < identity->group_count && status == 0; i++) {
		uint32_t group = shown(call, ID_GROUP, identity->groups[i]);

		status = guest_write(call->task, address + i * sizeof(group),
			&group, sizeof(group));
	}
	return status;
}

void getgroups_enter(struct call *call)
{
	const struct identity *identity = call->task->identity;
	int room = (int)call->arguments[0];
	int status = 0;

	if (room < 0 || (room > 0 && identity->group_count > (uint32_t)room))
		status = -EINVAL;
	else if (room > 0)
		status = write_groups(call, call->arguments[1], identity);
	call_finish(call, status < 0 ? status : (long)identity->group_count);
}

static int take_groups(
	const struct process *process, uint32_t *groups, unsigned int count)
{
	int status = 0;

	for (unsigned int i = 0; i < count && status == 0; i++)
		status = groups[i] == ID_NONE ? -EINVAL
					      : user_namespace_take(process,
							ID_GROUP, &groups[i]);
	return status;
}

void setgroups_enter(struct call *call)
{
	struct identity *identity = call->task->identity;
	unsigned int count = (unsigned int)call->arguments[0];
	uint32_t *groups = NULL;
	int status = 0;

	if (!identity_has(identity, CAP_SETGID) ||
		!user_namespace_lets_set_groups(call->task->process))
		status = -EPERM;
	else if (count > GROUPS_MAX)
		status = -EINVAL;
	else if (count > 0)
		groups = calloc(count, sizeof(*groups));
	if (status == 0 && count > 0 && !groups)
		status = -ENOMEM;
	if (status == 0)
		status = guest_read(call->task, call->arguments[1], groups,
			count * sizeof(*groups));
	if (status == 0)
		status = take_groups(call->task->process, groups, count);
	if (status == 0)
		status = identity_set_groups(identity, groups, count);
	if (status < 0)
		free(groups);
	call_finish(call, status);
}

/* --- capabilities --- */

/* How many words each set has in this version of capget(2); 0: unknown. */
static unsigned int capability_words(uint32_t version)
{
	switch (version) {
	case _LINUX_CAPABILITY_VERSION_1:
		return 1;
	case _LINUX_CAPABILITY_VERSION_2:
	case _LINUX_CAPABILITY_VERSION_3:
		return 2;
	default:
		return 0;
	}
}

/* False: the kernel says what is wrong, and which version it wants. */
static bool read_header(struct call *call,
	struct __user_cap_header_struct *header, unsigned int *words)
{
	if (guest_read(call->task, call->arguments[0], header,
		    sizeof(*header)) < 0)
		return false;
	*words = capability_words(header->version);
	return *words > 0;
}

void capget_enter(struct call *call)
{
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2];
	const struct identity *identity = call->task->identity;
	unsigned int words;

	if (!read_header(call, &header, &words) || call->arguments[1] == 0)
		return;
	if (header.pid != 0)
		identity = task_identity(header.pid);
	if (!identity)
		return;
	for (unsigned int i = 0; i < words; i++) {
		const struct capabilities *c = &identity->capabilities;

		data[i].effective = (uint32_t)(c->effective >> 32 * i);
		data[i].permitted = (uint32_t)(c->permitted >> 32 * i);
		data[i].inheritable = (uint32_t)(c->inheritable >> 32 * i);
	}
	call_finish(call, guest_write(call->task, call->arguments[1], data,
				  words * sizeof(data[0])));
}

void capset_enter(struct call *call)
{
	struct __user_cap_header_struct header;
	struct __user_cap_data_struct data[2];
	struct capabilities wanted = {0};
	unsigned int words;
	int status;

	if (!read_header(call, &header, &words))
		return;
	if (header.pid != 0 && header.pid != call->task->tid) {
		call_finish(call, -EPERM);
		return;
	}
	status = guest_read(
		call->task, call->arguments[1], data, words * sizeof(data[0]));
	for (unsigned int i = 0; i < words && status == 0; i++) {
		wanted.effective |= (uint64_t)data[i].effective << 32 * i;
		wanted.permitted |= (uint64_t)data[i].permitted << 32 * i;
		wanted.inheritable |= (uint64_t)data[i].inheritable << 32 * i;
	}
	wanted.effective &= ALL_CAPABILITIES;
	wanted.permitted &= ALL_CAPABILITIES;
	wanted.inheritable &= ALL_CAPABILITIES;
	if (status == 0)
		status = identity_set_capabilities(
			call->task->identity, &wanted);
	call_finish(call, status);
}

/* --- what root may do and proot's user may not --- */

static void privileged_exit(struct call *call)
{
	if (call->result == -EPERM || call->result == -EACCES)
		call->result = 0;
}

/* Not done, but no package's script fails for it. */
void privileged_enter(struct call *call)
{
	if (identity_has_over_all(call->task->identity, CAP_SYS_ADMIN))
		call_at_exit(call, privileged_exit);
}

/* --- prctl --- */

static long keep_capabilities(struct identity *identity, uint64_t value)
{
	if (value > 1)
		return -EINVAL;
	if (identity->securebits & SECBIT_KEEP_CAPS_LOCKED)
		return -EPERM;
	identity->securebits &= ~(unsigned int)SECBIT_KEEP_CAPS;
	identity->securebits |= value ? SECBIT_KEEP_CAPS : 0;
	return 0;
}

static long drop_bounding(struct identity *identity, uint64_t capability)
{
	if (!identity_has(identity, CAP_SETPCAP))
		return -EPERM;
	if (capability > CAP_LAST_CAP)
		return -EINVAL;
	identity->capabilities.bounding &= ~BIT(capability);
	return 0;
}

/* cap_task_prctl(): what is locked stays, and stays locked. */
static long set_securebits(struct identity *identity, uint64_t wanted)
{
	unsigned int old = identity->securebits;

	if (!identity_has(identity, CAP_SETPCAP) ||
		((old & SECURE_ALL_LOCKS) >> 1 & (old ^ wanted)) ||
		(old & SECURE_ALL_LOCKS & ~wanted) ||
		(wanted & ~(uint64_t)(SECURE_ALL_LOCKS | SECURE_ALL_BITS)))
		return -EPERM;
	identity->securebits = (unsigned int)wanted;
	return 0;
}

static long raise_ambient(struct identity *identity, uint64_t bit)
{
	struct capabilities *c = &identity->capabilities;

	if (!(c->permitted & c->inheritable & bit) ||
		(identity->securebits & SECBIT_NO_CAP_AMBIENT_RAISE))
		return -EPERM;
	c->ambient |= bit;
	return 0;
}

static long change_ambient(struct identity *identity, const uint64_t *arguments)
{
	uint64_t capability = arguments[2];

	if (arguments[1] == PR_CAP_AMBIENT_CLEAR_ALL) {
		if (arguments[2] || arguments[3] || arguments[4])
			return -EINVAL;
		identity->capabilities.ambient = 0;
		return 0;
	}
	if (arguments[3] || arguments[4] || capability > CAP_LAST_CAP)
		return -EINVAL;
	switch (arguments[1]) {
	case PR_CAP_AMBIENT_IS_SET:
		return identity->capabilities.ambient >> capability & 1;
	case PR_CAP_AMBIENT_RAISE:
		return raise_ambient(identity, BIT(capability));
	case PR_CAP_AMBIENT_LOWER:
		identity->capabilities.ambient &= ~BIT(capability);
		return 0;
	default:
		return -EINVAL;
	}
}

void credentials_prctl(struct call *call)
{
	struct identity *identity = call->task->identity;
	const uint64_t *arguments = call->arguments;

	if (!identity)
		return;
	switch ((int)arguments[0]) {
	case PR_GET_KEEPCAPS:
		call_finish(
			call, (identity->securebits & SECBIT_KEEP_CAPS) != 0);
		break;
	case PR_SET_KEEPCAPS:
		call_finish(call, keep_capabilities(identity, arguments[1]));
		break;
	case PR_CAPBSET_READ:
		call_finish(call,
			arguments[1] > CAP_LAST_CAP
				? -EINVAL
				: (long)(identity->capabilities.bounding >>
						  arguments[1] &
					  1));
		break;
	case PR_CAPBSET_DROP:
		call_finish(call, drop_bounding(identity, arguments[1]));
		break;
	case PR_GET_SECUREBITS:
		call_finish(call, identity->securebits);
		break;
	case PR_SET_SECUREBITS:
		call_finish(call, set_securebits(identity, arguments[1]));
		break;
	case PR_CAP_AMBIENT:
		call_finish(call, change_ambient(identity, arguments));
		break;
	}
}
