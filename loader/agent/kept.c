/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes of a fake root, as emulate/xattr.c has them: those that
 * need privileges are kept under other names, and what is kept is hidden.
 */
#include "agent/serve.h"

#include "emulate/acl.h"
#include "emulate/kept_names.h"
#include "emulate/lookup.h"
#include "view/kernel.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* Named by a path or a descriptor, and nothing else. */
static bool is_classic(const struct agent_slot *slot, enum argument kind)
{
	return row_index(slot->call.row, kind) == 1 &&
	       slot->call.row->arguments[2] != XATTR_ARGS;
}

/* The call again, about the attribute that is kept for NAME. */
static long get_kept(
	const struct agent_slot *slot, long number, const char *name)
{
	const uint64_t *call = slot->registers.call;
	char kept[ATTRIBUTE_NAME_SIZE + sizeof(RECORD_PREFIX)] = RECORD_PREFIX;

	memcpy(kept + sizeof(RECORD_PREFIX) - 1, name, strlen(name) + 1);
	return raw_syscall(number, (long)call[1], (long)kept, (long)call[3],
		(long)call[4], 0, 0);
}

/* What is kept comes first, then what the host has. */
enum agent_action serve_shown_getxattr(struct agent_slot *slot)
{
	int index = row_index(slot->call.row, XATTR_NAME);
	const char *name = (const char *)slot->call.arguments[index];
	long number = slot->call.number;
	bool is_ours = name_is_ours(name);
	bool is_list;
	long status;

	if (agent_shared()->host_user == 0 || (!is_ours && !name_is_kept(name)))
		return AGENT_GO_ON;
	if (is_ours || !is_classic(slot, XATTR_NAME) ||
		text_length(name, ATTRIBUTE_NAME_SIZE) == ATTRIBUTE_NAME_SIZE)
		return punt(slot, PUNT_record);
	is_list = tells_links(slot);
	if ((is_list ? translate_all(slot) : translate_followed(slot)) ==
		PUNTED)
		return punt_refused(slot);
	if (is_list && slot->progress.follows >= 0)
		number = __NR_lgetxattr;
	status = get_kept(slot, number, name);
	if (status == -EACCES)
		return punt(slot, PUNT_denied);
	if (status > 0 && strcmp(name, ACL_ACCESS) == 0)
		return punt(slot, PUNT_record); /* the mode tells a part */
	if (status >= 0 || status == -ERANGE)
		return leave(slot, status);
	return is_list ? call_translated(slot)
		       : make_call(slot, AGENT_AFTER, REVIEW_NONE);
}

#define MINIMAL_SIZE 28 /* a list that says no more than a mode does */

/* A list that says what chmod(2) could say as well. */
static enum agent_action set_list(struct agent_slot *slot)
{
	const uint64_t *arguments = slot->call.arguments;
	bool is_minimal = false;
	struct subject subject;
	struct record wanted;
	enum agent_action end;
	mode_t mode;

	if (arguments[3] != MINIMAL_SIZE || arguments[4] != 0 ||
		acl_to_mode((const void *)arguments[2], MINIMAL_SIZE, &mode,
			&is_minimal) < 0 ||
		!is_minimal)
		return punt(slot, PUNT_record);
	if (!find_changed(slot, &subject, &end))
		return end;
	/* A longer one would have to go. */
	if (has_attribute(slot, RECORD_PREFIX ACL_ACCESS))
		return punt(slot, PUNT_record);
	wanted = subject.shown;
	wanted.mode = (wanted.mode & ~(mode_t)0777) | mode;
	return change(slot, &subject, &wanted);
}

/* There is none, neither kept nor the host's: the kernel minds no less. */
static enum agent_action remove_list(struct agent_slot *slot, const char *name)
{
	bool is_default = strcmp(name, ACL_DEFAULT) == 0;
	enum agent_action end;

	if (!find_object(slot, &end))
		return end;
	if (!is_own(slot) || S_ISLNK(mode_of(slot)) ||
		has_attribute(slot, is_default ? RECORD_PREFIX ACL_DEFAULT
					       : RECORD_PREFIX ACL_ACCESS) ||
		has_attribute(slot, is_default ? ACL_DEFAULT : ACL_ACCESS))
		return punt(slot, PUNT_record);
	return make_call(slot, AGENT_AFTER, REVIEW_NONE);
}

enum agent_action serve_shown_setxattr(struct agent_slot *slot)
{
	int index = row_index(slot->call.row, XATTR_NAME);
	const char *name = (const char *)slot->call.arguments[index];

	if (agent_shared()->host_user == 0 ||
		(!name_is_ours(name) && !name_is_kept(name)))
		return AGENT_GO_ON;
	if (slot->call.row->handler == HANDLER_setxattr &&
		is_classic(slot, XATTR_NAME) && strcmp(name, ACL_ACCESS) == 0)
		return hold_records(slot, set_list);
	if (slot->call.row->handler == HANDLER_removexattr &&
		is_classic(slot, XATTR_NAME) && name_is_list(name))
		return remove_list(slot, name);
	return punt(slot, PUNT_record);
}

enum agent_action serve_shown_listxattr(struct agent_slot *slot)
{
	const uint64_t *call = slot->registers.call;
	uint64_t room = slot->call.arguments[2];
	char *list = slot->resolution.guest.text.bytes;
	long size;

	if (!is_classic(slot, XATTR_LIST))
		return punt(slot, PUNT_record);
	if (translate_followed(slot) == PUNTED)
		return punt_refused(slot);
	size = raw_syscall(slot->call.number, (long)call[1], (long)list,
		TEXT_MAX, 0, 0, 0);
	if (size == -EACCES)
		return punt(slot, PUNT_denied);
	if (size == -ERANGE)
		return punt(slot, PUNT_record);
	if (size > 0)
		size = (long)names_show(list, (size_t)size, true);
	if (size <= 0 || room == 0)
		return leave(slot, size);
	if ((uint64_t)size > room)
		return leave(slot, -ERANGE);
	memcpy((void *)call[2], list, (size_t)size);
	return leave(slot, size);
}
