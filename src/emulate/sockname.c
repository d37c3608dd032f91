/* SPDX-License-Identifier: MIT */
/*
 * Names of AF_UNIX sockets.
 *
 * A host path is longer than the guest's and may not fit. Then the directory
 * is named by a descriptor of the tracer, /proc/TRACER/fd/N/NAME; it stays
 * open, so that names which come back can still be told. If that is still too
 * long, an existing socket is named by a descriptor of itself, and a new one
 * gets a short name first and its own as soon as it is there.
 */
#include "emulate/sockname.h"

#include "emulate/creation.h"
#include "emulate/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

/* A socket whose name, as the kernel tells it, says too little. */
struct bound_name {
	struct bound_name *next;
	char *bound; /* as the kernel tells it */
	char *real;  /* host path */
	char *told;  /* what the guest called it */
};

static struct bound_name *bound_names;

/* Is what we hold still what has this name? */
static bool is_current(const struct long_directory *entry)
{
	struct stat held;
	struct stat named;

	return fstat(entry->fd, &held) == 0 && stat(entry->path, &named) == 0 &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

static int long_directory_fd(const char *path)
{
	struct long_directory *entry = long_directories;
	int fd;

	while (entry && (strcmp(entry->path, path) != 0 || !is_current(entry)))
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
	const char *name;
	int fd;

	text_copy(&directory.text, &host->text);
	if (path_last(&directory.text)[0] == '\0') /* a slash at the end */
		text_truncate(&directory.text, directory.text.length - 1);
	name = host->text.bytes +
	       (path_last(&directory.text) - directory.text.bytes);
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

/* The socket has its short name: rename it, unless somebody was faster. */
static void bind_exit(struct call *call)
{
	const struct bound_name *name = call->saved.bound;

	if (call->result >= 0) {
		if (link(name->bound, name->real) < 0)
			call->result = errno == EEXIST ? -EADDRINUSE : -errno;
		unlink(name->bound);
	}
	creation_exit(call);
}

static struct bound_name *find_bound(const char *bound)
{
	struct bound_name *entry = bound_names;

	while (entry && strcmp(entry->bound, bound) != 0)
		entry = entry->next;
	return entry;
}

static int remember(const char *bound, const char *real, const char *told)
{
	struct bound_name *entry = find_bound(bound);

	if (!entry) {
		entry = calloc(1, sizeof(*entry));
		if (!entry)
			return -ENOMEM;
		entry->bound = strdup(bound);
		entry->next = bound_names;
		bound_names = entry;
	}
	free(entry->real);
	free(entry->told);
	entry->real = strdup(real);
	entry->told = strdup(told);
	return entry->bound && entry->real && entry->told ? 0 : -ENOMEM;
}

/* HOST, too long by its last name alone, is about to be bound. */
static int shorten_new(
	struct call *call, struct host_path *host, const char *told)
{
	static unsigned int counter;
	struct host_path bound;
	struct host_path real;
	char name[32];
	int size = snprintf(name, sizeof(name), ".proot-%x", ++counter);
	int status;

	text_copy(&real.text, &host->text);
	if (access(real.text.bytes, F_OK) == 0)
		return -EADDRINUSE;
	text_copy(&bound.text, &host->text);
	path_remove_last(&bound.text);
	if (path_join(&bound.text, name, (size_t)size) < 0)
		return -ENAMETOOLONG;
	status = remember(bound.text.bytes, real.text.bytes, told);
	text_copy(&host->text, &bound.text);
	call->saved.bound = find_bound(bound.text.bytes);
	if (status == 0)
		call_at_exit(call, bind_exit);
	return status;
}

/* HOST, too long by its last name alone, is there. */
static int shorten_old(struct call *call, struct host_path *host)
{
	int fd = open(host->text.bytes, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	lent_path(fd, host);
	return task_hold(call->task, fd);
}

static int fit(struct call *call, struct host_path *host, const char *told,
	bool is_new)
{
	int status;

	if (host->text.length < PATH_ROOM)
		return 0;
	status = shorten(host);
	if (status < 0 || host->text.length < PATH_ROOM)
		return status;
	return is_new ? shorten_new(call, host, told) : shorten_old(call, host);
}

/*
 * The guest reads back what it wrote, not what that leads to. Where something
 * is, nothing will be bound, and who is there keeps its name.
 */
static void remember_if_odd(
	struct call *call, const struct host_path *host, const char *told)
{
	struct guest_path guest;
	struct stat status;
	bool is_plain = view_detranslate(
				call->task->process->view, host, &guest) == 0 &&
			text_is(&guest.text, told);

	if ((is_plain && !find_bound(host->text.bytes)) ||
		lstat(host->text.bytes, &status) == 0)
		return;
	remember(host->text.bytes, host->text.bytes, told);
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
	if (status == 0)
		status = path_check(call, is_new ? PATH_CREATE : SOCKADDR, 0,
			AT_FDCWD, path, length, r);
	if (status < 0 || r->is_untouched)
		return status;
	if (is_new && r->host.text.length < PATH_ROOM)
		remember_if_odd(call, &r->host, path);
	status = fit(call, &r->host, path, is_new);
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
	const struct bound_name *known;
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
	known = find_bound(host.text.bytes);
	lengthen(&host);
	if (known)
		text_set(&guest.text, known->told, strlen(known->told));
	else
		view_tell(call->task->process->view, &host, &guest.text);
	*size = (uint32_t)(PATH_OFFSET + guest.text.length + 1);
	memset(name.sun_path, 0, sizeof(name.sun_path));
	memcpy(name.sun_path, guest.text.bytes,
		guest.text.length < PATH_ROOM ? guest.text.length : PATH_ROOM);
	got = *size < capacity ? *size : capacity;
	if (got > sizeof(name))
		got = sizeof(name);
	guest_write(call->task, address, &name, got);
}
