/* SPDX-License-Identifier: MIT */
/* readlink(2): links of /proc tell guest paths. */
#include "emulate/handlers.h"
#include "emulate/names.h"
#include "emulate/namespaces.h"
#include "emulate/paths.h"

#include "view/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* A file with emulated hard links is open by one of its names. */
static bool opened_name(
	const struct view *view, const struct host_path *link, struct text *out)
{
	struct host_path host;
	struct guest_path guest;

	if (!view->emulates_links ||
		viewer_link_path(link->text.bytes, &host) < 0)
		return false;
	if (!names_replace_body(&host) ||
		view_detranslate(view, &host, &guest) < 0)
		return false;
	text_copy(out, &guest.text);
	return true;
}

/* Of several names, the one by which that thread has come there. */
static bool current_name(const struct call *call, const struct host_path *link,
	int tid, struct text *out)
{
	const struct view *view = call->task->process->view;
	struct viewer viewer = call->task->viewer;
	struct host_path host;
	struct guest_path guest;

	viewer.tid = tid;
	if (viewer_link_path(link->text.bytes, &host) < 0 ||
		!viewer_remembers(view, &viewer, &host, &guest) ||
		view_below_base(view, &guest) < 0)
		return false;
	text_copy(out, &guest.text);
	return true;
}

/* What the guest shall read in a link of /proc; -errno as readlink(2). */
static int magic_text(struct call *call, const struct host_path *link,
	struct proc_entry entry, struct text *out)
{
	const struct viewer *viewer = &call->task->viewer;
	const struct process *process = task_process(entry.tid);
	struct guest_path program;
	int known = viewer_program(viewer, entry.pid, &program);

	if (known == -EAGAIN)
		return known;
	if (entry.kind == PROC_EXE && known == 0) {
		view_below_base(call->task->process->view, &program);
		text_copy(out, &program.text);
		return 0;
	}
	if (entry.kind == PROC_ROOT && known == 0)
		return text_set(out, "/", 1);
	if (entry.kind == PROC_CWD && current_name(call, link, entry.tid, out))
		return 0;
	if (opened_name(call->task->process->view, link, out))
		return 0;
	if (entry.kind == PROC_NAMESPACE && process &&
		namespaces_link_text(process, path_last(&link->text), out))
		return 0;
	return view_link_text(call->task->process->view, link->text.bytes, out);
}

static void answer(struct call *call, unsigned int out_index,
	const struct host_path *link, struct proc_entry entry)
{
	int size = (int)call->arguments[out_index + 1];
	struct text text;
	int status;

	if (size <= 0)
		return; /* EINVAL */
	status = magic_text(call, link, entry, &text);
	if (status < 0) {
		call_finish(call, status);
		return;
	}
	if ((size_t)size > text.length)
		size = (int)text.length;
	status = guest_write(call->task, call->arguments[out_index], text.bytes,
		(size_t)size);
	call_finish(call, status < 0 ? status : size);
}

/* readlinkat(fd, ""): the link was opened itself, by O_PATH | O_NOFOLLOW. */
static void answer_opened(
	struct call *call, unsigned int path_index, unsigned int out_index)
{
	struct host_path link;
	struct proc_entry entry;
	char byte;

	if (guest_read(call->task, call->arguments[path_index], &byte, 1) < 0 ||
		byte != '\0' || path_dirfd(call, path_index) == AT_FDCWD)
		return;
	if (viewer_host_path(&call->task->viewer, path_dirfd(call, path_index),
		    &link) < 0)
		return;
	entry = proc_entry(&link);
	if (proc_is_magic_link(entry.kind))
		answer(call, out_index, &link, entry);
}

void readlink_enter(struct call *call)
{
	unsigned int path_index =
		(unsigned int)row_index(call->row, PATH_NOFOLLOW);
	unsigned int out_index = (unsigned int)row_index(call->row, OUT_PATH);
	struct resolution *r;
	struct proc_entry entry;

	switch (path_look_up(call, path_index, &r)) {
	case PATH_REFUSED:
		return;
	case PATH_LEFT:
		answer_opened(call, path_index, out_index);
		return;
	case PATH_FOUND:
		break;
	}
	entry = proc_entry(&r->host);
	if (proc_is_magic_link(entry.kind))
		answer(call, out_index, &r->host, entry);
	else
		path_set(call, path_index, r);
}
