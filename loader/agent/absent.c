/* SPDX-License-Identifier: MIT */
/* For machines without an agent. */
#include "agent/patch.h"

bool agent_map(const char *path, uint64_t size)
{
	(void)path;
	(void)size;
	return false;
}

void agent_make_place(unsigned int which, uint64_t near)
{
	(void)which;
	(void)near;
}

void agent_patch(const struct agent_mapping *mapping)
{
	(void)mapping;
}
