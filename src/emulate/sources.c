/* SPDX-License-Identifier: MIT */
/* Which calls concern what is mounted, see view/sources.c. */
#include "emulate/sources.h"

#include "emulate/paths.h"

#include "view/mounts.h"

#include <linux/fs.h>

/* What loses its name: what rename(2) moves has only another one. */
static int lost_name(const struct call *call)
{
	int replaced = row_index(call->row, PATH_REPLACE);

	if (replaced < 0)
		return row_index(call->row, PATH_REMOVE);
	return argument_of(call, RENAME_FLAGS) & RENAME_EXCHANGE ? -1
								 : replaced;
}

void sources_keep(struct call *call)
{
	int argument = mounts_have_files() ? lost_name(call) : -1;
	struct resolution *r;

	if (argument >= 0 &&
		path_find(call, (unsigned int)argument, LOOKUP_PARENT, &r) == 0)
		mounts_keep(&r->host);
}

static void rename_exit(struct call *call)
{
	if (call->result == 0)
		mounts_follow();
}

void sources_follow(struct call *call)
{
	if (!mounts_have_sources())
		return;
	if (call->is_done)
		rename_exit(call);
	else if (!call->needs_exit)
		call_at_exit(call, rename_exit);
}
