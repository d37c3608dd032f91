/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc that the guest gets in our version: maps and its kin, mounts
 * and its kin, status. Each is a snapshot of the moment it was opened.
 */
#include "emulate/proc.h"

#include "emulate/names.h"

#include "base/anonymous.h"
#include "base/field.h"
#include "emulate/identity.h"
#include "emulate/mounttable.h"
#include "emulate/user_namespace.h"
#include "stub/plan.h"
#include "view/procfs.h"

#include <ctype.h>
#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct rewriting {
	const struct view *view;
	struct task *task;
	FILE *out;
	enum proc_kind kind;
	int tid;	/* whose it is */
	bool is_hidden; /* maps: within an area of ours */
};

/* --- maps --- */

static bool is_ours(const struct rewriting *w, const char *line)
{
	unsigned long long start = 0;

	sscanf(line, "%llx-", &start);
	return task_hides(w->tid, start);
}

static bool is_area(const char *line)
{
	const char *end = line;

	while (isxdigit((unsigned char)*end))
		end++;
	return end > line && (*end == '-' || *end == ' ');
}

static void put_host_path(struct rewriting *w, const char *path)
{
	struct host_path host;
	struct text told;
	size_t size = strcspn(path, "\n");
	static const char mark[] = " (deleted)";
	size_t tail = sizeof(mark) - 1;

	if (size <= tail || memcmp(path + size - tail, mark, tail) != 0)
		tail = 0;
	if (text_set(&host.text, path, size - tail) < 0) {
		fputs(path, w->out);
		return;
	}
	if (tail == 0 && w->view->emulates_links)
		names_replace_body(&host);
	view_tell(w->view, &host, &told);
	fprintf(w->out, "%s%s", told.bytes, path + size - tail);
}

/* smaps: lines about an area follow it. numa_maps: "file=PATH". */
static void maps_line(struct rewriting *w, const char *line)
{
	const char *path;

	if (is_area(line))
		w->is_hidden = is_ours(w, line);
	if (w->is_hidden)
		return;
	path = is_area(line) ? strchr(line, '/') : NULL;
	if (!path) {
		fputs(line, w->out);
		return;
	}
	fwrite(line, 1, (size_t)(path - line), w->out);
	put_host_path(w, path);
}

/* --- status --- */

static bool has_processor(const unsigned char *mask, size_t size, size_t bit)
{
	return bit / 8 < size && (mask[bit / 8] >> bit % 8 & 1);
}

/* "Cpus_allowed:": as many digits as the kernel has written. */
static void put_mask(struct rewriting *w, const char *line,
	const unsigned char *mask, size_t size)
{
	char text[TEXT_MAX];
	size_t length = strcspn(line, "\n");
	size_t nibble = 0;

	if (length >= sizeof(text))
		return;
	memcpy(text, line, length);
	text[length] = '\0';
	for (size_t i = length; i > 0 && text[i - 1] != '\t'; i--) {
		unsigned int value = 0;

		if (text[i - 1] == ',')
			continue;
		for (size_t bit = 0; bit < 4; bit++)
			value |= (unsigned int)has_processor(
					 mask, size, nibble * 4 + bit)
				 << bit;
		text[i - 1] = "0123456789abcdef"[value];
		nibble++;
	}
	fprintf(w->out, "%s\n", text);
}

/* "Cpus_allowed_list:": ranges. */
static void put_mask_list(
	struct rewriting *w, const unsigned char *mask, size_t size)
{
	const char *between = "";

	fputs("Cpus_allowed_list:\t", w->out);
	for (size_t first = 0; first < size * 8; first++) {
		size_t last = first;

		if (!has_processor(mask, size, first))
			continue;
		while (has_processor(mask, size, last + 1))
			last++;
		fprintf(w->out, "%s%zu", between, first);
		if (last > first)
			fprintf(w->out, "-%zu", last);
		between = ",";
		first = last;
	}
	fputc('\n', w->out);
}

static void affinity_line(struct rewriting *w, const char *line)
{
	unsigned char mask[1024];
	long size = task_get_affinity(w->tid, mask, sizeof(mask));

	if (size <= 0)
		fputs(line, w->out);
	else if (strncmp(line, "Cpus_allowed:", 13) == 0)
		put_mask(w, line, mask, (size_t)size);
	else
		put_mask_list(w, mask, (size_t)size);
}

/* Who is in a tracing stop is really running, or stopped. */
static const char *state_line(const struct rewriting *w)
{
	if (w->tid != w->task->tid && task_is_stopped(w->tid))
		return "State:\tT (stopped)\n";
	return "State:\tR (running)\n";
}

