/* SPDX-License-Identifier: MIT */
/* Making a view: host paths resolved, bindings sorted, glue put in place. */
#include "view/build.h"

#include "base/tree.h"
#include "view/resolve.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The directory that holds all glue; empty while there is none. */
static char glue_root[PATH_MAX];

static bool no_program(int pid, struct guest_path *path)
{
	(void)pid;
	(void)path;
	return false;
}

static int host_resolve(const char *path, struct host_path *host, bool *is_dir)
{
	char resolved[PATH_MAX];
	struct stat status;

	if (!realpath(path, resolved) || stat(resolved, &status) < 0)
		return -errno;
	*is_dir = S_ISDIR(status.st_mode);
	return text_set(&host->text, resolved, strlen(resolved));
}

/* A short name for a directory: our descriptor of it, in /proc. */
static void give_alias(struct binding *binding)
{
	char name[64];
	int fd;

	if (!binding->is_directory)
		return;
	fd = open(binding->host.text.bytes, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)getpid(), fd);
	text_set(&binding->alias.text, name, strlen(name));
}

/* Keep the longest guest path first; the newcomer replaces an equal one. */
static int insert(struct view *view, struct binding *binding)
{
	const struct text *path = &binding->guest.text;
	const char *name = path_last(path);
	unsigned int at = 0;

	give_alias(binding);
	view->names |= view_name_bit(
		name, path->length - (size_t)(name - path->bytes));
	while (at < view->count &&
		view->bindings[at]->guest.text.length > path->length)
		at++;
	for (unsigned int i = at; i < view->count; i++) {
		const struct text *other = &view->bindings[i]->guest.text;

		if (other->length == path->length &&
			memcmp(other->bytes, path->bytes, path->length) == 0) {
			view->bindings[i] = binding;
			return 0;
		}
	}
	if (view->count == BINDINGS_MAX)
		return -E2BIG;
	memmove(view->bindings + at + 1, view->bindings + at,
		(view->count - at) * sizeof(*view->bindings));
	view->bindings[at] = binding;
	view->count++;
	return 0;
}

int view_create(const char *host, struct view **view)
{
	struct binding *root = calloc(1, sizeof(*root));
	int status = -ENOMEM;

	*view = calloc(1, sizeof(**view));
	if (!root || !*view)
		goto fail;
	(*view)->bindings = calloc(BINDINGS_MAX, sizeof(struct binding *));
	if (!(*view)->bindings)
		goto fail;
	status = host_resolve(host, &root->host, &root->is_directory);
	if (status == 0 && !root->is_directory)
		status = -ENOTDIR;
	if (status < 0)
		goto fail;
	text_set(&(*view)->base.text, "/", 1);
	text_set(&root->guest.text, "/", 1);
	root->kind = BINDING_ROOT;
	return insert(*view, root);
fail:
	if (*view)
		free((*view)->bindings);
	free(*view);
	free(root);
	*view = NULL;
	return status;
}

int view_bind(
	struct view *view, const char *host, const char *guest, bool follow)
{
	const struct viewer myself = {getpid(), getpid(), no_program, NULL};
	struct binding *binding = calloc(1, sizeof(*binding));
	struct resolution *r = malloc(sizeof(*r));
	size_t size = strlen(guest);
	int status = -ENOMEM;

	if (!binding || !r)
		goto fail;
	while (!follow && size > 1 && guest[size - 1] == '/')
		size--; /* the kernel would follow a symlink for it */
	status = host_resolve(host, &binding->host, &binding->is_directory);
	if (status == 0)
		status = view_resolve(view, &myself, AT_FDCWD, guest, size,
			follow ? LOOKUP_FOLLOW | LOOKUP_NAMED : LOOKUP_NAMED,
			r);
	if (status == 0 && !r->has_guest)
		status = -ENOENT;
	if (status < 0)
		goto fail;
	text_copy(&binding->guest.text, &r->guest.text);
	binding->kind =
		r->guest.text.length == 1 ? BINDING_ROOT : BINDING_GIVEN;
	status = insert(view, binding);
	if (status < 0)
		goto fail;
	free(r);
	return 0;
fail:
	free(r);
	free(binding);
	return status;
}

/* --- glue --- */

static bool host_exists(const struct host_path *host)
{
	struct stat status;

	return lstat(host->text.bytes, &status) == 0;
}

static int glue_make_root(const char *temporary)
{
	if (glue_root[0] != '\0')
		return 0;
	if ((size_t)snprintf(glue_root, sizeof(glue_root),
		    "%s/proot-glue-XXXXXX", temporary) >= sizeof(glue_root))
		goto fail;
	if (mkdtemp(glue_root))
		return 0;
fail:
	glue_root[0] = '\0';
	return -errno;
}

