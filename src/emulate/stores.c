/* SPDX-License-Identifier: MIT */
/* Finding, making and locking stores. */
#include "emulate/stores.h"

#include "emulate/intents.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *wanted_directory;

/* Nobody else's directory is trusted with files, or waited for. */
static int store_open(const struct host_path *directory)
{
	struct stat status;
	int fd = open(directory->text.bytes,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0 || status.st_uid != geteuid()) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

int store_lock(const struct host_path *directory)
{
	char text[TEXT_MAX];
	struct stat status = {0};
	ssize_t size;
	int store;

	for (;;) {
		store = store_open(directory);
		if (store < 0)
			return store;
		while (flock(store, LOCK_EX) < 0 && errno == EINTR)
			;
		if (fstat(store, &status) < 0 || status.st_nlink > 0)
			break;
		close(store); /* its last holder found it empty */
	}
	size = readlinkat(store, INTENT, text, sizeof(text) - 1);
	if (size > 0) {
		text[size] = '\0';
		intent_recover(store, directory, text);
	}
	return store;
}

static int store_lock_or_make(const struct host_path *directory)
{
	int store;

	do {
		store = store_lock(directory);
		if (store != -ENOENT)
			return store;
		/* Who may reach a name may reach its body, and only so. */
	} while (mkdir(directory->text.bytes, 0711) == 0 || errno == EEXIST);
	return -errno;
}

void store_unlock(
	int store, const struct host_path *directory, bool may_be_empty)
{
	if (may_be_empty &&
		strcmp(path_last(&directory->text), STORE_NAME) == 0)
		rmdir(directory->text.bytes);
	close(store);
}

struct store_search store_search_begin(
	const struct host_path *name, const struct host_path *top)
{
	struct store_search s = {.name = name, .top = 1};

	if (path_below(&name->text, &top->text))
		s.top = top->text.length;
	s.end = s.top;
	s.has_wanted = wanted_directory != NULL;
	return s;
}

static bool store_search_next(struct store_search *s)
{
	const char *path = s->name->text.bytes;
	const char *slash;

	if (s->has_wanted) {
		s->has_wanted = false;
		return text_set(&s->directory.text, wanted_directory,
			       strlen(wanted_directory)) == 0;
	}
	if (s->end == 0 && !s->takes_shared) {
		s->takes_shared = true;
		s->end = s->top;
	}
	if (s->end == 0 || (s->end > 1 && path[s->end] != '/'))
		return false;
	text_set(&s->directory.text, path, s->end);
	slash = strchr(path + s->end + (s->end > 1), '/');
	s->end = slash ? (size_t)(slash - path) : 0;
	return path_join(&s->directory.text, STORE_NAME, strlen(STORE_NAME)) ==
	       0;
}

/* As /tmp and /var/tmp, which are swept, and moved away from. */
static bool is_shared(const struct stat *directory)
{
	return (directory->st_mode & S_ISVTX) && directory->st_uid != geteuid();
}

int store_search_lock(struct store_search *s, dev_t device)
{
	struct stat parent;

	while (store_search_next(s)) {
		int store;

		if (!parent_stat(s->directory.text.bytes, &parent) ||
			parent.st_dev != device ||
			(is_shared(&parent) && !s->takes_shared))
			continue;
		store = store_lock_or_make(&s->directory);
		if (store >= 0)
			return store;
	}
	return -EPERM;
}

int stores_lock(const struct host_path *name, const struct host_path *top,
	struct host_path *store)
{
	struct store_search s = store_search_begin(name, top);

	while (store_search_next(&s)) {
		int lock = store_lock(&s.directory);

		if (lock >= 0) {
			text_copy(&store->text, &s.directory.text);
			return lock;
		}
	}
	return -1;
}

void stores_unlock(int lock, const struct host_path *store)
{
	/* Who was killed may have left it empty. */
	if (lock >= 0)
		store_unlock(lock, store, true);
}

/* Whoever gets the lock settles what was left. */
static void store_settle(const struct host_path *directory)
{
	int store = store_lock(directory);

	if (store >= 0)
		store_unlock(store, directory, true);
}

void store_forget_empty(const struct host_path *directory)
{
	struct host_path path;

	text_copy(&path.text, &directory->text);
	if (path_join(&path.text, STORE_NAME, strlen(STORE_NAME)) == 0)
		store_settle(&path);
}

void stores_set_up(const char *directory, const struct view *view)
{
	struct host_path path;

	wanted_directory = directory;
	if (directory &&
		text_set(&path.text, directory, strlen(directory)) == 0)
		store_settle(&path);
	for (unsigned int i = 0; i < view->count; i++)
		store_forget_empty(view->bindings[i]->host);
}
