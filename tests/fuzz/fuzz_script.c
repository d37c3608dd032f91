/* SPDX-License-Identifier: MIT */
/* Fuzzes script_read(): the input is a whole file. */
/*
 * What comes out is compared with a second reading of the rules, by counting
 * bytes from the line's ends (execve(2), and load_script() of Linux 5.1).
 * tests/unit/test_script.c compares both with the running kernel.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"
#include "program/script.h"

struct expected {
	bool is_script;
	size_t name, name_end;
	size_t argument, argument_end; /* equal: there is none */
};

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* The index of the first BYTE before LIMIT, or LIMIT. */
static size_t find(const char *head, char byte, size_t limit)
{
	size_t at = 0;

	while (at < limit && head[at] != byte)
		at++;
	return at;
}

static struct expected expect(const char *head)
{
	struct expected e = {0};
	size_t text_end = find(head, '\0', SCRIPT_HEAD);
	size_t end = find(head, '\n', text_end);
	bool has_line = end < text_end;

	if (head[0] != '#' || head[1] != '!')
		return e;
	if (!has_line)
		end = SCRIPT_HEAD - 1;
	/* Without a line's end, one of the name must be in sight. */
	e.name = 2;
	while (e.name < SCRIPT_HEAD && is_blank(head[e.name]))
		e.name++;
	e.name_end = e.name;
	while (e.name_end < SCRIPT_HEAD && !is_blank(head[e.name_end]) &&
		head[e.name_end] != '\0')
		e.name_end++;
	if (!has_line && e.name_end == SCRIPT_HEAD)
		return e;
	while (is_blank(head[end - 1]))
		end--;
	if (e.name >= end)
		return e;
	e.is_script = true;
	if (e.name_end > end)
		e.name_end = end;
	if (e.name_end == end || head[e.name_end] == '\0')
		return e;
	e.argument = e.name_end;
	while (e.argument < end && is_blank(head[e.argument]))
		e.argument++;
	e.argument_end = e.argument;
	while (e.argument_end < end && head[e.argument_end] != '\0')
		e.argument_end++;
	return e;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *head = calloc(1, SCRIPT_HEAD);
	struct expected e;
	struct script script;
	int status;

	if (size > 0)
		memcpy(head, data, size < SCRIPT_HEAD ? size : SCRIPT_HEAD);
	e = expect(head);
	status = script_read(head, &script);
	require(status == (e.is_script ? 0 : -ENOEXEC));
	if (status == 0) {
		require(script.interpreter == head + e.name);
		require(script.interpreter_size == e.name_end - e.name);
		require(script.argument_size == e.argument_end - e.argument);
		if (script.argument_size > 0)
			require(script.argument == head + e.argument);
	}
	free(head);
	return 0;
}
