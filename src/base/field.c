/* SPDX-License-Identifier: MIT */
/* Single lines of /proc. */
#include "base/field.h"

#include <stdio.h>
#include <string.h>

static const char *find(const char *file, const char *name, struct field *field)
{
	size_t size = strlen(name);
	const char *found = NULL;
	FILE *in = fopen(file, "re");

	while (in && !found && fgets(field->line, sizeof(field->line), in))
		if (strncmp(field->line, name, size) == 0 &&
			field->line[size] == ':')
			found = field->line + size + 1;
	if (in)
		fclose(in);
	return found;
}

const char *status_field(int tid, const char *name, struct field *field)
{
	char file[64];

	snprintf(file, sizeof(file), "/proc/%d/status", tid);
	return find(file, name, field);
}

const char *fdinfo_field(int pid, int fd, const char *name, struct field *field)
{
	char file[64];

	snprintf(file, sizeof(file), "/proc/%d/fdinfo/%d", pid, fd);
	return find(file, name, field);
}
