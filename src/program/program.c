/* SPDX-License-Identifier: MIT */
/* What execve(2) of a guest path means. */
#include "program/program.h"

#include "arch/elf.h"
#include "base/field.h"
#include "program/executable.h"
#include "program/known.h"
#include "program/script.h"
#include "view/kernel.h"
#include "view/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SCRIPTS_MAX 5 /* exec_binprm(), fs/exec.c */

void program_close(struct program *program)
{
	while (program->held_count > 0)
		close(program->held[--program->held_count]);
}

/* --- reading --- */

static long read_file(void *file, void *out, size_t size, uint64_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t got = pread(*(int *)file, (char *)out + done,
			size - done, (off_t)(offset + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (got == 0)
			break;
		done += (size_t)got;
	}
	return (long)done;
}

/* Let the stub open what we have open: its own name may be gone by then. */
static void lend(struct program *program, int fd, struct host_path *path)
{
	char name[64];
	int size = snprintf(
		name, sizeof(name), "/proc/%d/fd/%d", (int)getpid(), fd);

	text_set(&path->text, name, (size_t)size);
	program->held[program->held_count++] = fd;
}

static int read_image(struct program *program, struct program_file *file,
	int fd, const char *head, size_t size)
{
	bool is_lent = strncmp(file->path.text.bytes, "/proc/", 6) == 0;
	const struct elf_file elf = {.head = head,
		.head_size = size,
		.size = (uint64_t)file->status.st_size,
		.is_linker = file == &program->linker,
		.reader = read_file,
		.opened = &fd};
	int status = elf_read(&elf, &file->image);

	if (status == 0 && is_lent)
		lend(program, fd, &file->path);
	else
		close(fd);
	return status;
}

static int check_permit(
	const struct program_request *request, const struct program_file *file)
{
	return !request->permit ||
			       request->permit(request->identity, &file->path)
		       ? 0
		       : -EACCES;
}

/* Open a file that is to be executed; its first bytes go to HEAD. */
static int open_program(const struct program_request *request,
	struct program_file *file, char *head, long *size)
{
	bool is_copy;
	int fd;

	if (check_permit(request, file) < 0)
		return -EACCES;
	fd = executable_open(
		file->path.text.bytes, false, &file->status, &is_copy);
	if (fd < 0)
		return fd;
	if (is_copy) /* makes read_image() lend it */
		text_set(&file->path.text, "/proc/", 6);
	*size = read_file(&fd, head, ELF_HEAD, 0);
	if (*size < 0) {
		close(fd);
		return (int)*size;
	}
	memset(head + *size, 0, (size_t)(ELF_HEAD - *size));
	return fd;
}

/* --- scripts --- */

static int push_front(struct program *program, const char *bytes, size_t size)
{
	char *copy = program->prefix_bytes + program->prefix_used;

	if (program->prefix_used + size + 1 > PREFIX_SIZE)
		return -E2BIG;
	if (program->prefix_count == PREFIX_MAX)
		return -ELOOP;
	memcpy(copy, bytes, size);
	copy[size] = '\0';
	program->prefix_used += size + 1;
	memmove(program->prefix + 1, program->prefix,
		program->prefix_count * sizeof(*program->prefix));
	program->prefix[0] = copy;
	program->prefix_count++;
	return 0;
}

/* Will the script's interpreter find the descriptor closed? */
static bool is_closed_on_exec(const struct program_request *request)
{
	struct field field;
	const char *flags = fdinfo_field(
		request->viewer->tid, request->dirfd, "flags", &field);

	return flags && (strtoul(flags, NULL, 8) & O_CLOEXEC) != 0;
}

/* argv[0] makes room for: interpreter, argument, the script's own name. */
static int push_script(struct program *program, const struct script *script,
	const char *own_name)
{
	int status;

	if (program->prefix_count > 0) {
		program->prefix_count--;
		memmove(program->prefix, program->prefix + 1,
			program->prefix_count * sizeof(*program->prefix));
	}
	status = push_front(program, own_name, strlen(own_name));
	if (status == 0 && script->argument)
		status = push_front(
			program, script->argument, script->argument_size);
	if (status == 0)
		status = push_front(
			program, script->interpreter, script->interpreter_size);
	return status;
}

/* --- look-up --- */

static int find_file(const struct program_request *request, const char *path,
	size_t size, int dirfd, struct program *program,
	struct program_file *file, struct trail *trail)
{
	struct resolution *r = &program->resolution;
	unsigned int lookup = LOOKUP_NAMED;
	struct stat status;
	int result;

	if (!request->no_follow)
		lookup |= LOOKUP_FOLLOW;
	if (size == 0)
		return -ENOENT;
	if (request->searcher &&
		view_search(request->view, request->viewer, dirfd, path, size,
			lookup, r, request->searcher) == -EACCES)
		return -EACCES;
	result = view_resolve_noting(request->view, request->viewer, dirfd,
		path, size, lookup, r, trail);
	if (result < 0)
		return result;
	if (r->is_untouched)
		return -EBADF;
	if (request->no_follow && lstat(r->host.text.bytes, &status) == 0 &&
		S_ISLNK(status.st_mode))
		return -ELOOP;
	text_copy(&file->path.text, &r->host.text);
	program->has_guest = r->has_guest;
	if (r->has_guest)
		text_copy(&program->guest.text, &r->guest.text);
	return 0;
}

/* A walk that is seen by rights of others leaves more to ask. */
static bool can_be_known(const struct program_request *request)
{
	return !request->searcher && !request->no_follow &&
	       !request->by_descriptor && request->path[0] == '/';
}

/* The program's own guest path stays as it is. */
static int find_linker_file(const struct program_request *request,
	struct program *program, struct guest_path *guest, struct trail *trail)
{
	struct guest_path main;
	bool has_guest = program->has_guest;
	int status;

	text_copy(&main.text, &program->guest.text);
	status = find_file(request, request->path, request->size, AT_FDCWD,
		program, &program->linker, trail);
	if (status == 0 && !program->has_guest)
		trail->is_partial = true;
	else
		text_copy(&guest->text, &program->guest.text);
	text_copy(&program->guest.text, &main.text);
	program->has_guest = has_guest;
	return status;
}

static int find_new_linker(
	const struct program_request *request, struct program *program)
{
	struct trail trail = {0};
	struct timespec began;
	struct guest_path guest;
	unsigned int held = program->held_count;
	char head[ELF_HEAD];
	long size;
	int fd;
	int status;

	clock_gettime(CLOCK_REALTIME, &began);
	status = find_linker_file(request, program, &guest, &trail);
	if (status < 0)
		return status;
	fd = open_program(request, &program->linker, head, &size);
	if (fd < 0)
		return fd;
	if ((size_t)size < sizeof(file_header)) {
		close(fd);
		return -EIO;
	}
	status = read_image(program, &program->linker, fd, head, (size_t)size);
	if (status == 0 && can_be_known(request) && program->held_count == held)
		known_add(request->view, request->path, &program->linker,
			&guest, &trail, &began);
	return status == -ENOEXEC ? -ELIBBAD : status;
}

/* Nobody asks whether it is open for writing: nothing has been written. */
static bool recall_linker(
	const struct program_request *request, struct program *program)
{
	struct program_file *linker = &program->linker;
	struct guest_path unused;
	struct stat status;

	return can_be_known(request) &&
	       known_find(request->view, request->path, linker, &unused) &&
	       linker->image.is_linker &&
	       lstat(linker->path.text.bytes, &status) == 0 &&
	       known_is(linker, &status);
}

static int find_linker(
	const struct program_request *request, struct program *program)
{
	struct program_request wanted = *request;
	int status;

	wanted.path = program->main.image.interpreter;
	wanted.size = program->main.image.interpreter_size;
	wanted.no_follow = false;
	if (!recall_linker(&wanted, program))
		return find_new_linker(&wanted, program);
	status = (int)kernel_access(program->linker.path.text.bytes, X_OK);
	return status == 0 ? check_permit(&wanted, &program->linker) : status;
}

/* A file that has no path to it: what /proc says about its descriptor. */
static void name_by_link(
	const struct program_request *request, struct program *program)
{
	struct text name;

	if (view_link_text(
		    request->view, program->main.path.text.bytes, &name) < 0)
		return;
	text_copy(&program->guest.text, &name);
	program->has_guest = true;
}

/* The file behind a descriptor of the viewer, whatever its name is by now. */
static int find_descriptor(
	const struct program_request *request, struct program *program)
{
	viewer_proc_path(request->viewer, request->dirfd, &program->main.path);
	if (access(program->main.path.text.bytes, F_OK) < 0)
		return -EBADF;
	program->has_guest = false;
	return 0;
}

/* False: whatever is wrong with it, the search will tell. */
static bool recall_main(
	const struct program_request *request, struct program *program)
{
	struct program_file *file = &program->main;
	struct stat status;
	bool is_copy;
	int fd;

	if (!can_be_known(request) ||
		!known_find(
			request->view, request->path, file, &program->guest) ||
		file->image.is_linker || check_permit(request, file) < 0)
		return false;
	fd = executable_open(file->path.text.bytes, true, &status, &is_copy);
	if (fd < 0)
		return false;
	close(fd);
	program->has_guest = true;
	return !is_copy && known_is(file, &status);
}

/* The file that the guest wants to run, by its path or descriptor. */
static int find_named(const struct program_request *request,
	struct program *program, struct trail *trail)
{
	int status;

	if (request->by_descriptor)
		status = find_descriptor(request, program);
	else
		status = find_file(request, request->path, request->size,
			request->dirfd, program, &program->main, trail);
	if (status == 0 && !program->has_guest)
		name_by_link(request, program);
	return status;
}

/*
 * 0: it is a program; 1: a script; -errno. HEAD is for ELF_HEAD bytes. Without
 * a SCRIPT it may be neither: it only has to be a file that can be executed.
 */
static int look_at(const struct program_request *request,
	struct program *program, char *head, struct script *script)
{
	struct trail trail = {0};
	struct timespec began;
	long size;
	int status;
	int fd;

	if (recall_main(request, program))
		return script ? 0 : -ELOOP;
	clock_gettime(CLOCK_REALTIME, &began);
	status = find_named(request, program, &trail);
	if (status < 0)
		return status;
	fd = open_program(request, &program->main, head, &size);
	if (fd < 0)
		return fd;
	if (!script || script_read(head, script) == 0) {
		close(fd);
		return script ? 1 : -ELOOP;
	}
	status = read_image(program, &program->main, fd, head, (size_t)size);
	if (status == 0 && can_be_known(request) && program->has_guest &&
		program->held_count == 0)
		known_add(request->view, request->path, &program->main,
			&program->guest, &trail, &began);
	return status;
}

static int find_main(
	const struct program_request *request, struct program *program)
{
	const char *name = request->script_name;
	struct program_request next = *request;
	char head[ELF_HEAD];
	struct script script;
	int status = look_at(request, program, head, &script);

	next.no_follow = false;
	next.by_descriptor = false;
	next.dirfd = AT_FDCWD;
	for (unsigned int depth = 0; status > 0; depth++) {
		if (depth == 0 && request->name_has_descriptor &&
			is_closed_on_exec(request))
			return -ENOENT;
		status = push_script(program, &script, name);
		if (status < 0)
			return status;
		name = program->prefix[0];
		if (name[0] == '\0')
			return -EACCES; /* the current directory */
		next.path = name;
		next.size = strlen(name);
		status = look_at(&next, program, head,
			depth < SCRIPTS_MAX ? &script : NULL);
	}
	return status;
}

int program_find(const struct program_request *request, struct program *program)
{
	int status;

	program->prefix_count = 0;
	program->prefix_used = 0;
	program->held_count = 0;
	status = find_main(request, program);
	if (status == 0 && program->main.image.interpreter_size > 0)
		status = find_linker(request, program);
	if (status < 0)
		program_close(program);
	return status;
}
