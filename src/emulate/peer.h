/* SPDX-License-Identifier: MIT */
/*
 * Who is at the other end of a socket, unix(7): SO_PEERCRED, SCM_CREDENTIALS.
 * The kernel tells the process and the ids of proot's user; guests see the
 * identity that the process is shown, as far as it still runs.
 */
#ifndef EMULATE_PEER_H
#define EMULATE_PEER_H

#include "emulate/call.h"

#include <sys/socket.h>

/*
 * A message that goes out: the ids that it claims become the kernel's. 1: its
 * control data were replaced; 0; -errno.
 */
int peer_translate(struct call *call, struct msghdr *message);

/* May credentials come in with this message? */
bool peer_is_expected(const struct call *call, const struct msghdr *message);

/* It came in: the header is at ADDRESS in the guest. */
void peer_detranslate(struct call *call, uint64_t address);

#endif
