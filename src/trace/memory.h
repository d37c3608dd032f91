/* SPDX-License-Identifier: MIT */
/* Whether guest memory can be seen at all; reading it: emulate/call.h. */
#ifndef TRACE_MEMORY_H
#define TRACE_MEMORY_H

#include <stdbool.h>

/*
 * Has the kernel refused a look since this was asked last? Then a call that
 * nobody has decided might hold a path, and must not pass.
 */
bool memory_was_denied(void);

#endif
