/* SPDX-License-Identifier: MIT */
/* An address that does not move, for code that has to be linked against it. */
#include "agent/layout.h"

	.globl	agent_served
	.hidden	agent_served
	.set	agent_served, AGENT_SHARED + SHARED_SERVED

	.section .note.GNU-stack,"",%progbits
