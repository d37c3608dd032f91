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
	struct host_path host;
};

static struct {
	const char *temporary;
	struct host_path directory; /* around all of them */
	unsigned int last;
	struct storage *first;
	bool is_left; /* one that has no mount has not been looked at */
} storages = {.temporary = "/tmp"};

void storage_set_directory(const char *directory)
{
	storages.temporary = directory;
}

const struct host_path *storage_directory(void)
{
	return &storages.directory;
}

/* realpath(3) of a new directory: views compare host paths as text. */
static int make_directory(void)
{
	char name[PATH_MAX];
	char *real;
	int status;

	if (storages.directory.text.length > 0)
		return 0;
	if ((size_t)snprintf(name, sizeof(name), "%s/proot-tmpfs-XXXXXX",
		    storages.temporary) >= sizeof(name))
		return -ENAMETOOLONG;
	real = mkdtemp(name) ? realpath(name, NULL) : NULL;
	if (!real)
		return -errno;
	status = text_set(&storages.directory.text, real, strlen(real));
	free(real);
	return status;
}

/* By chmod: proot's umask is not the guest's. */
static int make_numbered(unsigned int mode, struct host_path *host)
{
	char digits[20];
	int status = make_directory();

	if (status < 0)
		return status;
	text_copy(&host->text, &storages.directory.text);
	status = path_join(
		&host->text, digits, text_from_number(++storages.last, digits));
	if (status == 0 && (mkdir(host->text.bytes, 0700) < 0 ||
				   chmod(host->text.bytes, mode) < 0))
		status = -errno;
	return status;
}

int storage_create(
	unsigned int mode, struct storage **storage, struct host_path *host)
{
	struct storage *made = calloc(1, sizeof(*made));
	int status;

	if (!made)
		return -ENOMEM;
	status = make_numbered(mode, host);
	if (status < 0) {
		free(made);
		return status;
	}
	text_copy(&made->host.text, &host->text);
	made->references = 1;
	made->next = storages.first;
	storages.first = made;
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
	if (storage && --storage->references == 0)
		storages.is_left = true;
}

bool storage_is_left(void)
{
	return storages.is_left;
}

void storage_sweep(bool (*is_used)(const struct host_path *directory))
{
	struct storage **at = &storages.first;

	storages.is_left = false;
	while (*at) {
		struct storage *storage = *at;

		if (storage->references > 0 || is_used(&storage->host)) {
			at = &storage->next;
			continue;
		}
		*at = storage->next;
		tree_remove(AT_FDCWD, storage->host.text.bytes);
		free(storage);
	}
}

void storage_clean_up(void)
{
	if (storages.directory.text.length > 0)
		tree_remove(AT_FDCWD, storages.directory.text.bytes);
	text_clear(&storages.directory.text);
}
