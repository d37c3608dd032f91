/* SPDX-License-Identifier: MIT */
/* Mounts, and the host's files and directories that they show. */
#include "view/mount.h"

#include "view/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The kernel's own numbers are far below. */
static uint32_t last_number = 0x8000;

/* --- places: absolute paths on a mount, as strings --- */

/* "" or "/…" when PATH is PREFIX or below it; else null. */
const char *place_below(const char *path, const char *prefix)
{
	size_t size = strlen(prefix);

	if (size == 1)
		return path[1] == '\0' ? path + 1 : path;
	if (strncmp(path, prefix, size) != 0 ||
		(path[size] != '\0' && path[size] != '/'))
		return NULL;
	return path + size;
}

bool place_is_root(const char *path)
{
	return path[1] == '\0';
}

const char *place_or_root(const char *path)
{
	return *path == '\0' ? "/" : path;
}

/* --- sources --- */

static struct source *source_share(struct source *source)
{
	source->references++;
	return source;
}

void source_leave(struct source *source)
{
	if (!source || --source->references > 0)
		return;
	if (source->fd >= 0)
		close(source->fd);
	storage_leave(source->storage);
	free(source->type);
	free(source->device);
	free(source);
}

/* Devices are many, and stay where they are. */
static bool is_device(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 &&
	       (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode));
}

/* The short name for a directory is as build.c gives one. */
void source_open(struct source *source)
{
	int type = source->is_directory ? O_DIRECTORY : 0;
	char name[64];

	source->fd = open(source->host.text.bytes,
		O_PATH | O_NOFOLLOW | O_CLOEXEC | type);
	if (source->fd >= 0 && is_device(source->fd)) {
		close(source->fd);
		source->fd = -1;
	}
	if (source->fd < 0 || !source->is_directory)
		return;
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)getpid(),
		source->fd);
	text_set(&source->alias.text, name, strlen(name));
}

struct source *source_create(void)
{
	struct source *source = calloc(1, sizeof(*source));

	if (source) {
		source->references = 1;
		source->fd = -1;
		source->kind = BINDING_GIVEN;
	}
	return source;
}

struct source *source_of_binding(const struct binding *binding)
{
	struct source *source = source_create();

	if (!source)
		return NULL;
	text_copy(&source->host.text, &binding->host->text);
	text_copy(&source->alias.text, &binding->alias->text);
	source->kind = binding->kind;
	source->is_directory = binding->is_directory;
	return source;
}

/* A file or directory on a mount; it is mounted as the mount is. */
struct source *source_below(
	struct source *whole, const char *path, bool is_directory, int *error)
{
	struct source *source;

	*error = -ENOMEM;
	if (place_is_root(path))
		return source_share(whole);
	source = source_create();
	if (!source)
		return NULL;
	text_copy(&source->host.text, &whole->host.text);
	*error = path_join(&source->host.text, path + 1, strlen(path + 1));
	source->is_directory = is_directory;
	source->storage = storage_share(whole->storage);
	source->type = whole->type ? strdup(whole->type) : NULL;
	source->device = whole->device ? strdup(whole->device) : NULL;
	if (*error < 0) {
		source_leave(source);
		return NULL;
	}
	source_open(source);
	return source;
}

/* --- mounts --- */

static void mount_free(struct mount *mount)
{
	source_leave(mount->source);
	free(mount->place);
	free(mount);
}

/* Takes SOURCE over, even if it fails. Nowhere yet. */
struct mount *mount_create(struct source *source)
{
	struct mount *mount = source ? calloc(1, sizeof(*mount)) : NULL;

	if (!mount) {
		source_leave(source);
		return NULL;
	}
	mount->source = source;
	mount->place = strdup("/");
	if (!mount->place) {
		mount_free(mount);
		return NULL;
	}
	mount->number = ++last_number;
	return mount;
}

struct mount *mount_copy(const struct mount *from)
{
	struct mount *mount = mount_create(source_share(from->source));
	char *place = strdup(from->place);

	if (!mount || !place) {
		if (mount)
			mount_free(mount);
		free(place);
		return NULL;
	}
	free(mount->place);
	mount->place = place;
	mount->flags = from->flags;
	mount->has_own_flags = from->has_own_flags;
	mount->is_ghost = from->is_ghost;
	mount->is_locked = from->is_locked;
	mount->limits = from->limits;
	return mount;
}

int mount_put(struct mount *mount, struct mount *parent, const char *place)
{
	char *copy = strdup(place);

	if (!copy)
		return -ENOMEM;
	free(mount->place);
	mount->place = copy;
	mount->parent = parent;
	return 0;
}

struct mount *mount_on(const struct mount_namespace *ns,
	const struct mount *parent, const char *place)
{
	for (struct mount *m = ns->mounts; m; m = m->next)
		if (m->parent == parent && strcmp(m->place, place) == 0)
			return m;
	return NULL;
}

bool mount_is_ancestor(const struct mount *ancestor, const struct mount *mount)
{
	for (; mount; mount = mount->parent)
		if (mount == ancestor)
			return true;
	return false;
}

struct mount *mount_by_number(const struct mount_namespace *ns, uint32_t number)
{
	struct mount *mount = ns->mounts;

	while (mount && mount->number != number)
		mount = mount->next;
	return mount;
}

struct mount *mount_root(const struct mount_namespace *ns)
{
	struct mount *mount = ns->mounts;

	while (mount && mount->parent)
		mount = mount->next;
	return mount;
}

void namespace_append(struct mount_namespace *ns, struct mount *mount)
{
	struct mount **end = &ns->mounts;

	while (*end)
		end = &(*end)->next;
	*end = mount;
	while (mount) {
		ns->count++;
		mount = mount->next;
	}
}

void mounts_free(struct mount *list)
{
	while (list) {
		struct mount *next = list->next;

		mount_free(list);
		list = next;
	}
}
