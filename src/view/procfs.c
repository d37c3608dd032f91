/* SPDX-License-Identifier: MIT */
/* Recognising names in /proc. Dual code. */
#include "view/procfs.h"

#include <string.h>

struct name {
	const char *text;
	enum proc_kind kind;
};

static const struct name TOP[] = {
	{"self", PROC_SELF},
	{"thread-self", PROC_THREAD_SELF},
};

static const struct name OF_PROCESS[] = {
	{"exe", PROC_EXE},
	{"cwd", PROC_CWD},
	{"root", PROC_ROOT},
	{"maps", PROC_MAPS},
	{"smaps", PROC_MAPS},
	{"numa_maps", PROC_MAPS},
	{"mounts", PROC_MOUNTS},
	{"mountinfo", PROC_MOUNTINFO},
	{"mountstats", PROC_MOUNTSTATS},
	{"status", PROC_STATUS},
	{"stat", PROC_STAT},
	{"uid_map", PROC_UID_MAP},
	{"gid_map", PROC_GID_MAP},
	{"setgroups", PROC_SETGROUPS},
	{"loginuid", PROC_LOGINUID},
};

static const struct name DIRECTORY[] = {
	{"fd/", PROC_FD},
	{"map_files/", PROC_MAP_FILE},
	{"ns/", PROC_NAMESPACE},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum proc_kind find(
	const struct name *names, size_t count, const char *text, size_t size)
{
	for (size_t i = 0; i < count; i++)
		if (text_length(names[i].text, 16) == size &&
			memcmp(names[i].text, text, size) == 0)
			return names[i].kind;
	return PROC_NONE;
}

/* Skip "NUMBER/" and tell the number; null when TEXT does not start so. */
static const char *skip_number(const char *text, int *number)
{
	size_t size = 0;

	while (text[size] >= '0' && text[size] <= '9' && size < 9)
		size++;
	if (size == 0 || text[size] != '/')
		return NULL;
	*number = (int)text_to_number(text, size);
	return text + size + 1;
}

static enum proc_kind find_below(const char *text)
{
	for (size_t i = 0; i < COUNT(DIRECTORY); i++) {
		size_t size = text_length(DIRECTORY[i].text, 16);

		if (strncmp(text, DIRECTORY[i].text, size) == 0 &&
			text[size] != '\0' && !strchr(text + size, '/'))
			return DIRECTORY[i].kind;
	}
	return find(OF_PROCESS, COUNT(OF_PROCESS), text,
		text_length(text, TEXT_MAX));
}

struct proc_entry proc_entry(const struct host_path *host)
{
	struct proc_entry entry = {PROC_NONE, 0, 0};
	const char *text = host->text.bytes + 6;
	const char *below;

	if (host->text.length < 7 || memcmp(host->text.bytes, "/proc/", 6) != 0)
		return entry;
	below = skip_number(text, &entry.pid);
	if (!below) {
		entry.kind = find(
			TOP, COUNT(TOP), text, text_length(text, TEXT_MAX));
		return entry;
	}
	entry.tid = entry.pid;
	if (strncmp(below, "task/", 5) == 0) {
		below = skip_number(below + 5, &entry.tid);
		if (!below)
			return entry;
	}
	entry.kind = find_below(below);
	return entry;
}

static bool is_map_range(const char *name, size_t size)
{
	if (size < 9)
		return false;
	for (size_t i = 0; i < size; i++)
		if (!strchr("0123456789abcdef-", name[i]))
			return false;
	return memchr(name, '-', size) != NULL;
}

bool proc_may_name(const char *name, size_t size)
{
	if (size <= 7 && text_to_number(name, size) >= 0)
		return true;
	return find(TOP, COUNT(TOP), name, size) != PROC_NONE ||
	       find(OF_PROCESS, COUNT(OF_PROCESS), name, size) != PROC_NONE ||
	       is_map_range(name, size);
}
