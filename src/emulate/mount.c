/* SPDX-License-Identifier: MIT */
/* mount(2) and fsconfig(2): arguments that are paths only sometimes. */
#include "emulate/handlers.h"
#include "emulate/paths.h"

#include <errno.h>
#include <linux/mount.h>
#include <sys/mount.h>

/* A block device, a directory to bind, or just a word like "proc". */
static bool source_is_path(struct call *call)
{
	char first = '\0';

	if (call->arguments[3] & (MS_BIND | MS_MOVE))
		return true;
	return guest_read(call->task, call->arguments[0], &first, 1) == 0 &&
	       first == '/';
}

void mount_enter(struct call *call)
{
	if (source_is_path(call))
		path_rewrite(call, 0);
	if (!call->is_done)
		path_rewrite(call, 1);
}

/* The value is argument 3, the directory that it starts from argument 4. */
void fsconfig_enter(struct call *call)
{
	char path[TEXT_MAX];
	struct resolution *r;
	long size = guest_read_string(
		call->task, call->arguments[3], path, sizeof(path));
	int status;

	if (size <= 0)
		return;
	status = path_resolve(call, (int)call->arguments[4], path, (size_t)size,
		LOOKUP_FOLLOW, &r);
	if (status < 0)
		call_finish(call, status);
	else if (!r->is_untouched)
		path_set(call, 3, r);
}
