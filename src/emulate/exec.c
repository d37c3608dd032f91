/* SPDX-License-Identifier: MIT */
/* execve(2) and execveat(2). */
#include "emulate/handlers.h"
#include "emulate/paths.h"
#include "emulate/pending.h"
#include "emulate/permission.h"
#include "emulate/planning.h"
#include "emulate/plans.h"
#include "emulate/search.h"

#include "base/log.h"
#include "program/origin.h"
#include "program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

/* One execve is prepared at a time; too large for the stack. */
static struct program program;

/* What the guest asked for, whichever call it used. */
struct exec_arguments {
	char path[TEXT_MAX];
	char name[TEXT_MAX + 32]; /* as bprm->filename is made, fs/exec.c */
	unsigned int path_index;
	unsigned int argv_index;
	struct program_request request;
	struct searcher searcher;
};

/* --- request --- */

static void name_by_descriptor(struct exec_arguments *exec, int dirfd)
{
	int size =
		snprintf(exec->name, sizeof(exec->name), "/dev/fd/%d", dirfd);

	exec->request.name_has_descriptor = true;
	if (exec->request.size > 0)
		snprintf(exec->name + size, sizeof(exec->name) - (size_t)size,
			"/%s", exec->path);
}

static bool may_execute(const void *identity, const struct host_path *path)
{
	return permission_execute(identity, path);
}

/* 0, or -errno; 1: the kernel refuses it better than we could. */
static int read_request(struct call *call, struct exec_arguments *exec)
{
	uint64_t flags = argument_of(call, PATH_FLAGS);
	struct task *task = call->task;
	long size;

	exec->path_index = (unsigned int)row_index(call->row, PATH_EXEC);
	exec->argv_index = (unsigned int)row_index(call->row, ARGV);
	if (flags & ~(uint64_t)(AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW))
		return 1;
	size = guest_read_string(task, call->arguments[exec->path_index],
		exec->path, sizeof(exec->path));
	if (size < 0 || (size == 0 && !(flags & AT_EMPTY_PATH)))
		return 1;
	exec->request = (struct program_request){
		.view = task->process->view,
		.viewer = &task->viewer,
		.dirfd = path_dirfd(call, exec->path_index),
		.path = exec->path,
		.size = (size_t)size,
		.no_follow = (flags & AT_SYMLINK_NOFOLLOW) != 0,
		.by_descriptor = size == 0,
		.script_name = exec->name,
		.permit = task_file_identity(task) ? may_execute : NULL,
		.identity = task_file_identity(task),
		.searcher = search_searcher(
			task_file_identity(task), &exec->searcher),
	};
	if (exec->request.dirfd == AT_FDCWD || exec->path[0] == '/')
		snprintf(exec->name, sizeof(exec->name), "%s", exec->path);
	else
		name_by_descriptor(exec, exec->request.dirfd);
	return 0;
}

/* --- arguments --- */

/* More pointers than this never fit: bprm_stack_limits(), fs/exec.c. */
#define ARGUMENTS_MAX (6l << 17)

static long count_arguments(struct task *task, uint64_t argv)
{
	uint64_t block[512];
	long count = 0;

	if (argv == 0)
		return 0;
	for (;;) {
		/* Up to the end of a page: the next one may be missing. */
		uint64_t at = argv + (uint64_t)count * sizeof(uint64_t);
		size_t words = (4096 - at % 4096) / sizeof(uint64_t);

		if (words == 0)
			words = 1;
		if (guest_read(task, at, block, words * sizeof(uint64_t)) < 0)
			return -EFAULT;
		for (size_t i = 0; i < words; i++, count++)
			if (block[i] == 0)
				return count;
		if (count > ARGUMENTS_MAX)
			return -E2BIG;
	}
}

