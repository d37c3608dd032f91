/* SPDX-License-Identifier: MIT */
/* execve(2) and execveat(2). */
#include "emulate/exec.h"

#include "emulate/handlers.h"
#include "emulate/identity.h"
#include "emulate/owner.h"
#include "emulate/paths.h"
#include "emulate/permission.h"
#include "emulate/plans.h"
#include "emulate/search.h"
#include "emulate/user_namespace.h"

#include "base/log.h"
#include "program/origin.h"
#include "program/program.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* What the guest asked for, whichever call it used. */
struct exec_arguments {
	char path[TEXT_MAX];
	char name[TEXT_MAX + 32]; /* as bprm->filename is made, fs/exec.c */
	unsigned int path_index;
	unsigned int argv_index;
	const struct origin *origin; /* what the kernel executes */
	struct program_request request;
	struct searcher searcher;
};

#define COMM_SIZE 16 /* TASK_COMM_LEN */

/* One execve is prepared at a time; too large for the stack. */
static struct program program;
static bool is_random_off;

static struct {
	struct host_path common;
	struct host_path shared;
	uint64_t shared_size; /* 0: there is none */
} agent;

void exec_set_up(void)
{
	FILE *file = fopen("/proc/sys/kernel/randomize_va_space", "re");

	origin_set_up();
	is_random_off = file && fgetc(file) == '0';
	if (file)
		fclose(file);
}

/*
 * One is needed for each execve, and gone soon after: for so few of a size the
 * allocator would ask the kernel each time.
 */
static struct pending_exec *spare;

static unsigned int under_way; /* as many of all tasks' are */

#define ASKED_MAX 10000

static void end(struct pending_exec *exec)
{
	under_way -= exec->is_under_way;
	exec->is_under_way = false;
}

bool exec_is_under_way(struct task *task)
{
	struct pending_exec *exec = task->exec;

	if (exec && ++exec->asked > ASKED_MAX)
		end(exec);
	return exec && exec->is_under_way;
}

struct search {
	const struct file_id *file;
	bool is_found;
};

static void look_at(struct task *task, void *data)
{
	struct search *search = data;

	if (task->exec && task->exec->file.inode == search->file->inode &&
		task->exec->file.device == search->file->device)
		search->is_found |= exec_is_under_way(task);
}

bool exec_is_starting(const struct file_id *file)
{
	struct search search = {file, false};

	if (under_way > 0)
		task_each(look_at, &search);
	return search.is_found;
}

static struct pending_exec *pending_exec_new(void)
{
	struct pending_exec *exec = spare;

	spare = NULL;
	if (!exec)
		return calloc(1, sizeof(*exec));
	memset(exec, 0, offsetof(struct pending_exec, space));
	return exec;
}

void pending_exec_free(struct pending_exec *exec)
{
	if (!exec)
		return;
	end(exec);
	plan_give_back(exec->number);
	if (exec->plan != (struct plan *)exec->space)
		free(exec->plan);
	free(exec->program);
	identity_free(exec->identity);
	if (spare)
		free(exec);
	else
		spare = exec;
}

void exec_settle(struct task *task)
{
	if (task->exec)
		end(task->exec);
	if (task->process->references > 1)
		return; /* another thread may be in the middle of one */
	plan_let_go(task->process->pid);
	if (task->exec)
		task->exec->number = 0;
}

void pending_exec_apply(struct pending_exec *exec, struct task *task)
{
	struct process *process = task->process;

	origin_judge(true);
	busy_remove(&process->file);
	process->file = exec->file;
	busy_add(&process->file);
	free(process->program);
	process->program = exec->program;
	exec->program = NULL;
	identity_free(task->identity);
	task->identity = exec->identity;
	exec->identity = NULL;
	task_set_dumpable(
		task, !task->identity || identity_is_one(task->identity));
}

/* --- identity --- */

/* The program's file as it is shown: owner, set-id bits, capabilities. */
static void read_set_id(const struct task *task, const struct host_path *path,
	struct set_id *set_id)
{
	struct file file;
	struct statx attributes;
	struct record shown;

	file.follows = true;
	*set_id = (struct set_id){0};
	text_copy(&file.path.text, &path->text);
	if (file_stat(&file, 0, FILE_MASK, &attributes) < 0)
		return;
	owner_read(&file, &attributes, &shown);
	set_id->user = shown.user;
	set_id->group = shown.group;
	set_id->mode = shown.mode;
	/* Ids that a user namespace has no name for change nobody. */
	if (!user_namespace_maps(task->process, shown.user, shown.group))
		set_id->mode &= ~(mode_t)(S_ISUID | S_ISGID);
	owner_read_capabilities(&file, set_id);
}

