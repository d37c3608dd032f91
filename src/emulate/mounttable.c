/* SPDX-License-Identifier: MIT */
/* Tables of mounts, made of bindings and of the host's table. */
#include "emulate/mounttable.h"

#include "view/mounts.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_NUMBER 0x4000 /* of those that the kernel has no number for */

/* A line of the host's mountinfo. */
struct host_mount {
	unsigned int number;
	unsigned int parent;
	const char *device_number;
	const char *root; /* escaped */
	struct host_path directory;
	const char *options;
	const char *type;
	const char *source;
	const char *super_options;
	bool is_told;
};

/* A line of the guest's. */
struct entry {
	struct guest_path directory;
	unsigned int number;
	unsigned int parent;
	unsigned int hangs_on;		/* a number; 0: it is not known */
	const struct host_mount *mount; /* where the rest comes from */
	const char *below;		/* its root's: "" or "/…" */
	struct mount_facts facts;
};

struct table {
	const struct process *process;
	struct host_mount *mounts;
	size_t mount_count;
	struct entry *entries;
	size_t count;
	size_t capacity;
};

/* --- the host's --- */

/* proc_pid_mountinfo(5): blanks and such are octal. */
static void unescape(const char *from, struct host_path *host)
{
	text_clear(&host->text);
	for (size_t size = strlen(from); size > 0; from++, size--) {
		char byte = *from;

		if (byte == '\\' && size > 3) {
			byte = (char)((from[1] - '0') << 6 |
				      (from[2] - '0') << 3 | (from[3] - '0'));
			from += 3;
			size -= 3;
		}
		text_append(&host->text, &byte, 1);
	}
}

static bool parse(char *line, struct host_mount *mount)
{
	char *fields[6];
	char *rest = strstr(line, " - ");
	char *at = line;

	if (!rest)
		return false;
	*rest = '\0';
	rest += 3;
	for (size_t i = 0; i < 6; i++) {
		fields[i] = strsep(&at, " ");
		if (!fields[i])
			return false;
	}
	mount->number = (unsigned int)strtoul(fields[0], NULL, 10);
	mount->parent = (unsigned int)strtoul(fields[1], NULL, 10);
	mount->device_number = fields[2];
	mount->root = fields[3];
	unescape(fields[4], &mount->directory);
	mount->options = fields[5];
	mount->type = strsep(&rest, " ");
	mount->source = strsep(&rest, " ");
	mount->super_options = strsep(&rest, "\n");
	return mount->super_options != NULL;
}

/* The mount that a host path is on: the longest, then the last. */
static struct host_mount *mount_of(
	const struct table *t, const struct host_path *host)
{
	struct host_mount *best = NULL;

	for (size_t i = 0; i < t->mount_count; i++) {
		struct host_mount *mount = &t->mounts[i];

		if (path_below(&host->text, &mount->directory.text) &&
			(!best || mount->directory.text.length >=
					  best->directory.text.length))
			best = mount;
	}
	return best;
}

/* --- the guest's --- */

static struct entry *entry_add(
	struct table *t, const struct guest_path *directory)
{
	const struct view *view = t->process->view;
	struct entry *entry;

	if (t->count == t->capacity)
		return NULL;
	entry = &t->entries[t->count];
	text_copy(&entry->directory.text, &directory->text);
	if (view_below_base(view, &entry->directory) < 0)
		return NULL;
	t->count++;
	return entry;
}

/* The kernel's number, for the first one that has it. */
static unsigned int number_for(
	const struct table *t, struct host_mount *mount, unsigned int own)
{
	bool is_told = mount->is_told;

	if (own != 0)
		return own;
	mount->is_told = true;
	return is_told ? FIRST_NUMBER + (unsigned int)t->count : mount->number;
}

