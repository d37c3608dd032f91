/* SPDX-License-Identifier: MIT */
/* Credentials that go through sockets. */
#include "emulate/peer.h"

#include "emulate/handlers.h"
#include "emulate/identity.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONTROL_MAX 65536

#ifndef SO_PEERGROUPS
#define SO_PEERGROUPS 59 /* Linux 4.13 */
#endif

/* --- the ids of a process --- */

/* The kernel tells a peer's effective ids, and a sender's real ones. */
static void show(struct ucred *who, bool is_effective)
{
	const struct identity *identity = task_identity(who->pid);

	if (!identity) {
		who->uid = identity_show_user(who->uid);
		who->gid = identity_show_group(who->gid);
	} else if (is_effective) {
		who->uid = identity->user.effective;
		who->gid = identity->group.effective;
	} else {
		who->uid = identity->user.real;
		who->gid = identity->group.real;
	}
}

/* --- audit --- */

/*
 * To a kernel without audit, programs of root say nothing. This one would
 * refuse what they say, and they would complain, or end.
 */
void socket_enter(struct call *call)
{
	if ((int)call->arguments[0] == AF_NETLINK &&
		task_is_capable(call->task, CAP_AUDIT_WRITE))
		call_finish(call, -EPROTONOSUPPORT);
}

/* --- getsockopt --- */

static void show_peer(struct call *call, uint64_t address, uint32_t size)
{
	struct ucred who;

	if (size < sizeof(who) ||
		guest_read(call->task, address, &who, sizeof(who)) < 0)
		return;
	show(&who, true);
	guest_write(call->task, address, &who, sizeof(who));
}

static void show_groups(struct call *call, uint64_t address, uint32_t size)
{
	for (; size >= sizeof(uint32_t);
		size -= sizeof(uint32_t), address += sizeof(uint32_t)) {
		uint32_t group;

		if (guest_read(call->task, address, &group, sizeof(group)) < 0)
			return;
		group = identity_show_group(group);
		guest_write(call->task, address, &group, sizeof(group));
	}
}

static void getsockopt_exit(struct call *call)
{
	const uint64_t *arguments = call->arguments;
	uint32_t size;

	if (call->result < 0 ||
		guest_read(call->task, arguments[4], &size, sizeof(size)) < 0)
		return;
	if ((int)arguments[2] == SO_PEERCRED)
		show_peer(call, arguments[3], size);
	else
		show_groups(call, arguments[3], size);
}

void getsockopt_enter(struct call *call)
{
	if ((int)call->arguments[1] == SOL_SOCKET)
		call_at_exit(call, getsockopt_exit);
}

/* --- messages --- */

static bool is_credentials(const struct cmsghdr *header)
{
	return header->cmsg_level == SOL_SOCKET &&
	       header->cmsg_type == SCM_CREDENTIALS &&
	       header->cmsg_len >= CMSG_LEN(sizeof(struct ucred));
}

/* Call VISIT for each SCM_CREDENTIALS: how many there were, or -errno. */
static int each_credentials(char *control, size_t size,
	const struct identity *identity,
	int (*visit)(struct ucred *who, const struct identity *identity))
{
	struct msghdr message = {
		.msg_control = control, .msg_controllen = size};
	int count = 0;

	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
		header = CMSG_NXTHDR(&message, header)) {
		struct ucred who;
		int status;

		if (header->cmsg_len < sizeof(*header))
			break;
		if (!is_credentials(header))
			continue;
		memcpy(&who, CMSG_DATA(header), sizeof(who));
		status = visit(&who, identity);
		if (status < 0)
			return status;
		memcpy(CMSG_DATA(header), &who, sizeof(who));
		count++;
	}
	return count;
}

static char *read_control(
	struct call *call, const struct msghdr *message, size_t size)
{
	uint64_t address = (uint64_t)(uintptr_t)message->msg_control;
	char *control;

	if (address == 0 || size < CMSG_LEN(sizeof(struct ucred)) ||
		size > CONTROL_MAX)
		return NULL;
	control = malloc(size);
	if (control && guest_read(call->task, address, control, size) < 0) {
		free(control);
		return NULL;
	}
	return control;
}

static bool is_one_of(const struct ids *ids, uint32_t id)
{
	return id == ids->real || id == ids->effective || id == ids->saved;
}

/* scm_check_creds(), net/core/scm.c */
static int claim(struct ucred *who, const struct identity *identity)
{
	if ((!is_one_of(&identity->user, who->uid) &&
		    !identity_has(identity, CAP_SETUID)) ||
		(!is_one_of(&identity->group, who->gid) &&
			!identity_has(identity, CAP_SETGID)))
		return -EPERM;
	who->uid = getuid();
	who->gid = getgid();
	return 0;
}

int peer_translate(struct call *call, struct msghdr *message)
{
	size_t size = message->msg_controllen;
	uint64_t address;
	char *control;
	int count;

	if (!call->task->identity)
		return 0;
	control = read_control(call, message, size);
	if (!control)
		return 0;
	count = each_credentials(control, size, call->task->identity, claim);
	if (count > 0) {
		int status = call_place(call, control, size, &address);

		count = status < 0 ? status : 1;
		message->msg_control = (void *)(uintptr_t)address;
	}
	free(control);
	return count;
}

bool peer_is_expected(const struct call *call, const struct msghdr *message)
{
	return call->task->identity && message->msg_control &&
	       message->msg_controllen >= CMSG_LEN(sizeof(struct ucred));
}

static int tell(struct ucred *who, const struct identity *identity)
{
	(void)identity;
	show(who, false);
	return 0;
}

void peer_detranslate(struct call *call, uint64_t address)
{
	struct msghdr message;
	size_t size;
	char *control;

	if (!call->task->identity ||
		guest_read(call->task, address, &message, sizeof(message)) < 0)
		return;
	size = message.msg_controllen;
	control = read_control(call, &message, size);
	if (!control)
		return;
	if (each_credentials(control, size, NULL, tell) > 0)
		guest_write(call->task,
			(uint64_t)(uintptr_t)message.msg_control, control,
			size);
	free(control);
}
