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

#endif
