/* SPDX-License-Identifier: MIT */
/* Whether guest memory can be seen at all; reading it: emulate/call.h. */
#ifndef TRACE_MEMORY_H
#define TRACE_MEMORY_H

#include "emulate/call.h"

#include <stdbool.h>

/*
 * Has the kernel refused a look since this was asked last? Then a call that
 * nobody has decided might hold a path, and must not pass.
 */
bool memory_was_denied(void);

/*
 * Write where the guest itself may not, to code: ptrace(2) copies the page. An
 * aligned word is written at once. 0 or -EFAULT.
 */
int guest_poke(
	struct task *task, uint64_t address, const void *bytes, size_t size);

#endif
