/* SPDX-License-Identifier: MIT */
/* Names of AF_UNIX sockets, see unix(7): paths of at most 107 bytes. */
#ifndef EMULATE_SOCKNAME_H
#define EMULATE_SOCKNAME_H

#include "emulate/call.h"

#include <sys/un.h>

/*
 * Read the name at ADDRESS and translate it. 1: it is a path and NAME, *SIZE
 * are what the kernel shall get; 0: leave it alone; -errno: refuse the call.
 * IS_NEW: bind(2) is about to make it.
 */
int sockname_translate(struct call *call, uint64_t address, uint64_t size,
	bool is_new, struct sockaddr_un *name, uint32_t *new_size);

/*
 * A name came out: translate it where it lies. CAPACITY is the guest's
 * buffer; *SIZE what the kernel said, and then what we say.
 */
void sockname_detranslate(
	struct call *call, uint64_t address, uint32_t capacity, uint32_t *size);

#endif
