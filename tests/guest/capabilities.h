/* SPDX-License-Identifier: MIT */
/* Capabilities of this process, by system calls. */
#ifndef CAPABILITIES_H
#define CAPABILITIES_H

#include "probe.h"

#include <linux/capability.h>

static struct __user_cap_data_struct caps[2];

static inline uint64_t effective_capabilities(void)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0};

	memset(caps, 0, sizeof(caps));
	raw(SYS_capget, &header, caps);
	return caps[0].effective | (uint64_t)caps[1].effective << 32;
}

static inline long set_capabilities(void)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0};

	return raw(SYS_capset, &header, caps);
}

#endif
