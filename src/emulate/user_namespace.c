/* SPDX-License-Identifier: MIT */
/* Maps of ids: kernel/user_namespace.c. */
#include "emulate/user_namespace.h"

#include "base/anonymous.h"
#include "emulate/identity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOBODY	   65534 /* /proc/sys/kernel/overflowuid */
#define RANGES_MAX 340	 /* UID_GID_MAP_MAX_EXTENTS */
#define DEPTH_MAX  32

#define MAPS 2 /* by kind of id */

struct id_range {
	uint32_t inside;
	uint32_t outside;
	uint32_t count;
};

/* A file that a guest may write to. */
struct waiting {
	int fd;	 /* -1: there is none */
	int pid; /* who has opened it */
	bool may_map_all;
};

struct user_namespace {
	struct user_namespace *next;
	struct user_namespace *parent;
	unsigned int references;
	unsigned int number;
	unsigned int depth;
	struct ids creator[MAPS];
	unsigned int count[MAPS];
	struct id_range *ranges[MAPS];
	struct waiting map[MAPS];
	struct waiting setgroups;
	bool denies_setgroups;
};

static struct user_namespace *namespaces;
unsigned int user_namespaces_waiting;

unsigned int user_namespace_number(const struct process *process)
{
	return process->user_namespace ? process->user_namespace->number : 0;
}

/* --- coming, going --- */

static void stop_waiting(struct waiting *waiting)
{
	if (waiting->fd < 0)
		return;
	close(waiting->fd);
	waiting->fd = -1;
	user_namespaces_waiting--;
}

struct user_namespace *user_namespace_share(struct user_namespace *namespace)
{
	if (!namespace)
		return NULL;
	namespace->references++;
	return namespace;
}

void user_namespace_leave(struct user_namespace *namespace)
{
	struct user_namespace **at = &namespaces;

	if (!namespace || --namespace->references > 0)
		return;
	while (*at != namespace)
		at = &(*at)->next;
	*at = namespace->next;
	for (unsigned int i = 0; i < MAPS; i++) {
		stop_waiting(&namespace->map[i]);
		free(namespace->ranges[i]);
	}
	stop_waiting(&namespace->setgroups);
	user_namespace_leave(namespace->parent);
	free(namespace);
}

static struct user_namespace *namespace_create(
	struct user_namespace *parent, const struct identity *creator)
{
	static unsigned int last;
	struct user_namespace *made = calloc(1, sizeof(*made));

	if (!made)
		return NULL;
	made->references = 1;
	made->number = ++last;
	made->parent = user_namespace_share(parent);
	made->depth = parent ? parent->depth + 1 : 1;
	made->denies_setgroups = parent && parent->denies_setgroups;
	made->creator[ID_USER] = creator->user;
	made->creator[ID_GROUP] = creator->group;
	made->map[ID_USER].fd = -1;
	made->map[ID_GROUP].fd = -1;
	made->setgroups.fd = -1;
	made->next = namespaces;
	namespaces = made;
	return made;
}

/* The kernel's own identity, as something that can be changed. */
static struct identity *identity_of_kernel(void)
{
	struct identity *identity = calloc(1, sizeof(*identity));
	uint32_t user = geteuid();
	uint32_t group = getegid();

	if (!identity)
		return NULL;
	identity->user = (struct ids){user, user, user, user};
	identity->group = (struct ids){group, group, group, group};
	return identity;
}

/* It may do all there, and is nobody until there are maps. */
static void become_powerful(
	struct identity *identity, const struct user_namespace *namespace)
{
	identity->namespace = namespace;
	identity->root = ID_NONE;
	identity->securebits = 0;
	identity->capabilities = (struct capabilities){
		.permitted = ALL_CAPABILITIES,
		.effective = ALL_CAPABILITIES,
		.bounding = ALL_CAPABILITIES,
	};
}

int user_namespace_enter(struct task *task)
{
	struct process *process = task->process;
	struct user_namespace *parent = process->user_namespace;
	struct user_namespace *made;

	if (parent && parent->depth >= DEPTH_MAX)
		return -ENOSPC;
	if (!task->identity)
		task->identity = identity_of_kernel();
	if (!task->identity)
		return -ENOMEM;
	made = namespace_create(parent, task->identity);
	if (!made)
		return -ENOMEM;
	become_powerful(task->identity, made);
	process->user_namespace = made;
	user_namespace_leave(parent);
	process->features |= FEATURE_IDENTITY;
	return 0;
}

/* --- mapping --- */

/* From the parent's ids, or to them; ID_NONE: there is none. */
static uint32_t map_in(const struct user_namespace *namespace,
	enum id_kind kind, uint32_t outside)
{
	for (unsigned int i = 0; i < namespace->count[kind]; i++) {
		const struct id_range *range = &namespace->ranges[kind][i];

		if (outside - range->outside < range->count)
			return range->inside + (outside - range->outside);
	}
	return ID_NONE;
}

