/* SPDX-License-Identifier: MIT */
/* Reading #! lines: load_script(), fs/binfmt_script.c, Linux 5.1 and later. */
#include "program/script.h"

#include "base/text.h"

#include <errno.h>
#include <stdbool.h>

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

/* The first byte in [at, last] that is no blank, or null. */
static const char *skip_blanks(const char *at, const char *last)
{
	while (at <= last && is_blank(*at))
		at++;
	return at <= last ? at : NULL;
}

/* The first byte in [at, last] that ends a word, or null. */
static const char *skip_word(const char *at, const char *last)
{
	while (at <= last && !is_blank(*at) && *at != '\0')
		at++;
	return at <= last ? at : NULL;
}

/* Where the line ends, or null if the interpreter's name may be cut off. */
static const char *line_end(const char *head)
{
	const char *last = head + SCRIPT_HEAD - 1;
	const char *name;

	for (const char *at = head; at <= last && *at != '\0'; at++)
		if (*at == '\n')
			return at;
	name = skip_blanks(head + 2, last);
	return name && skip_word(name, last) ? last : NULL;
}

int script_read(const char *head, struct script *script)
{
	const char *end;
	const char *word_end;

	if (head[0] != '#' || head[1] != '!')
		return -ENOEXEC;
	end = line_end(head);
	if (!end)
		return -ENOEXEC;
	while (is_blank(end[-1]))
		end--;
	script->interpreter = skip_blanks(head + 2, end);
	if (!script->interpreter || script->interpreter == end)
		return -ENOEXEC;
	word_end = skip_word(script->interpreter, end - 1);
	script->interpreter_size =
		(size_t)((word_end ? word_end : end) - script->interpreter);
	script->argument = NULL;
	script->argument_size = 0;
	if (!word_end || *word_end == '\0')
		return 0;
	script->argument = skip_blanks(word_end, end - 1);
	if (script->argument)
		script->argument_size = text_length(
			script->argument, (size_t)(end - script->argument));
	return 0;
}
