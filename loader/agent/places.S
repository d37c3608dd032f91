/* SPDX-License-Identifier: MIT */
/* Addresses that do not move, for code that has to be linked against them. */
#include "agent/layout.h"

	.globl	agent_off, agent_served
	.hidden	agent_off, agent_served
	.set	agent_off, AGENT_SPACE + SPACE_OFF
	.set	agent_served, AGENT_SHARED + SHARED_SERVED

	.section .note.GNU-stack,"",%progbits
