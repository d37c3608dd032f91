/* SPDX-License-Identifier: MIT */
/* What /proc says of the guests' directories and descriptors. */
#include "emulate/usage.h"

#include "view/kernel.h"
#include "view/mounts.h"
#include "view/storage.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

struct usage {
	const struct host_path *directory;
	const struct standpoint *namespace;
	bool is_found;
};

/* What has been removed from it is in it, too. */
static bool is_link_into(
	const struct viewer *viewer, int fd, const struct host_path *directory)
{
	struct host_path link;
	struct text target;

	viewer_proc_path(viewer, fd, &link);
	return kernel_read_link(link.text.bytes, &target) > 0 &&
	       path_below(&target, &directory->text);
}

static bool has_descriptor_in(
	const struct viewer *viewer, const struct host_path *directory)
{
	struct host_path name;
	struct dirent *entry;
	bool is_found = false;
	DIR *descriptors;

	viewer_proc_path(viewer, 0, &name);
	path_remove_last(&name.text);
	descriptors = opendir(name.text.bytes);
	while (descriptors && !is_found && (entry = readdir(descriptors)))
		is_found = entry->d_name[0] != '.' &&
			   is_link_into(viewer, atoi(entry->d_name), directory);
	if (descriptors)
		closedir(descriptors);
	return is_found;
}

static bool has_root_in(
	const struct view *view, const struct host_path *directory)
{
	struct host_path host;

	return view_map(view, &view->base, &host) == 0 &&
	       path_below(&host.text, &directory->text);
}

static void look_at(struct task *task, void *data)
{
	struct usage *usage = data;
	const struct process *process = task->process;

	if (usage->is_found || !process)
		return;
	if (usage->namespace &&
		(!process->standpoint ||
			!standpoint_is_same_namespace(
				process->standpoint, usage->namespace)))
		return;
	usage->is_found =
		has_root_in(process->view, usage->directory) ||
		is_link_into(&task->viewer, AT_FDCWD, usage->directory) ||
		has_descriptor_in(&task->viewer, usage->directory);
}

bool usage_find(
	const struct host_path *directory, const struct standpoint *namespace)
{
	struct usage usage = {directory, namespace, false};

	task_each(look_at, &usage);
	return usage.is_found;
}

static bool is_used_by_any(const struct host_path *directory)
{
	return usage_find(directory, NULL);
}

void usage_sweep(void)
{
	if (storage_is_left())
		storage_sweep(is_used_by_any);
}
