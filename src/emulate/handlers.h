/* SPDX-License-Identifier: MIT */
/* The handlers that rows name: NAME_enter() for each of HANDLERS(). */
#ifndef EMULATE_HANDLERS_H
#define EMULATE_HANDLERS_H

#include "emulate/call.h"

#define X(name) call_function name##_enter;
HANDLERS(X)
#undef X

/* Let the row's handler say what shall happen. */
void call_dispatch(struct call *call);

#endif