/* proc_pid_stat(5), of who is stopped. Its name may hold anything. */
static void stat_line(struct rewriting *w, char *line)
{
	char *end = strrchr(line, ')');

	if (end && strncmp(end, ") t", 3) == 0)
		end[2] = 'T';
	fputs(line, w->out);
}

static void put_ids(struct rewriting *w, const char *name, enum id_kind kind,
	const struct ids *ids)
{
	const struct process *reader = w->task->process;

	fprintf(w->out, "%s:\t%u\t%u\t%u\t%u\n", name,
		user_namespace_show(reader, kind, ids->real),
		user_namespace_show(reader, kind, ids->effective),
		user_namespace_show(reader, kind, ids->saved),
		user_namespace_show(reader, kind, ids->fs));
}

static void put_groups(struct rewriting *w, const struct identity *identity)
{
	fputs("Groups:\t", w->out);
	for (unsigned int i = 0; i < identity->group_count; i++)
		fprintf(w->out, "%u ",
			user_namespace_show(w->task->process, ID_GROUP,
				identity->groups[i]));
	fputc('\n', w->out);
}

/* The lines about credentials. False: it is another one. */
static bool identity_line(struct rewriting *w, const char *line)
{
	const struct identity *identity = task_identity(w->tid);
	const struct capabilities *c =
		identity ? &identity->capabilities : NULL;
	const struct {
		const char *name;
		uint64_t set;
	} sets[] = {
		{"CapInh", c ? c->inheritable : 0},
		{"CapPrm", c ? c->permitted : 0},
		{"CapEff", c ? c->effective : 0},
		{"CapBnd", c ? c->bounding : 0},
		{"CapAmb", c ? c->ambient : 0},
	};

	if (!identity)
		return false;
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++)
		if (strncmp(line, sets[i].name, 6) == 0) {
			fprintf(w->out, "%s:\t%016llx\n", sets[i].name,
				(unsigned long long)sets[i].set);
			return true;
		}
	if (strncmp(line, "Uid:", 4) == 0)
		put_ids(w, "Uid", ID_USER, &identity->user);
	else if (strncmp(line, "Gid:", 4) == 0)
		put_ids(w, "Gid", ID_GROUP, &identity->group);
	else if (strncmp(line, "Groups:", 7) == 0)
		put_groups(w, identity);
	else
		return false;
	return true;
}

/* proc_pid_status(5): we trace, filter and restrict; the guest did not. */
static void status_line(struct rewriting *w, const char *line)
{
	const struct process *process = task_process(w->tid);

	if (!process)
		fputs(line, w->out);
	else if (identity_line(w, line))
		return;
	else if (strncmp(line, "State:\tt", 8) == 0)
		fputs(state_line(w), w->out);
	else if (strncmp(line, "TracerPid:", 10) == 0)
		fputs("TracerPid:\t0\n", w->out);
	else if (strncmp(line, "NoNewPrivs:", 11) == 0)
		fprintf(w->out, "NoNewPrivs:\t%d\n", process->has_no_new_privs);
	else if (strncmp(line, "Seccomp:", 8) == 0 && !process->has_filter)
		fputs("Seccomp:\t0\n", w->out);
	else if (strncmp(line, "Seccomp_filters:", 16) == 0 &&
		 !process->has_filter)
		fputs("Seccomp_filters:\t0\n", w->out);
	else if (strncmp(line, "Cpus_allowed", 12) == 0)
		affinity_line(w, line);
	else
		fputs(line, w->out);
}

/* --- serving --- */

static bool is_mount_table(enum proc_kind kind)
{
	return kind == PROC_MOUNTS || kind == PROC_MOUNTINFO ||
	       kind == PROC_MOUNTSTATS;
}

static size_t read_lines(const char *path, char ***lines)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	size_t count = 0;

	*lines = NULL;
	while (file && getline(&line, &size, file) > 0) {
		char **longer = realloc(*lines, (count + 1) * sizeof(*longer));

		if (!longer)
			break;
		*lines = longer;
		longer[count] = strdup(line);
		if (!longer[count])
			break;
		count++;
	}
	free(line);
	if (file)
		fclose(file);
	return count;
}

