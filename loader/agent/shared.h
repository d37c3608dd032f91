/* SPDX-License-Identifier: MIT */
/* The areas of layout.h, as code in a guest sees them. */
#ifndef AGENT_SHARED_H
#define AGENT_SHARED_H

#include "agent/layout.h"

static inline const struct agent_shared *agent_shared(void)
{
	return (const struct agent_shared *)AGENT_SHARED;
}

static inline struct agent_common *agent_common(void)
{
	return (struct agent_common *)AGENT_COMMON;
}

static inline struct agent_space *agent_space(void)
{
	return (struct agent_space *)AGENT_SPACE;
}

#define NOWHERE (-1)

/* Which file system of struct agent_local has files with this st_dev? */
static inline int local_place(uint64_t device)
{
	const struct agent_local *local = &agent_shared()->local;

	for (uint32_t i = 0; i < local->count; i++)
		if (local->devices[i] == device)
			return (int)i;
	return NOWHERE;
}

static inline bool is_local(uint64_t device)
{
	return local_place(device) != NOWHERE;
}

#endif
