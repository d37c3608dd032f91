/* SPDX-License-Identifier: MIT */
/* Calls that ask for the shown identity, or change it. */
#ifndef EMULATE_CREDENTIALS_H
#define EMULATE_CREDENTIALS_H

#include "emulate/call.h"

/* prctl(2)'s options about capabilities; leaves all others alone. */
void credentials_prctl(struct call *call);

#endif
