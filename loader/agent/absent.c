/* SPDX-License-Identifier: MIT */
/* For machines without an agent. */
#include "agent/patch.h"

bool agent_map(const char *common, const char *shared, uint64_t size)
{
	(void)common;
	(void)shared;
	(void)size;
	return false;
}

const struct plan *agent_plan(unsigned int number)
{
	(void)number;
	return 0;
}

void agent_plan_is_done(unsigned int number)
{
	(void)number;
}

uint64_t agent_make_place(unsigned int which, uint64_t near, uint64_t size)
{
	(void)which;
	(void)near;
	(void)size;
	return 0;
}

void agent_ready(uint64_t stack)
{
	(void)stack;
}

uint32_t agent_find_sites(const struct agent_mapping *mapping)
{
	(void)mapping;
	return 0;
}

void agent_patch(const struct agent_mapping *mapping, uint32_t first)
{
	(void)mapping;
	(void)first;
}
