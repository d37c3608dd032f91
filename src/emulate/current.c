/* SPDX-License-Identifier: MIT */
/* By which of its names a process is in its current directory. */
#include "emulate/current.h"

#include "view/path.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

bool current_has_other_name(
	const struct view *view, const struct guest_path *guest)
{
	struct host_path host;
	struct guest_path told;

	return view_map(view, guest, &host) < 0 ||
	       view_detranslate_top(view, &host, &told) < 0 ||
	       !text_is(&told.text, guest->text.bytes);
}

/* By which guest path is the current directory known? */
static bool name_current(const struct task *task, struct guest_path *guest)
{
	struct host_path host;

	return viewer_host_path(&task->viewer, AT_FDCWD, &host) == 0 &&
	       viewer_directory(
		       task->process->view, &task->viewer, &host, guest) == 0;
}

/* Where names lead to that are neither symlinks nor "..". */
static bool go_plainly(struct guest_path *guest, const char *path)
{
	while (*path != '\0') {
		struct component c = component_at(path);

		if (c.size > 0 && !component_is_dot(&c) &&
			path_join(&guest->text, c.name, c.size) < 0)
			return false;
		path = c.next;
	}
	return true;
}

void current_remember(
	struct call *call, const char *path, const struct resolution *r)
{
	struct process *process = call->task->process;
	struct guest_path guest;
	bool had_other_name;

	if (!r->is_untouched && r->has_guest)
		text_copy(&guest.text, &r->guest.text);
	else if (!r->is_untouched || !name_current(call->task, &guest) ||
		 !go_plainly(&guest, path))
		return;
	free(process->directory);
	process->directory = strdup(guest.text.bytes);
	had_other_name = process->has_other_name;
	process->has_other_name = current_has_other_name(process->view, &guest);
	if (process->has_other_name || had_other_name)
		task_name_directory(call->task);
}
