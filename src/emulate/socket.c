/* SPDX-License-Identifier: MIT */
/* Calls that take or give the names of sockets. */
#include "emulate/handlers.h"
#include "emulate/paths.h"
#include "emulate/peer.h"
#include "emulate/sockname.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MESSAGES_MAX 1024 /* UIO_MAXIOV: the kernel takes no more at once */

/* --- names that go in --- */

static void give_name(struct call *call, bool is_new)
{
	unsigned int index = (unsigned int)row_index(call->row, SOCKADDR);
	struct sockaddr_un name;
	uint64_t address;
	uint32_t size;
	int status = sockname_translate(call, call->arguments[index],
		call->arguments[index + 1] & 0xffffffff, is_new, &name, &size);

	if (status > 0) {
		status = call_place(call, &name, size, &address);
		if (status == 0) {
			call_set(call, index, address);
			call_set(call, index + 1, size);
		}
	}
	if (status < 0 && status != -EAGAIN)
		call_finish(call, status);
}

void sockaddr_enter(struct call *call)
{
	give_name(call, false);
}

void bind_enter(struct call *call)
{
	give_name(call, true);
}

/* 1: the message's name was replaced by one that was put in place. */
static int translate_name(struct call *call, struct msghdr *message)
{
	struct sockaddr_un name;
	uint64_t address;
	uint32_t size;
	int status =
		sockname_translate(call, (uint64_t)(uintptr_t)message->msg_name,
			message->msg_namelen, false, &name, &size);

	if (status <= 0)
		return status;
	status = call_place(call, &name, size, &address);
	if (status < 0)
		return status;
	message->msg_name = (void *)(uintptr_t)address;
	message->msg_namelen = size;
	return 1;
}

/* 1: something in the message was replaced. */
static int translate_message(struct call *call, struct msghdr *message)
{
	int status = translate_name(call, message);
	int changed = status;

	if (status >= 0)
		status = peer_translate(call, message);
	return status < 0 ? status : changed | status;
}

void sendmsg_enter(struct call *call)
{
	unsigned int index = (unsigned int)row_index(call->row, MSGHDR);
	struct msghdr message;
	uint64_t address;
	int status;

	if (guest_read(call->task, call->arguments[index], &message,
		    sizeof(message)) < 0)
		return;
	status = translate_message(call, &message);
	if (status > 0) {
		status = call_place(call, &message, sizeof(message), &address);
		if (status == 0)
			call_set(call, index, address);
	}
	if (status < 0 && status != -EAGAIN)
		call_finish(call, status);
}

/* The kernel wrote into our copy how much of each message it has sent. */
static void sendmmsg_exit(struct call *call)
{
	uint64_t original = argument_of(call, MMSGHDR);

	for (long i = 0; i < call->result; i++) {
		uint64_t offset = (uint64_t)i * sizeof(struct mmsghdr) +
				  offsetof(struct mmsghdr, msg_len);
		unsigned int length;

		if (guest_read(call->task, call->saved.messages.copy + offset,
			    &length, sizeof(length)) == 0)
			guest_write(call->task, original + offset, &length,
				sizeof(length));
	}
}

/* At the first bad name the call ends: *COUNT is then what comes before it. */
static int translate_messages(
	struct call *call, struct mmsghdr *messages, unsigned int *count)
{
	int changed = 0;

	for (unsigned int i = 0; i < *count; i++) {
		int status = translate_message(call, &messages[i].msg_hdr);

		if (status < 0 && (i == 0 || status == -EAGAIN))
			return status;
		if (status < 0) {
			*count = i;
			return 1;
		}
		changed |= status;
	}
	return changed;
}

void sendmmsg_enter(struct call *call)
{
	unsigned int index = (unsigned int)row_index(call->row, MMSGHDR);
	unsigned int count = (unsigned int)call->arguments[index + 1];
	struct mmsghdr *messages;
	uint64_t address;
	int status;

	if (count > MESSAGES_MAX)
		count = MESSAGES_MAX;
	messages = calloc(count + 1, sizeof(*messages));
	if (!messages || guest_read(call->task, call->arguments[index],
				 messages, count * sizeof(*messages)) < 0)
		goto out;
	status = translate_messages(call, messages, &count);
	if (status > 0) {
		status = call_place(
			call, messages, count * sizeof(*messages), &address);
		if (status == 0) {
			call_set(call, index, address);
			call_set(call, index + 1, count);
			call->saved.messages.copy = address;
			call_at_exit(call, sendmmsg_exit);
		}
	}
	if (status < 0 && status != -EAGAIN)
		call_finish(call, status);
out:
	free(messages);
}

