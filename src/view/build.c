/* SPDX-License-Identifier: MIT */
/* Making a view: host paths resolved, bindings sorted, glue put in place. */
#include "view/build.h"

#include "base/tree.h"
#include "view/binding.h"
#include "view/resolve.h"
#include "view/storage.h"

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
static void make_alias(const struct host_path *host, struct host_path *alias)
{
	char name[64];
	int fd = open(host->text.bytes, O_PATH | O_DIRECTORY | O_CLOEXEC);

	text_clear(&alias->text);
	if (fd < 0)
		return;
	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)getpid(), fd);
	text_set(&alias->text, name, strlen(name));
}

/* Null: no memory. */
static struct binding *binding_create(const struct guest_path *guest,
	const struct host_path *host, bool is_directory)
{
	struct binding *binding = calloc(1, sizeof(*binding));
	struct host_path alias;

	if (!binding)
		return NULL;
	text_clear(&alias.text);
	if (is_directory)
		make_alias(host, &alias);
	binding->is_directory = is_directory;
	if (binding_give_names(binding, &(struct binding){.guest = guest,
						.host = host,
						.alias = &alias}) < 0) {
		free(binding);
		return NULL;
	}
	return binding;
}

static void binding_free(struct binding *binding)
{
	binding_free_names(binding);
	free(binding);
}

/* Keep the longest guest path first; the newcomer replaces an equal one. */
static int insert(struct view *view, struct binding *binding)
{
	const struct text *path = &binding->guest->text;
	const char *name = path_last(path);
	unsigned int at = 0;

	view->names |= view_name_bit(
		name, path->length - (size_t)(name - path->bytes));
	while (at < view->count &&
		view->bindings[at]->guest->text.length > path->length)
		at++;
	for (unsigned int i = at; i < view->count; i++) {
		const struct text *other = &view->bindings[i]->guest->text;

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

uint64_t view_new_number(void)
{
	static uint64_t last;

	return ++last;
}

int view_create(const char *host, struct view **made)
{
	struct view *view = calloc(1, sizeof(*view));
	struct guest_path top;
	struct host_path directory;
	struct binding *root;
	bool is_directory;
	int status = -ENOMEM;

	*made = view;
	if (!view)
		return status;
	text_set(&top.text, "/", 1);
	view->number = view_new_number();
	view->storages = storage_directory();
	text_copy(&view->base.text, &top.text);
	view->bindings = calloc(BINDINGS_MAX, sizeof(struct binding *));
	if (!view->bindings)
		goto fail;
	status = host_resolve(host, &directory, &is_directory);
	if (status == 0 && !is_directory)
		status = -ENOTDIR;
	if (status < 0)
		goto fail;
	root = binding_create(&top, &directory, true);
	status = -ENOMEM;
	if (!root)
		goto fail;
	root->kind = BINDING_ROOT;
	return insert(view, root);
fail:
	free(view->bindings);
	free(view);
	*made = NULL;
	return status;
}

/* What is at PATH has to be in a directory, though that may be missing yet. */
static bool is_below_file(const struct host_path *path)
{
	struct host_path parent;
	struct stat status;

	text_copy(&parent.text, &path->text);
	path_trim(&parent.text);
	path_remove_last(&parent.text);
	if (stat(parent.text.bytes, &status) < 0)
		return errno == ENOTDIR;
	return !S_ISDIR(status.st_mode);
}

int view_bind(
	struct view *view, const char *host, const char *guest, bool follow)
{
	const struct viewer myself = {getpid(), getpid(), NULL, NULL};
	struct resolution *r = malloc(sizeof(*r));
	struct binding *binding = NULL;
	struct host_path source;
	size_t size = strlen(guest);
	bool is_directory;
	int status = -ENOMEM;

	if (!r)
		return status;
	while (!follow && size > 1 && guest[size - 1] == '/')
		size--; /* the kernel would follow a symlink for it */
	status = host_resolve(host, &source, &is_directory);
	if (status == 0)
		status = view_resolve(view, &myself, AT_FDCWD, guest, size,
			follow ? LOOKUP_FOLLOW | LOOKUP_NAMED : LOOKUP_NAMED,
			r);
	if (status == 0 && !r->has_guest)
		status = -ENOENT;
	if (status == 0 &&
		(r->guest.text.length == 1 ? !is_directory
					   : is_below_file(&r->host)))
		status = -ENOTDIR;
	if (status < 0)
		goto out;
	status = -ENOMEM;
	binding = binding_create(&r->guest, &source, is_directory);
	if (!binding)
		goto out;
	binding->kind =
		r->guest.text.length == 1 ? BINDING_ROOT : BINDING_GIVEN;
	status = insert(view, binding);
	if (status < 0)
		binding_free(binding);
out:
	free(r);
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
	char real[PATH_MAX];

	if (glue_root[0] != '\0')
		return 0;
	if (!realpath(temporary, real))
		return -errno;
	if ((size_t)snprintf(glue_root, sizeof(glue_root),
		    "%s/proot-glue-XXXXXX", real) >= sizeof(glue_root)) {
		glue_root[0] = '\0';
		return -ENAMETOOLONG;
	}
	if (mkdtemp(glue_root))
		return 0;
	glue_root[0] = '\0';
	return -errno;
}

/* Bind a fresh directory of our own at GUEST, which does not exist. */
static int glue_add(struct view *view, const struct guest_path *guest)
{
	struct binding *glue;
	struct host_path host;
	char name[sizeof(glue_root) + 16];

	snprintf(name, sizeof(name), "%s/%u", glue_root, view->count);
	if (mkdir(name, 0755) < 0)
		return -errno;
	if (text_set(&host.text, name, strlen(name)) < 0)
		return -ENAMETOOLONG;
	glue = binding_create(guest, &host, true);
	if (!glue)
		return -ENOMEM;
	glue->kind = BINDING_GLUE;
	glue->is_ghost = true;
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
	const char *name = path_last(&binding->guest->text);
	int status;

	text_copy(&parent.text, &binding->guest->text);
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
