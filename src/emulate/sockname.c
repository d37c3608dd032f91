/* SPDX-License-Identifier: MIT */
/*
 * Names of AF_UNIX sockets.
 *
 * A host path is longer than the guest's and may not fit. Then the directory
 * is named by a descriptor of the tracer, /proc/TRACER/fd/N/NAME; it stays
 * open, so that names which come back can still be told.
 */
#include "emulate/sockname.h"

#include "emulate/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATH_OFFSET offsetof(struct sockaddr_un, sun_path)
#define PATH_ROOM   (sizeof(((struct sockaddr_un *)0)->sun_path))

/* Directories that long names are in; few, kept for the session. */
struct long_directory {
	struct long_directory *next;
	int fd;
	char path[];
};

static struct long_directory *long_directories;

static int long_directory_fd(const char *path)
{
	struct long_directory *entry = long_directories;
	int fd;

	while (entry && strcmp(entry->path, path) != 0)
		entry = entry->next;
	if (entry)
		return entry->fd;
	fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	entry = malloc(sizeof(*entry) + strlen(path) + 1);
	if (!entry) {
		close(fd);
		return -ENOMEM;
	}
	strcpy(entry->path, path);
	entry->fd = fd;
	entry->next = long_directories;
	long_directories = entry;
	return fd;
}

static int shorten(struct host_path *host)
{
	struct host_path directory;
	const char *name = path_last(&host->text);
	int fd;

	text_copy(&directory.text, &host->text);
	path_remove_last(&directory.text);
	fd = long_directory_fd(directory.text.bytes);
	if (fd < 0)
		return fd;
	lent_path(fd, &directory);
	if (path_join(&directory.text, name, strlen(name)) < 0)
		return -ENAMETOOLONG;
	text_copy(&host->text, &directory.text);
	return 0;
}

int sockname_translate(struct call *call, uint64_t address, uint64_t size,
	bool is_new, struct sockaddr_un *name, uint32_t *new_size)
{
	struct resolution *r;
	char path[PATH_ROOM + 1];
	size_t length;
	int status;

	if (address == 0 || size <= PATH_OFFSET || size > sizeof(*name) ||
		guest_read(call->task, address, name, size) < 0)
		return 0;
	length = size - PATH_OFFSET;
	if (name->sun_family != AF_UNIX || name->sun_path[0] == '\0')
		return 0;
	length = text_length(name->sun_path, length);
	memcpy(path, name->sun_path, length);
	path[length] = '\0';
	status = path_resolve(call, AT_FDCWD, path, length,
		is_new ? LOOKUP_PARENT : LOOKUP_FOLLOW, &r);
	if (status < 0 || r->is_untouched)
		return status;
	if (r->host.text.length >= PATH_ROOM)
		status = shorten(&r->host);
	if (status == 0 && r->host.text.length >= PATH_ROOM)
		status = -ENAMETOOLONG;
	if (status < 0)
		return status;
	memset(name, 0, sizeof(*name));
	name->sun_family = AF_UNIX;
	memcpy(name->sun_path, r->host.text.bytes, r->host.text.length);
	*new_size = (uint32_t)(PATH_OFFSET + r->host.text.length + 1);
	return 1;
}

/* /proc/TRACER/fd/N/NAME back to DIRECTORY/NAME. */
static void lengthen(struct host_path *host)
{
	for (struct long_directory *entry = long_directories; entry;
		entry = entry->next) {
		struct host_path lent;
		const char *rest;

		lent_path(entry->fd, &lent);
		rest = path_below(&host->text, &lent.text);
		if (!rest || *rest == '\0')
			continue;
		text_set(&lent.text, entry->path, strlen(entry->path));
		if (path_join(&lent.text, rest + 1, strlen(rest + 1)) == 0)
			text_copy(&host->text, &lent.text);
		return;
	}
}

void sockname_detranslate(
	struct call *call, uint64_t address, uint32_t capacity, uint32_t *size)
{
	struct sockaddr_un name = {0};
	struct host_path host;
	struct guest_path guest;
	size_t length;
	uint32_t got = *size < capacity ? *size : capacity;

	if (*size <= PATH_OFFSET || *size > sizeof(name) + 1 ||
		got <= PATH_OFFSET || got > sizeof(name) ||
		guest_read(call->task, address, &name, got) < 0)
		return;
	if (name.sun_family != AF_UNIX || name.sun_path[0] != '/')
		return;
	length = text_length(name.sun_path, got - PATH_OFFSET);
	text_set(&host.text, name.sun_path, length);
	lengthen(&host);
	if (view_detranslate(call->task->process->view, &host, &guest) < 0)
		return;
	*size = (uint32_t)(PATH_OFFSET + guest.text.length + 1);
	memset(name.sun_path, 0, sizeof(name.sun_path));
	memcpy(name.sun_path, guest.text.bytes,
		guest.text.length < PATH_ROOM ? guest.text.length : PATH_ROOM);
	got = *size < capacity ? *size : capacity;
	if (got > sizeof(name))
		got = sizeof(name);
	guest_write(call->task, address, &name, got);
}
