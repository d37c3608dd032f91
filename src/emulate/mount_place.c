/* SPDX-License-Identifier: MIT */
/* Names that cannot go away, since something is mounted there. */
#include "emulate/mount_place.h"

#include "emulate/file.h"
#include "emulate/lookup.h"
#include "view/mounts.h"

#include <errno.h>
#include <linux/capability.h>
#include <unistd.h>

bool mount_place_is(const struct call *call, const struct resolution *r)
{
	const struct standpoint *standpoint = call->task->process->standpoint;

	return !r->is_untouched &&
	       (r->binding ||
		       (standpoint && mount_hangs_on(standpoint, &r->host)));
}

/* 0, or what bars the user from changing the directory of a mount's place. */
static int parent_error(const struct call *call, const struct resolution *r)
{
	struct guest_path parent;
	struct host_path host;

	if (!r->has_guest || task_is_capable(call->task, CAP_DAC_OVERRIDE))
		return 0;
	text_copy(&parent.text, &r->guest.text);
	path_remove_last(&parent.text);
	if (view_map(call->task->process->view, &parent, &host) < 0 ||
		access(host.text.bytes, W_OK | X_OK) == 0)
		return 0;
	return -errno;
}

bool mount_place_is_root(const struct call *call, const struct resolution *r)
{
	return r->has_guest &&
	       text_is(&r->guest.text,
		       call->task->process->view->base.text.bytes);
}

int mount_place_error(const struct call *call, const struct resolution *r)
{
	bool is_rmdir = removes_directory(call);
	bool is_unlink = !may_move_directory(call);
	bool is_directory = file_is_directory(&r->host);
	const char *end = r->host.text.bytes + r->host.text.length;
	int status;

	if (flags_are_wrong(call))
		return 0;
	if (mount_place_is_root(call, r))
		return is_unlink ? -EISDIR : -EBUSY;
	status = parent_error(call, r);
	if (status < 0)
		return status;
	if (is_unlink && is_directory)
		return -EISDIR;
	if (!is_directory && (is_rmdir || end[-1] == '/'))
		return -ENOTDIR;
	return -EBUSY;
}