/* Bind a fresh directory of our own at GUEST, which does not exist. */
static int glue_add(struct view *view, const struct guest_path *guest)
{
	struct binding *glue = calloc(1, sizeof(*glue));
	char name[sizeof(glue_root) + 16];

	if (!glue)
		return -ENOMEM;
	snprintf(name, sizeof(name), "%s/%u", glue_root, view->count);
	text_copy(&glue->guest.text, &guest->text);
	glue->kind = BINDING_GLUE;
	glue->is_directory = true;
	glue->is_ghost = true;
	if (mkdir(name, 0755) < 0 ||
		text_set(&glue->host.text, name, strlen(name)) < 0) {
		free(glue);
		return -errno;
	}
	view->has_ghosts = true;
	return insert(view, glue);
}

/* Make sure that the directory GUEST exists, from the top down. */
static int glue_parents(struct view *view, const struct guest_path *guest,
	const char *temporary)
{
	struct guest_path parent;
	struct host_path host;
	int status;

	if (guest->text.length == 1)
		return 0;
	status = view_map(view, guest, &host);
	if (status < 0 || host_exists(&host))
		return status;
	text_copy(&parent.text, &guest->text);
	path_remove_last(&parent.text);
	status = glue_parents(view, &parent, temporary);
	if (status == 0)
		status = glue_make_root(temporary);
	if (status == 0)
		status = view_map(view, guest, &host); /* glue may be above */
	if (status < 0)
		return status;
	if (view_find_binding(view, guest)->kind == BINDING_GLUE)
		return mkdir(host.text.bytes, 0755) < 0 ? -errno : 0;
	return glue_add(view, guest);
}

/* In glue, the binding's own name can exist for real. */
static void glue_fill(const struct host_path *place, bool is_directory)
{
	if (is_directory)
		mkdir(place->text.bytes, 0755);
	else
		mknod(place->text.bytes, S_IFREG | 0644, 0);
}

static int complete_one(
	struct view *view, struct binding *binding, const char *temporary)
{
	struct guest_path parent;
	struct host_path place;
	const char *name = path_last(&binding->guest.text);
	int status;

	text_copy(&parent.text, &binding->guest.text);
	path_remove_last(&parent.text);
	status = glue_parents(view, &parent, temporary);
	if (status == 0)
		status = view_map(view, &parent, &place);
	if (status == 0)
		status = path_join(&place.text, name, strlen(name));
	if (status < 0)
		return status;
	if (view_find_binding(view, &parent)->kind == BINDING_GLUE)
		glue_fill(&place, binding->is_directory);
	if (!host_exists(&place)) {
		binding->is_ghost = true;
		view->has_ghosts = true;
	}
	return 0;
}

/* What a guest would write there is lost: let it fail instead. */
static void seal_tree(int parent, const char *name)
{
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (directory && (entry = readdir(directory)))
		if (strcmp(entry->d_name, ".") != 0 &&
			strcmp(entry->d_name, "..") != 0)
			seal_tree(fd, entry->d_name);
	if (directory) {
		fchmod(fd, 0555);
		closedir(directory);
	}
}

int view_complete(struct view *view, const char *temporary)
{
	int answer = 0;

	/* Parents first: the shortest paths are last. Glue moves the rest. */
	for (unsigned int left = view->count; left > 0; left--) {
		struct binding *binding =
			(struct binding *)view->bindings[left - 1];
		unsigned int before = view->count;
		int status;

		if (binding->kind != BINDING_GIVEN)
			continue;
		status = complete_one(view, binding, temporary);
		if (status < 0)
			answer = status;
		left += view->count - before;
		while (view->bindings[left - 1] != binding)
			left--;
	}
	if (glue_root[0] != '\0')
		seal_tree(AT_FDCWD, glue_root);
	return answer;
}

void view_clean_up(void)
{
	if (glue_root[0] != '\0')
		tree_remove(AT_FDCWD, glue_root);
	glue_root[0] = '\0';
}

const struct binding *view_next_ghost(const struct view *view,
	const struct guest_path *directory, unsigned int *at)
{
	while (*at < view->count) {
		const struct binding *binding = view->bindings[(*at)++];
		const struct text *path = &binding->guest.text;
		const char *name = path_last(path);
		size_t length = (size_t)(name - path->bytes);

		if (!binding->is_ghost)
			continue;
		if (length > 1)
			length--; /* the slash before the name */
		if (length == directory->text.length &&
			memcmp(path->bytes, directory->text.bytes, length) == 0)
			return binding;
	}
	return NULL;
}