static uint32_t map_out(const struct user_namespace *namespace,
	enum id_kind kind, uint32_t inside)
{
	for (unsigned int i = 0; i < namespace->count[kind]; i++) {
		const struct id_range *range = &namespace->ranges[kind][i];

		if (inside - range->inside < range->count)
			return range->outside + (inside - range->inside);
	}
	return ID_NONE;
}

/* from_kuid() */
static uint32_t map_all_in(
	const struct user_namespace *namespace, enum id_kind kind, uint32_t id)
{
	if (!namespace)
		return id;
	id = map_all_in(namespace->parent, kind, id);
	return id == ID_NONE ? id : map_in(namespace, kind, id);
}

/* make_kuid() */
static uint32_t map_all_out(
	const struct user_namespace *namespace, enum id_kind kind, uint32_t id)
{
	for (; namespace && id != ID_NONE; namespace = namespace->parent)
		id = map_out(namespace, kind, id);
	return id;
}

uint32_t user_namespace_show(
	const struct process *process, enum id_kind kind, uint32_t id)
{
	id = map_all_in(process->user_namespace, kind, id);
	return id == ID_NONE ? NOBODY : id;
}

int user_namespace_take(
	const struct process *process, enum id_kind kind, uint32_t *id)
{
	if (*id == ID_NONE)
		return 0;
	*id = map_all_out(process->user_namespace, kind, *id);
	return *id == ID_NONE ? -EINVAL : 0;
}

bool user_namespace_maps(
	const struct process *process, uint32_t user, uint32_t group)
{
	const struct user_namespace *namespace = process->user_namespace;

	return user_namespace_has(namespace, ID_USER, user) &&
	       user_namespace_has(namespace, ID_GROUP, group);
}

bool user_namespace_has(
	const struct user_namespace *namespace, enum id_kind kind, uint32_t id)
{
	return map_all_in(namespace, kind, id) != ID_NONE;
}

/* rootid_owns_currentns(), security/commoncap.c */
bool user_namespace_is_below_root(const struct process *process, uint32_t user)
{
	const struct user_namespace *namespace = process->user_namespace;

	for (; namespace; namespace = namespace->parent)
		if (map_all_in(namespace, ID_USER, user) == 0)
			return true;
	return user == 0;
}

bool user_namespace_lets_set_groups(const struct process *process)
{
	const struct user_namespace *namespace = process->user_namespace;

	return !namespace ||
	       (!namespace->denies_setgroups && namespace->count[ID_GROUP] > 0);
}

static void tell_root(struct task *task, void *data)
{
	const struct user_namespace *namespace = data;

	if (task->process && task->identity &&
		task->process->user_namespace == namespace)
		task->identity->root = map_all_out(namespace, ID_USER, 0);
}

static bool overlap(
	uint32_t one, uint32_t other, uint32_t one_count, uint32_t other_count)
{
	return one - other < other_count || other - one < one_count;
}

/* map_write(), kernel/user_namespace.c */
static bool may_add(const struct id_range *ranges, unsigned int count)
{
	const struct id_range *new = &ranges[count];

	if (new->count == 0 || new->inside + new->count - 1 < new->inside ||
		new->outside + new->count - 1 < new->outside)
		return false;
	for (unsigned int i = 0; i < count; i++)
		if (overlap(new->inside, ranges[i].inside, new->count,
			    ranges[i].count) ||
			overlap(new->outside, ranges[i].outside, new->count,
				ranges[i].count))
			return false;
	return true;
}

static unsigned int parse_map(const char *text, struct id_range *ranges)
{
	unsigned int count = 0;

	while (*text != '\0') {
		struct id_range *range = &ranges[count];
		int size = 0;

		if (count == RANGES_MAX ||
			sscanf(text, "%u %u %u%n", &range->inside,
				&range->outside, &range->count, &size) != 3 ||
			!may_add(ranges, count))
			return 0;
		count++;
		text += size;
		text += strspn(text, " \t");
		if (*text != '\n' && *text != '\0')
			return 0;
		text += *text == '\n';
	}
	return count;
}

/* new_idmap_permitted() */
static bool is_permitted(const struct user_namespace *namespace,
	enum id_kind kind, const struct id_range *ranges, unsigned int count)
{
	if (namespace->map[kind].may_map_all)
		return true;
	return count == 1 && ranges[0].count == 1 &&
	       map_all_out(namespace->parent, kind, ranges[0].outside) ==
		       namespace->creator[kind].effective &&
	       (kind == ID_USER || namespace->denies_setgroups);
}