static int plan_identity(const struct task *task, struct pending_exec *exec)
{
	struct plan *plan = exec->plan;
	struct set_id set_id;
	bool is_secure;
	int status;

	if (!task->identity)
		return 0;
	exec->identity = identity_copy(task->identity);
	if (!exec->identity)
		return -ENOMEM;
	read_set_id(task, &program.main.path, &set_id);
	status = identity_exec(exec->identity, &set_id,
		task->process->has_no_new_privs, &is_secure);
	if (status < 0)
		return status;
	plan->flags |= PLAN_IDENTITY;
	if (is_secure)
		plan->flags |= PLAN_SECURE;
	plan->user = user_namespace_show(
		task->process, ID_USER, exec->identity->user.real);
	plan->effective_user = user_namespace_show(
		task->process, ID_USER, exec->identity->user.effective);
	plan->group = user_namespace_show(
		task->process, ID_GROUP, exec->identity->group.real);
	plan->effective_group = user_namespace_show(
		task->process, ID_GROUP, exec->identity->group.effective);
	return 0;
}

void exec_offer_agent(int common, int shared, uint64_t size)
{
	lent_path(common, &agent.common);
	lent_path(shared, &agent.shared);
	agent.shared_size = size;
}

/* --- plan --- */

static uint64_t plan_add(struct plan *plan, const void *bytes, size_t size)
{
	uint64_t offset = plan->size;

	memcpy((char *)plan + offset, bytes, size);
	plan->size = (offset + size + 7) & ~7ull;
	return offset;
}

static void plan_image(struct plan *plan, int which,
	const struct program_file *file, uint64_t *segment_count)
{
	struct plan_image *image = &plan->image[which];
	const struct elf_image *elf = &file->image;

	image->first_segment = *segment_count;
	image->segment_count = elf->count;
	image->start = elf->start;
	image->end = elf->end;
	image->alignment = elf->alignment;
	image->is_movable = elf->is_movable;
	image->entry = elf->entry;
	image->headers = elf->headers;
	image->header_count = elf->header_count;
	for (size_t i = 0; i < elf->count; i++) {
		const struct elf_segment *s = &elf->segments[i];
		const struct plan_segment segment = {s->address, s->offset,
			s->file_size, s->memory_size, s->protection};

		plan_add(plan, &segment, sizeof(segment));
	}
	*segment_count += elf->count;
}

_Static_assert(sizeof(struct plan) +
			       PLAN_IMAGES * ELF_SEGMENTS_MAX *
				       sizeof(struct plan_segment) +
			       4 * TEXT_MAX <=
		       PLAN_SIZE_MAX,
	"the largest plan fits");

static uint64_t random_number(void)
{
	static uint64_t pool[32]; /* each number is used once */
	static size_t left;
	uint64_t number = 0;
	int fd;

	if (left == 0 && getrandom(pool, sizeof(pool), GRND_NONBLOCK) ==
				 (ssize_t)sizeof(pool))
		left = sizeof(pool) / sizeof(pool[0]);
	if (left > 0)
		return pool[--left];
	fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && read(fd, &number, sizeof(number)) < 0)
		number = 0;
	if (fd >= 0)
		close(fd);
	return number;
}

/* The last component of a path, cut to 15 bytes. */
static void set_comm(char comm[COMM_SIZE], const char *path, size_t size)
{
	const char *slash = memrchr(path, '/', size);
	const char *last = slash ? slash + 1 : path;
	size_t length = size - (size_t)(last - path);

	memset(comm, 0, COMM_SIZE);
	memcpy(comm, last, length < COMM_SIZE ? length : COMM_SIZE - 1);
}

/*
 * The kernel names a thread after what it was told to execute; or, if that is a
 * descriptor, after the file that it does execute.
 */
static void plan_comm(struct plan *plan, const struct exec_arguments *exec)
{
	char comm[COMM_SIZE];

	if (exec->request.by_descriptor && program.has_guest &&
		exec_names_by_file())
		set_comm(comm, program.guest.text.bytes,
			view_link_size(&program.guest.text,
				program.main.path.text.bytes));
	else
		set_comm(comm, exec->name, strlen(exec->name));
	plan->comm = plan_add(plan, comm, sizeof(comm));
}

static uint64_t plan_path(struct plan *plan, const struct host_path *path)
{
	return plan_add(plan, path->text.bytes, path->text.length + 1);
}