static void add_binding(struct table *t, const struct binding *binding)
{
	struct host_mount *mount = mount_of(t, binding->host);
	struct entry *entry = mount ? entry_add(t, binding->guest) : NULL;

	if (!entry)
		return;
	entry->number = number_for(t, mount, binding->mount);
	entry->parent = mount->parent;
	entry->hangs_on = binding->parent;
	entry->mount = mount;
	entry->below = path_below(&binding->host->text, &mount->directory.text);
	entry->facts = mount_facts(t->process->standpoint, binding);
}

/* A mount of the host that can be seen through a binding. */
static void add_below(struct table *t, const struct binding *binding,
	struct host_mount *mount)
{
	const char *rest =
		path_below(&mount->directory.text, &binding->host->text);
	struct guest_path guest;
	struct entry *entry;

	if (!rest || *rest == '\0' || mount != mount_of(t, &mount->directory))
		return;
	text_copy(&guest.text, &binding->guest->text);
	if (path_join(&guest.text, rest + 1, strlen(rest + 1)) < 0 ||
		view_find_binding(t->process->view, &guest) != binding)
		return;
	entry = entry_add(t, &guest);
	if (!entry)
		return;
	entry->number = number_for(t, mount, 0);
	entry->parent = mount->parent;
	entry->mount = mount;
	entry->below = "";
	entry->facts = (struct mount_facts){0};
}

static bool is_listed(const struct table *t, unsigned int number)
{
	for (size_t i = 0; i < t->count; i++)
		if (t->entries[i].number == number)
			return true;
	return false;
}

/*
 * Where that is not known, or is glue, it hangs on the one with the longest
 * path above its own.
 */
static void set_parent(struct table *t, struct entry *entry)
{
	size_t longest = 0;

	if (entry->hangs_on != 0 && is_listed(t, entry->hangs_on)) {
		entry->parent = entry->hangs_on;
		return;
	}
	for (size_t i = 0; i < t->count; i++) {
		const struct entry *other = &t->entries[i];

		if (other->directory.text.length >=
				entry->directory.text.length ||
			other->directory.text.length < longest ||
			!path_below(
				&entry->directory.text, &other->directory.text))
			continue;
		longest = other->directory.text.length;
		entry->parent = other->number;
	}
}

static void add(struct table *t, const struct binding *binding)
{
	if (binding->kind == BINDING_GLUE)
		return;
	add_binding(t, binding);
	for (size_t m = 0; m < t->mount_count; m++)
		add_below(t, binding, &t->mounts[m]);
}

static const struct binding *earlier(const struct binding *one,
	const struct binding *other, unsigned int after)
{
	if (other->mount <= after || (one && one->mount < other->mount))
		return one;
	return other;
}

/* Numbers are given in the order of mounting. */
static const struct binding *mounted_after(
	const struct view *view, unsigned int number)
{
	const struct binding *next = NULL;

	for (unsigned int i = 0; i < view->count; i++)
		next = earlier(next, view->bindings[i], number);
	for (unsigned int i = 0; i < view->covered_count; i++)
		next = earlier(next, view->covered[i], number);
	return next;
}

static void fill(struct table *t)
{
	const struct view *view = t->process->view;
	const struct binding *binding = NULL;

	/* In the session's view, which has none, the shortest paths are last.
	 */
	for (unsigned int i = view->count; i > 0; i--)
		if (view->bindings[i - 1]->mount == 0)
			add(t, view->bindings[i - 1]);
	while ((binding = mounted_after(view, binding ? binding->mount : 0)))
		add(t, binding);
	for (size_t i = 0; i < t->count; i++)
		set_parent(t, &t->entries[i]);
}

/* --- writing --- */

static void put_escaped(FILE *out, const char *path)
{
	for (; *path != '\0'; path++)
		if (strchr(" \t\n\\", *path))
			fprintf(out, "\\%03o", (unsigned char)*path);
		else
			fputc(*path, out);
}