/* Unreadable, or longer than MAX_ARG_STRLEN: copy_strings(), fs/exec.c. */
static bool is_no_argument(struct task *task, uint64_t string)
{
	size_t left = 32 * (size_t)sysconf(_SC_PAGESIZE);
	long status = -ENAMETOOLONG;
	char block[4096];

	for (; left > 0 && status == -ENAMETOOLONG; left -= sizeof(block)) {
		status = guest_read_string(task, string, block, sizeof(block));
		string += sizeof(block);
	}
	return status < 0;
}

/*
 * A script's interpreter, argument and own name take argv[0]'s place. If that
 * is wrong, the kernel gets it, and says so after it has looked at all others.
 */
static int set_prefix(struct call *call, const struct exec_arguments *exec)
{
	uint64_t argv = call->arguments[exec->argv_index];
	long count = count_arguments(call->task, argv);
	size_t kept = count > 1 ? (size_t)count - 1 : 0;
	uint64_t *vector;
	uint64_t address;
	uint64_t first;
	int status = 0;

	if (count < 0)
		return (int)count;
	if (count > ARGUMENTS_MAX)
		return -E2BIG;
	if (count > 0 &&
		(guest_read(call->task, argv, &first, sizeof(first)) < 0 ||
			is_no_argument(call->task, first)))
		return 0;
	vector = calloc(PREFIX_MAX + kept + 1, sizeof(*vector));
	if (!vector)
		return -ENOMEM;
	for (unsigned int i = 0; i < program.prefix_count && status == 0; i++)
		status = call_place(call, program.prefix[i],
			strlen(program.prefix[i]) + 1, &vector[i]);
	if (status == 0 && kept > 0)
		status = guest_read(call->task, argv + sizeof(uint64_t),
			vector + program.prefix_count, kept * sizeof(uint64_t));
	if (status == 0)
		status = call_place(call, vector,
			(program.prefix_count + kept + 1) * sizeof(*vector),
			&address);
	if (status == 0)
		call_set(call, exec->argv_index, address);
	free(vector);
	return status;
}

/* As many as make it, and MORE bytes, as long as WANTED. */
static int append_slashes(struct text *text, size_t wanted, size_t more)
{
	int status = 0;

	while (status == 0 && text->length + more < wanted)
		status = text_append(text, "/", 1);
	return status;
}

/*
 * What the kernel executes. It leaves the name of that on top of the new stack,
 * where the guest's own name will have to fit: slashes in front make it as
 * long. What is longer than any path is (/dev/fd/N/ and a path) loses its end.
 * The slashes in front of its last component tell the plan's number.
 */
static int set_origin(struct call *call, const struct exec_arguments *exec,
	const struct origin *origin, unsigned int number, size_t *capacity)
{
	const struct text *own = &origin->path.text;
	size_t directory = (size_t)(strrchr(own->bytes, '/') - own->bytes);
	size_t wanted = strlen(exec->name);
	struct host_path path;

	if (wanted > TEXT_MAX - 1)
		wanted = TEXT_MAX - 1;
	text_clear(&path.text);
	if (append_slashes(&path.text, wanted, own->length + number) < 0 ||
		text_append(&path.text, own->bytes, directory) < 0 ||
		append_slashes(&path.text, path.text.length + number, 0) < 0 ||
		text_append(&path.text, own->bytes + directory,
			own->length - directory) < 0)
		return -ENAMETOOLONG;
	*capacity = path.text.length + 1;
	return call_set_path(call, exec->path_index, &path);
}

/*
 * Whoever may have less than this of private memory that can be written to does
 * with less of ours, and is served more slowly: RLIMIT_DATA, Linux 4.7.
 */
#define DATA_LOW (64 << 20)

static const struct origin *origin_for(const struct task *task)
{
	struct rlimit limit;

	if (prlimit(task->process->pid, RLIMIT_DATA, NULL, &limit) == 0 &&
		limit.rlim_cur < DATA_LOW)
		return origin_small();
	return origin_now();
}