static void plan_agent(
	struct plan *plan, const struct task *task, const struct origin *origin)
{
	if (agent.shared_size == 0 || origin->is_small ||
		!task_suits_agent(task))
		return;
	plan->agent = plan_path(plan, &agent.common);
	plan->shared_size = agent.shared_size;
	if (!origin->is_starter)
		plan->shared = plan_path(plan, &agent.shared);
}

/* Does the kernel end it, when the old program is gone already? */
static bool is_broken(bool is_dynamic)
{
	const struct elf_image *linker = &program.linker.image;

	return program.main.image.is_broken ||
	       (is_dynamic && (linker->is_broken || linker->count == 0));
}

/* Most plans are small. */
static struct plan *plan_keep(
	const struct plan *plan, struct pending_exec *pending)
{
	struct plan *copy = plan->size <= sizeof(pending->space)
				    ? (struct plan *)pending->space
				    : malloc(plan->size);

	if (copy)
		memcpy(copy, plan, plan->size);
	return copy;
}

static int plan_make(const struct task *task, const struct exec_arguments *exec,
	size_t name_capacity, struct pending_exec *pending)
{
	static char space[PLAN_SIZE_MAX] __attribute__((aligned(16)));
	struct plan *plan = (struct plan *)space;
	bool is_dynamic = program.main.image.interpreter_size > 0;
	const char *name = exec->name;
	uint64_t count = 0;

	memset(plan, 0, sizeof(*plan));
	plan->version = PLAN_VERSION;
	plan->flags =
		(is_random_off ? PLAN_NO_RANDOM : 0) |
		(program.main.image.wants_exec_stack ? PLAN_EXEC_STACK : 0) |
		(is_broken(is_dynamic) ? PLAN_BROKEN : 0);
	plan->size = sizeof(*plan);
	plan->own_start = exec->origin->start;
	plan->own_end = exec->origin->end;
	plan->random = random_number();
	plan->segments = plan->size;
	plan_image(plan, PLAN_PROGRAM, &program.main, &count);
	if (is_dynamic)
		plan_image(plan, PLAN_INTERPRETER, &program.linker, &count);
	plan->name_size = text_length(name, name_capacity - 1) + 1;
	plan->name_capacity = name_capacity;
	plan->name = plan_add(plan, name, plan->name_size);
	((char *)plan)[plan->name + plan->name_size - 1] = '\0';
	plan_comm(plan, exec);
	plan->image[PLAN_PROGRAM].path = plan_path(plan, &program.main.path);
	if (is_dynamic)
		plan->image[PLAN_INTERPRETER].path =
			plan_path(plan, &program.linker.path);
	plan_agent(plan, task, exec->origin);
	pending->plan = plan_keep(plan, pending);
	return pending->plan ? 0 : -ENOMEM;
}

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
	unsigned int number, size_t *capacity)
{
	const struct text *own = &exec->origin->path.text;
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

static int fill(struct call *call, const struct exec_arguments *exec,
	struct pending_exec *pending)
{
	struct task *task = call->task;
	int flags_index = row_index(call->row, PATH_FLAGS);
	size_t capacity;
	int error;

	pending->is_from_starter = exec->origin->is_starter;
	pending->is_small = exec->origin->is_small;
	if (pending->is_from_starter && !pending->is_small &&
		task_suits_agent(task))
		pending->number = plan_take(task->process->pid);
	error = set_origin(call, exec, pending->number, &capacity);
	if (error == 0 && program.prefix_count > 0)
		error = set_prefix(call, exec);
	if (error < 0)
		return error;
	if (flags_index >= 0)
		call_set(call, (unsigned int)flags_index, 0);
	error = plan_make(task, exec, capacity, pending);
	if (program.has_guest)
		pending->program = strdup(program.guest.text.bytes);
	pending->file = (struct file_id){
		program.main.status.st_dev, program.main.status.st_ino};
	if (error == 0)
		error = plan_identity(task, pending);
	while (program.held_count > 0 && error == 0)
		error = task_hold(task, program.held[--program.held_count]);
	return error;
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

static int prepare(struct call *call, struct exec_arguments *exec)
{
	struct task *task = call->task;
	int error;

	if (task->exec)
		origin_judge(false);
	exec->origin = origin_for(task);
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
	task->exec->is_under_way = true;
	under_way++;
	return 0;
}

void exec_enter(struct call *call)
{
	struct exec_arguments exec;
	int status = read_request(call, &exec);

	if (status > 0)
		return;
	if (status == 0)
		status = program_find(&exec.request, &program);
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
