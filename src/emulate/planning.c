/* SPDX-License-Identifier: MIT */
/* From a program to the stub's plan. */
#include "emulate/planning.h"

#include "emulate/identity.h"
#include "emulate/owner.h"
#include "emulate/user_namespace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#define COMM_SIZE 16 /* TASK_COMM_LEN */

static bool is_random_off;

static struct {
	struct host_path common;
	struct host_path shared;
	uint64_t shared_size; /* 0: there is none */
} agent;

void planning_set_up(void)
{
	FILE *file = fopen("/proc/sys/kernel/randomize_va_space", "re");

	is_random_off = file && fgetc(file) == '0';
	if (file)
		fclose(file);
}

void planning_offer_agent(int common, int shared, uint64_t size)
{
	lent_path(common, &agent.common);
	lent_path(shared, &agent.shared);
	agent.shared_size = size;
}

/* --- parts --- */

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
static void plan_comm(struct plan *plan, const struct planning *planning)
{
	const struct program *program = planning->program;
	char comm[COMM_SIZE];

	if (planning->by_descriptor && program->has_guest &&
		exec_names_by_file())
		set_comm(comm, program->guest.text.bytes,
			view_link_size(&program->guest.text,
				program->main.path.text.bytes));
	else
		set_comm(comm, planning->name, strlen(planning->name));
	plan->comm = plan_add(plan, comm, sizeof(comm));
}

static uint64_t plan_path(struct plan *plan, const struct host_path *path)
{
	return plan_add(plan, path->text.bytes, path->text.length + 1);
}

static void plan_agent(struct plan *plan, const struct planning *planning)
{
	if (agent.shared_size == 0 || planning->origin->is_small ||
		!task_suits_agent(planning->task))
		return;
	plan->agent = plan_path(plan, &agent.common);
	plan->shared_size = agent.shared_size;
	if (!planning->origin->is_starter)
		plan->shared = plan_path(plan, &agent.shared);
}

/* Does the kernel end it, when the old program is gone already? */
static bool is_broken(const struct program *program, bool is_dynamic)
{
	const struct elf_image *linker = &program->linker.image;

	return program->main.image.is_broken ||
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

/* --- identity --- */

/* Those of a namespace beside or below its own are nothing to a program. */
static void read_capabilities(
	const struct task *task, const struct file *file, struct set_id *set_id)
{
	struct set_id without = *set_id;

	owner_read_capabilities(file, set_id);
	if (!user_namespace_is_below_root(task->process, set_id->root))
		*set_id = without;
}

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
	read_capabilities(task, &file, set_id);
}

static int plan_identity(
	const struct planning *planning, struct pending_exec *exec)
{
	const struct task *task = planning->task;
	struct plan *plan = exec->plan;
	struct set_id set_id;
	bool is_secure;
	int status;

	if (!task->identity)
		return 0;
	exec->identity = identity_copy(task->identity);
	if (!exec->identity)
		return -ENOMEM;
	read_set_id(task, &planning->program->main.path, &set_id);
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

/* --- all of it --- */

int planning_make(const struct planning *planning, struct pending_exec *pending)
{
	static char space[PLAN_SIZE_MAX] __attribute__((aligned(16)));
	struct plan *plan = (struct plan *)space;
	const struct program *program = planning->program;
	const struct origin *origin = planning->origin;
	bool is_dynamic = program->main.image.interpreter_size > 0;
	uint64_t count = 0;

	memset(plan, 0, sizeof(*plan));
	plan->version = PLAN_VERSION;
	plan->flags =
		(is_random_off ? PLAN_NO_RANDOM : 0) |
		(program->main.image.wants_exec_stack ? PLAN_EXEC_STACK : 0) |
		(is_broken(program, is_dynamic) ? PLAN_BROKEN : 0);
	plan->size = sizeof(*plan);
	plan->own_start = origin->start;
	plan->own_end = origin->end;
	plan->random = random_number();
	plan->segments = plan->size;
	plan_image(plan, PLAN_PROGRAM, &program->main, &count);
	if (is_dynamic)
		plan_image(plan, PLAN_INTERPRETER, &program->linker, &count);
	plan->name_size =
		text_length(planning->name, planning->name_capacity - 1) + 1;
	plan->name_capacity = planning->name_capacity;
	plan->name = plan_add(plan, planning->name, plan->name_size);
	((char *)plan)[plan->name + plan->name_size - 1] = '\0';
	plan_comm(plan, planning);
	plan->image[PLAN_PROGRAM].path = plan_path(plan, &program->main.path);
	if (is_dynamic)
		plan->image[PLAN_INTERPRETER].path =
			plan_path(plan, &program->linker.path);
	plan_agent(plan, planning);
	pending->plan = plan_keep(plan, pending);
	return pending->plan ? plan_identity(planning, pending) : -ENOMEM;
}