static void take_map(
	struct user_namespace *namespace, enum id_kind kind, const char *text)
{
	struct id_range *ranges = calloc(RANGES_MAX, sizeof(*ranges));
	unsigned int count = ranges ? parse_map(text, ranges) : 0;

	if (count == 0 || !is_permitted(namespace, kind, ranges, count)) {
		free(ranges);
		return;
	}
	namespace->ranges[kind] = ranges;
	namespace->count[kind] = count;
	if (kind == ID_USER)
		task_each(tell_root, namespace);
}

/* --- files --- */

/* What was written; 0: nothing yet, or nobody will. */
static long take_text(struct waiting *waiting, char *text, size_t size)
{
	long length;

	if (waiting->fd < 0)
		return 0;
	length = pread(waiting->fd, text, size - 1, 0);
	if (length <= 0 && task_process(waiting->pid))
		return 0;
	stop_waiting(waiting);
	text[length > 0 ? length : 0] = '\0';
	return length;
}

static void take_setgroups(struct user_namespace *n, const char *text)
{
	if (strncmp(text, "deny", 4) == 0 && n->count[ID_GROUP] == 0)
		n->denies_setgroups = true;
}

static void look_at(struct user_namespace *namespace)
{
	char text[4096];

	/* First: it says which maps are permitted. */
	if (take_text(&namespace->setgroups, text, sizeof(text)) > 0)
		take_setgroups(namespace, text);
	for (unsigned int i = 0; i < MAPS; i++)
		if (take_text(&namespace->map[i], text, sizeof(text)) > 0)
			take_map(namespace, i, text);
}

void user_namespaces_look(void)
{
	for (struct user_namespace *n = namespaces; n; n = n->next)
		look_at(n);
}

/* file_ns_capable() in map_write(): of who opens the file, CAP_SYS_ADMIN. */
static bool may_write_map(
	const struct user_namespace *namespace, const struct task *writer)
{
	uint32_t user =
		writer->identity ? writer->identity->user.effective : geteuid();

	if (task_may(writer, CAP_SYS_ADMIN))
		return true;
	return writer->process->user_namespace == namespace->parent &&
	       user == namespace->creator[ID_USER].effective;
}

static int file_for_writing(struct user_namespace *namespace,
	struct waiting *waiting, struct task *writer)
{
	unsigned int parent = namespace->parent ? namespace->parent->number : 0;
	int capability =
		waiting == &namespace->map[ID_USER] ? CAP_SETUID : CAP_SETGID;
	bool is_barred = waiting != &namespace->setgroups &&
			 !may_write_map(namespace, writer);
	int fd = is_barred ? anonymous_sealed("map") : anonymous_file("map");

	if (is_barred)
		return fd < 0 ? -EPERM : fd;
	if (fd < 0)
		return fd;
	stop_waiting(waiting);
	waiting->fd = dup(fd);
	if (waiting->fd < 0) {
		close(fd);
		return -EMFILE;
	}
	user_namespaces_waiting++;
	waiting->pid = writer->tid;
	waiting->may_map_all =
		user_namespace_number(writer->process) == parent &&
		task_may(writer, capability);
	return fd;
}

static void put_map(
	FILE *file, const struct user_namespace *namespace, enum id_kind kind)
{
	for (unsigned int i = 0; i < namespace->count[kind]; i++) {
		const struct id_range *range = &namespace->ranges[kind][i];

		fprintf(file, "%10u %10u %10u\n", range->inside, range->outside,
			range->count);
	}
}

static int file_for_reading(
	const struct user_namespace *namespace, enum proc_kind kind)
{
	int fd = anonymous_file("map");
	FILE *file = fd < 0 ? NULL : fdopen(dup(fd), "w");

	if (!file)
		return fd;
	if (kind == PROC_SETGROUPS)
		fputs(namespace->denies_setgroups ? "deny\n" : "allow\n", file);
	else
		put_map(file, namespace,
			kind == PROC_UID_MAP ? ID_USER : ID_GROUP);
	fclose(file);
	return fd;
}

int user_namespace_file(struct task *reader, const struct process *process,
	enum proc_kind kind, bool writes)
{
	struct user_namespace *namespace = process->user_namespace;

	if (!namespace)
		return -ENOENT;
	if (!writes)
		return file_for_reading(namespace, kind);
	if (kind == PROC_SETGROUPS)
		return file_for_writing(
			namespace, &namespace->setgroups, reader);
	if (kind == PROC_UID_MAP && namespace->count[ID_USER] == 0)
		return file_for_writing(
			namespace, &namespace->map[ID_USER], reader);
	if (kind == PROC_GID_MAP && namespace->count[ID_GROUP] == 0)
		return file_for_writing(
			namespace, &namespace->map[ID_GROUP], reader);
	return -ENOENT; /* the kernel refuses to write it twice */
}
