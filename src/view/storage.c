/* SPDX-License-Identifier: MIT */
/* Temporary directories that stand for tmpfs. */
#include "view/storage.h"

#include "base/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct storage {
	struct storage *next;
	unsigned int references;
	char *path; /* the closed directory around it */
};

static struct storage *storages;
static const char *temporary = "/tmp";

void storage_set_directory(const char *directory)
{
	temporary = directory;
}

/* realpath(3) of a new directory: views compare host paths as text. */
static char *closed_directory(void)
{
	char name[PATH_MAX];

	if ((size_t)snprintf(name, sizeof(name), "%s/proot-tmpfs-XXXXXX",
		    temporary) >= sizeof(name)) {
		errno = ENAMETOOLONG;
		return NULL;
	}
	return mkdtemp(name) ? realpath(name, NULL) : NULL;
}

int storage_create(
	unsigned int mode, struct storage **storage, struct host_path *host)
{
	struct storage *made = calloc(1, sizeof(*made));
	int status;

	if (!made)
		return -ENOMEM;
	made->path = closed_directory();
	if (!made->path) {
		status = -errno;
		free(made);
		return status;
	}
	made->references = 1;
	made->next = storages;
	storages = made;
	status = text_set(&host->text, made->path, strlen(made->path));
	if (status == 0)
		status = path_join(&host->text, "root", 4);
	/* By chmod: proot's umask is not the guest's. */
	if (status == 0 && (mkdir(host->text.bytes, 0700) < 0 ||
				   chmod(host->text.bytes, mode) < 0))
		status = -errno;
	if (status < 0) {
		storage_leave(made);
		return status;
	}
	*storage = made;
	return 0;
}

struct storage *storage_share(struct storage *storage)
{
	if (storage)
		storage->references++;
	return storage;
}

void storage_leave(struct storage *storage)
{
	struct storage **at = &storages;

	if (!storage || --storage->references > 0)
		return;
	while (*at != storage)
		at = &(*at)->next;
	*at = storage->next;
	tree_remove(AT_FDCWD, storage->path);
	free(storage->path);
	free(storage);
}

void storage_clean_up(void)
{
	while (storages) {
		storages->references = 1;
		storage_leave(storages);
	}
}