static void rewrite(struct rewriting *w, char **lines, size_t count)
{
	const struct process *process = task_process(w->tid);

	switch (w->kind) {
	case PROC_MAPS:
		for (size_t i = 0; i < count; i++)
			maps_line(w, lines[i]);
		break;
	case PROC_STATUS:
		for (size_t i = 0; i < count; i++)
			status_line(w, lines[i]);
		break;
	case PROC_STAT:
		for (size_t i = 0; i < count; i++)
			stat_line(w, lines[i]);
		break;
	case PROC_LOGINUID: /* pam_loginuid(8) writes it; it stays here */
		for (size_t i = 0; i < count; i++)
			fputs(lines[i], w->out);
		break;
	default:
		if (process)
			mount_table_write(
				w->out, w->kind, process, lines, count);
	}
}

/* Tables of mounts are made from mountinfo, whichever was asked for. */
static size_t read_host_file(
	const struct resolution *r, struct proc_entry entry, char ***lines)
{
	char name[64];

	if (!is_mount_table(entry.kind))
		return read_lines(r->host.text.bytes, lines);
	snprintf(name, sizeof(name), "/proc/%d/mountinfo", entry.tid);
	return read_lines(name, lines);
}

static bool is_in_tracing_stop(int tid)
{
	struct field field;
	const char *state = status_field(tid, "State", &field);

	return state && strncmp(state, "\tt", 2) == 0;
}

/* By job control. Who is about to go on runs, or else has news for us. */
static bool is_stopped(const struct task *task, int tid)
{
	return tid != task->tid && task_is_stopped(tid) &&
	       is_in_tracing_stop(tid) && task_is_stopped(tid);
}

/* Of others programs wait for a change, and may read the same file again. */
static bool shows_change(const struct task *task, struct proc_entry entry)
{
	return entry.pid != task->process->pid && !task_identity(entry.tid) &&
	       !is_stopped(task, entry.tid);
}

static bool is_served(const struct task *task, struct proc_entry entry)
{
	enum proc_kind kind = entry.kind;

	if (kind == PROC_LOGINUID)
		return task_is_capable(task, CAP_AUDIT_CONTROL);
	if (kind == PROC_STAT)
		return is_stopped(task, entry.tid);
	if (kind == PROC_STATUS)
		return !shows_change(task, entry);
	return kind == PROC_MAPS || is_mount_table(kind);
}

static bool is_map_of_ids(enum proc_kind kind)
{
	return kind == PROC_UID_MAP || kind == PROC_GID_MAP ||
	       kind == PROC_SETGROUPS;
}

/* What is lent is out of reach for a guest of root with another identity. */
static bool can_borrow(int tid)
{
	unsigned int effective = 0;
	struct field field;
	const char *ids;

	if (geteuid() != 0)
		return true;
	ids = status_field(tid, "Uid", &field);
	if (ids)
		sscanf(ids, "%*u %u", &effective);
	return effective == 0;
}

static bool serve_map(struct call *call, struct proc_entry entry, bool writes,
	struct host_path *served)
{
	const struct process *process = task_process(entry.tid);
	int fd = process ? user_namespace_file(
				   call->task, process, entry.kind, writes)
			 : -ENOENT;

	if (fd < 0)
		return false;
	lent_path(fd, served);
	return task_hold(call->task, fd) == 0;
}

/* For a copy: who may not open the original for writing may not open it. */
static int copy_file(const struct resolution *r)
{
	struct stat original;
	int fd = anonymous_file("proc");

	if (fd >= 0 && stat(r->host.text.bytes, &original) == 0)
		fchmod(fd, original.st_mode & 07777);
	return fd;
}

bool proc_serve(struct call *call, const struct resolution *r, bool writes,
	struct host_path *served)
{
	struct proc_entry entry = proc_entry(&r->host);
	struct rewriting w = {.view = call->task->process->view,
		.task = call->task,
		.kind = entry.kind,
		.tid = entry.tid};
	struct guest_path program;
	char **lines;
	size_t count;
	bool is_held = false;
	int fd;

	if (is_map_of_ids(entry.kind))
		return serve_map(call, entry, writes, served);
	if (!is_served(call->task, entry) || !can_borrow(call->task->tid) ||
		viewer_program(&call->task->viewer, entry.pid, &program) < 0)
		return false;
	count = read_host_file(r, entry, &lines);
	fd = copy_file(r);
	if (fd >= 0 && count > 0)
		w.out = fdopen(dup(fd), "w");
	if (w.out) {
		rewrite(&w, lines, count);
		fclose(w.out);
		lent_path(fd, served);
		is_held = task_hold(call->task, fd) == 0;
	} else if (fd >= 0) {
		close(fd);
	}
	for (size_t i = 0; i < count; i++)
		free(lines[i]);
	free(lines);
	return is_held;
}