static void put_options(FILE *out, const struct entry *entry)
{
	static const struct {
		unsigned int flag;
		const char *word;
	} WORDS[] = {
		{MOUNT_NO_SUID, ",nosuid"},
		{MOUNT_NO_DEVICES, ",nodev"},
		{MOUNT_NO_EXEC, ",noexec"},
		{MOUNT_NO_ACCESS_TIMES, ",noatime"},
	};
	unsigned int flags = entry->facts.flags;

	if (!entry->facts.is_own) {
		fputs(entry->mount->options, out);
		return;
	}
	fputs(flags & MOUNT_READ_ONLY ? "ro" : "rw", out);
	for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++)
		if (flags & WORDS[i].flag)
			fputs(WORDS[i].word, out);
	if (!(flags & MOUNT_NO_ACCESS_TIMES))
		fputs(",relatime", out);
}

static void put_root(FILE *out, const struct entry *entry)
{
	bool is_short = strcmp(entry->mount->root, "/") == 0;

	if (entry->facts.type || (is_short && entry->below[0] == '\0')) {
		fputc('/', out);
		return;
	}
	if (!is_short)
		fputs(entry->mount->root, out);
	put_escaped(out, entry->below);
}

static const char *type_of(const struct entry *entry)
{
	return entry->facts.type ? entry->facts.type : entry->mount->type;
}

static void put_source(FILE *out, const struct entry *entry)
{
	const char *device = entry->facts.device;

	if (device)
		put_escaped(out, device[0] ? device : "none");
	else
		fputs(entry->mount->source, out);
}

static const char *super_options_of(const struct entry *entry)
{
	return entry->facts.type ? "rw" : entry->mount->super_options;
}

static void put_mountinfo(FILE *out, const struct entry *entry)
{
	fprintf(out, "%u %u ", entry->number, entry->parent);
	if (entry->facts.type)
		fprintf(out, "0:%u ", entry->number);
	else
		fprintf(out, "%s ", entry->mount->device_number);
	put_root(out, entry);
	fputc(' ', out);
	put_escaped(out, entry->directory.text.bytes);
	fputc(' ', out);
	put_options(out, entry);
	fprintf(out, " - %s ", type_of(entry));
	put_source(out, entry);
	fprintf(out, " %s\n", super_options_of(entry));
}

/* The options of the mount, then those of the file system but for "rw". */
static void put_mounts(FILE *out, const struct entry *entry)
{
	const char *more = strchr(super_options_of(entry), ',');

	put_source(out, entry);
	fputc(' ', out);
	put_escaped(out, entry->directory.text.bytes);
	fprintf(out, " %s ", type_of(entry));
	put_options(out, entry);
	fprintf(out, "%s 0 0\n", more ? more : "");
}

static void put_mountstats(FILE *out, const struct entry *entry)
{
	fputs("device ", out);
	put_source(out, entry);
	fputs(" mounted on ", out);
	put_escaped(out, entry->directory.text.bytes);
	fprintf(out, " with fstype %s\n", type_of(entry));
}

static void put_all(FILE *out, enum proc_kind kind, const struct table *t)
{
	for (size_t i = 0; i < t->count; i++)
		if (kind == PROC_MOUNTINFO)
			put_mountinfo(out, &t->entries[i]);
		else if (kind == PROC_MOUNTS)
			put_mounts(out, &t->entries[i]);
		else
			put_mountstats(out, &t->entries[i]);
}

void mount_table_write(FILE *out, enum proc_kind kind,
	const struct process *process, char **lines, size_t count)
{
	struct table t = {.process = process};

	t.capacity =
		process->view->count + process->view->covered_count + 4 * count;
	t.mounts = calloc(count + 1, sizeof(*t.mounts));
	t.entries = calloc(t.capacity, sizeof(*t.entries));
	for (size_t i = 0; t.mounts && i < count; i++)
		t.mount_count += parse(lines[i], &t.mounts[t.mount_count]);
	if (t.mounts && t.entries) {
		fill(&t);
		put_all(out, kind, &t);
	}
	free(t.mounts);
	free(t.entries);
}