/* --- names that come out --- */

static void sockname_exit(struct call *call)
{
	uint32_t size;

	if (call->result < 0 ||
		guest_read(call->task, call->saved.name.length_address, &size,
			sizeof(size)) < 0)
		return;
	sockname_detranslate(call, call->saved.name.address,
		call->saved.name.capacity, &size);
	guest_write(call->task, call->saved.name.length_address, &size,
		sizeof(size));
}

void sockname_enter(struct call *call)
{
	unsigned int index = (unsigned int)row_index(call->row, OUT_SOCKADDR);

	call->saved.name.address = call->arguments[index];
	call->saved.name.length_address = call->arguments[index + 1];
	if (call->saved.name.address != 0 &&
		guest_read(call->task, call->saved.name.length_address,
			&call->saved.name.capacity, sizeof(uint32_t)) == 0)
		call_at_exit(call, sockname_exit);
}

static void recvmsg_exit(struct call *call)
{
	if (call->result < 0)
		return;
	if (call->saved.name.address != 0)
		sockname_exit(call);
	peer_detranslate(call, call->saved.name.length_address -
				       offsetof(struct msghdr, msg_namelen));
}

void recvmsg_enter(struct call *call)
{
	unsigned int index = (unsigned int)row_index(call->row, OUT_MSGHDR);
	uint64_t header = call->arguments[index];
	struct msghdr message;

	if (guest_read(call->task, header, &message, sizeof(message)) < 0 ||
		(!message.msg_name && !peer_is_expected(call, &message)))
		return;
	call->saved.name.address = (uint64_t)(uintptr_t)message.msg_name;
	call->saved.name.length_address =
		header + offsetof(struct msghdr, msg_namelen);
	call->saved.name.capacity = message.msg_namelen;
	call_at_exit(call, recvmsg_exit);
}

static void recvmmsg_exit(struct call *call)
{
	uint64_t at = argument_of(call, OUT_MMSGHDR);
	uint32_t *capacities = call->saved.messages.capacities;

	for (long i = 0;
		i < call->result && i < (long)call->saved.messages.count;
		i++, at += sizeof(struct mmsghdr)) {
		struct msghdr message;
		uint32_t size;

		if (guest_read(call->task, at, &message, sizeof(message)) < 0)
			break;
		size = message.msg_namelen;
		peer_detranslate(call, at);
		if (!message.msg_name)
			continue;
		sockname_detranslate(call,
			(uint64_t)(uintptr_t)message.msg_name, capacities[i],
			&size);
		guest_write(call->task,
			at + offsetof(struct msghdr, msg_namelen), &size,
			sizeof(size));
	}
	free(capacities);
}

void recvmmsg_enter(struct call *call)
{
	unsigned int index = (unsigned int)row_index(call->row, OUT_MMSGHDR);
	unsigned int count = (unsigned int)call->arguments[index + 1];
	bool has_names = false;
	uint32_t *capacities;

	if (count > MESSAGES_MAX)
		count = MESSAGES_MAX;
	capacities = calloc(count + 1, sizeof(*capacities));
	for (unsigned int i = 0; capacities && i < count; i++) {
		struct mmsghdr message;

		if (guest_read(call->task,
			    call->arguments[index] + i * sizeof(message),
			    &message, sizeof(message)) < 0)
			break;
		capacities[i] = message.msg_hdr.msg_namelen;
		has_names |= message.msg_hdr.msg_name != NULL ||
			     peer_is_expected(call, &message.msg_hdr);
	}
	if (!has_names) {
		free(capacities);
		return;
	}
	call->saved.messages.capacities = capacities;
	call->saved.messages.count = count;
	call_at_exit(call, recvmmsg_exit);
}

/* i386 only, where nothing runs yet. */
void socketcall_enter(struct call *call)
{
	call_finish(call, -ENOSYS);
}
