/* SPDX-License-Identifier: MIT */
/* The current directory, and the root directory. */
#include "emulate/handlers.h"
#include "emulate/need.h"
#include "emulate/paths.h"
#include "emulate/root.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- getcwd --- */

/* getcwd(2): a directory outside of the root is "(unreachable)". */
static int working_directory(struct task *task, struct text *out)
{
	struct host_path host;
	struct guest_path guest;
	int status = viewer_host_path(&task->viewer, AT_FDCWD, &host);
	struct stat directory;

	if (status == -ENAMETOOLONG) {
		/* That it was removed goes before its length. */
		viewer_proc_path(&task->viewer, AT_FDCWD, &host);
		if (stat(host.text.bytes, &directory) == 0 &&
			directory.st_nlink == 0)
			status = -ENOENT;
	}
	if (status < 0)
		return status;
	status = viewer_directory(
		task->process->view, &task->viewer, &host, &guest);
	status = status == 0
			 ? view_below_base(task->process->view, &guest)
			 : view_detranslate(task->process->view, &host, &guest);
	if (status == 0)
		text_copy(out, &guest.text);
	if (status != -ENOENT)
		return status;
	view_tell(task->process->view, &host, &guest.text);
	text_set(out, "(unreachable)", 13);
	return text_append(out, guest.text.bytes, guest.text.length);
}

void getcwd_enter(struct call *call)
{
	unsigned int out = (unsigned int)row_index(call->row, OUT_PATH);
	struct text text;
	int status = working_directory(call->task, &text);

	if (status == 0 && text.length + 1 > call->arguments[out + 1])
		status = -ERANGE;
	if (status == 0)
		status = guest_write(call->task, call->arguments[out],
			text.bytes, text.length + 1);
	call_finish(call, status < 0 ? status : (long)text.length + 1);
}

/* --- fchdir --- */

void fchdir_enter(struct call *call)
{
	const struct identity *identity = task_file_identity(call->task);
	int fd = (int)call->arguments[0];
	struct file file = {.follows = true};

	if (!identity || fd < 0)
		return;
	viewer_proc_path(&call->task->viewer, fd, &file.path);
	if (need_file(identity, &file, S_IFDIR, X_OK) < 0)
		call_finish(call, -EACCES);
}

/* --- chroot --- */

static int change_root(struct process *process, const struct resolution *r)
{
	struct host_path host;
	int status;

	if (r->has_guest)
		return root_change(process, &r->guest);
	status = path_real(&r->host, &host);
	return status < 0 ? status : root_change_covered(process, &host);
}

/*
 * The real one would pull the host's paths away under us: the view moves
 * instead. Without the privilege the kernel says what is wrong.
 */
void chroot_enter(struct call *call)
{
	struct resolution *r;
	int status;

	if (!task_may(call->task, CAP_SYS_CHROOT)) {
		path_rewrite(call, 0);
		return;
	}
	status = path_find(call, 0, LOOKUP_FOLLOW, &r);
	if (status == 0 && !file_is_directory(&r->host))
		status = -ENOTDIR;
	else if (status == 0 && access(r->host.text.bytes, X_OK) < 0)
		status = -EACCES;
	if (status == 0)
		status = change_root(call->task->process, r);
	call_finish(call, status);
}
