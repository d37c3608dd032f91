/* SPDX-License-Identifier: MIT */
/*
 * Sources of mounts that guests rename or remove.
 *
 * In the kernel a mount holds the very file or directory; here it is found by
 * its host path. A descriptor of it tells a new path after a rename. A file
 * that loses its last name gets one in a directory of ours.
 */
#include "view/mount.h"

#include "view/storage.h"
#include "view/viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* Does CHANGE say so of some source? It is asked about each of them. */
static bool each_source(bool (*change)(struct source *source, const void *data),
	const void *data)
{
	bool is_changed = false;

	for (struct mount_namespace *ns = namespace_first(); ns; ns = ns->next)
		for (struct mount *m = ns->mounts; m; m = m->next)
			if (m->source->fd >= 0)
				is_changed |= change(m->source, data);
	return is_changed;
}

static void refresh_all(void)
{
	for (struct mount_namespace *ns = namespace_first(); ns; ns = ns->next)
		namespace_refresh(ns);
}

static bool exists(struct source *source, const void *unused)
{
	(void)source;
	(void)unused;
	return true;
}

static bool is_file(struct source *source, const void *unused)
{
	(void)unused;
	return !source->is_directory;
}

bool mounts_have_sources(void)
{
	return each_source(exists, NULL);
}

bool mounts_have_files(void)
{
	return each_source(is_file, NULL);
}

static bool follow(struct source *source, const void *unused)
{
	struct host_path now;
	char link[32];

	(void)unused;
	snprintf(link, sizeof(link), "/proc/self/fd/%d", source->fd);
	if (viewer_link_path(link, &now) < 0 ||
		text_is(&now.text, source->host.text.bytes))
		return false;
	text_copy(&source->host.text, &now.text);
	return true;
}

void mounts_follow(void)
{
	if (each_source(follow, NULL))
		refresh_all();
}

/* Another name for it is seen by nobody, but for its number of links. */
static bool may_have_name(const struct source *source)
{
	const struct text *storages = &storage_directory()->text;
	struct stat status;

	if (fstat(source->fd, &status) < 0 || S_ISDIR(status.st_mode))
		return false;
	return status.st_nlink == 1 ||
	       (storages->length > 0 &&
		       path_below(&source->host.text, storages));
}

static int give_name(struct source *source, struct host_path *name)
{
	const char *last = path_last(&source->host.text);
	struct storage *storage;
	int status = storage_create(0700, &storage, name);

	if (status < 0)
		return status;
	status = path_join(&name->text, last, text_length(last, TEXT_MAX));
	if (status == 0 && link(source->host.text.bytes, name->text.bytes) < 0)
		status = -errno;
	if (status < 0) {
		storage_leave(storage);
		return status;
	}
	storage_leave(source->storage);
	source->storage = storage;
	return 0;
}

static bool keep(struct source *source, const void *data)
{
	const struct host_path *name = data;
	struct host_path kept;

	if (source->is_directory ||
		!text_is(&source->host.text, name->text.bytes) ||
		!may_have_name(source) || give_name(source, &kept) < 0)
		return false;
	text_copy(&source->host.text, &kept.text);
	close(source->fd);
	source_open(source);
	return true;
}

void mounts_keep(const struct host_path *name)
{
	if (each_source(keep, name))
		refresh_all();
}