static int fill(struct call *call, const struct exec_arguments *exec,
	struct pending_exec *pending)
{
	struct task *task = call->task;
	struct planning planning = {.task = task,
		.program = &program,
		.origin = origin_for(task),
		.name = exec->name,
		.by_descriptor = exec->request.by_descriptor};
	int flags_index = row_index(call->row, PATH_FLAGS);
	int error;

	pending->is_from_starter = planning.origin->is_starter;
	pending->is_small = planning.origin->is_small;
	if (pending->is_from_starter && !pending->is_small &&
		task_suits_agent(task))
		pending->number = plan_take(task->process->pid);
	error = set_origin(call, exec, planning.origin, pending->number,
		&planning.name_capacity);
	if (error == 0 && program.prefix_count > 0)
		error = set_prefix(call, exec);
	if (error < 0)
		return error;
	if (flags_index >= 0)
		call_set(call, (unsigned int)flags_index, 0);
	error = planning_make(&planning, pending);
	if (program.has_guest)
		pending->program = strdup(program.guest.text.bytes);
	pending->file = (struct file_id){
		program.main.status.st_dev, program.main.status.st_ino};
	while (program.held_count > 0 && error == 0)
		error = task_hold(task, program.held[--program.held_count]);
	return error;
}

static int prepare(struct call *call, const struct exec_arguments *exec)
{
	struct task *task = call->task;
	int error;

	if (task->exec)
		origin_judge(false);
	pending_exec_free(task->exec);
	task->exec = pending_exec_new();
	if (!task->exec)
		return -ENOMEM;
	error = fill(call, exec, task->exec);
	if (error < 0) {
		pending_exec_free(task->exec);
		task->exec = NULL;
		return error;
	}
	pending_exec_begin(task->exec);
	return 0;
}

/* A fake root's way to it may have to be opened first. */
static int find_program(struct call *call, struct exec_arguments *exec)
{
	const struct program_request *request = &exec->request;
	int status = program_find(request, &program);
	struct resolution *r;

	if (status != -EACCES || request->size == 0 ||
		!task_file_identity(call->task))
		return status;
	path_resolve(call, request->dirfd, request->path, request->size,
		request->no_follow ? 0 : LOOKUP_FOLLOW, &r);
	return program_find(request, &program);
}

#ifndef AT_EXECVE_CHECK
#define AT_EXECVE_CHECK 0x10000 /* Linux 6.14 */
#endif

/* Whether the kernel would execute it, it is asked: nothing is started. */
static void check_enter(struct call *call, uint64_t flags)
{
	const struct identity *identity = task_file_identity(call->task);
	unsigned int index = (unsigned int)row_index(call->row, PATH_EXEC);
	struct resolution *r;
	char first = '\0';
	int status;

	guest_read(call->task, call->arguments[index], &first, 1);
	if (first == '\0') /* a descriptor, or an error */
		return;
	status = path_find(call, index,
		flags & AT_SYMLINK_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &r);
	if (status == 0 && identity && !permission_execute(identity, &r->host))
		status = -EACCES;
	if (status < 0)
		call_finish(call, status);
	else
		path_set(call, index, r);
}

void exec_enter(struct call *call)
{
	struct exec_arguments exec;
	uint64_t flags = argument_of(call, PATH_FLAGS);
	int status;

	if (flags & AT_EXECVE_CHECK) {
		check_enter(call, flags);
		return;
	}
	status = read_request(call, &exec);
	if (status > 0)
		return;
	if (status == 0)
		status = find_program(call, &exec);
	if (status == -EAGAIN) /* its writer holds a lease, fcntl(2) */
		status = -ETXTBSY;
	if (log_enabled(LOG_CALLS))
		log_debug(LOG_CALLS, "%d %s: \"%s\" -> %s", call->task->tid,
			row_name(call->row), exec.path,
			status < 0 ? "refused" : program.main.path.text.bytes);
	if (status == 0) {
		status = prepare(call, &exec);
		program_close(&program);
	}
	if (status < 0 && status != -EAGAIN)
		call_finish(call, status);
}
