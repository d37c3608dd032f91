/* SPDX-License-Identifier: MIT */
/* Reading #! lines. */
#include "program/script.h"

#include "base/text.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static bool is_blank(char byte)
{
	return byte == ' ' || byte == '\t';
}

static const char *skip_blanks(const char *at, const char *end)
{
	while (at < end && is_blank(*at))
		at++;
	return at;
}

static const char *skip_word(const char *at, const char *end)
{
	while (at < end && !is_blank(*at) && *at != '\0')
		at++;
	return at;
}

int script_read(const char *head, size_t size, struct script *script)
{
	const char *limit;
	const char *end;
	const char *word_end;

	if (size < 2 || head[0] != '#' || head[1] != '!')
		return -ENOEXEC;
	/* The kernel keeps the buffer's last byte for a NUL. */
	if (size > SCRIPT_HEAD - 1)
		size = SCRIPT_HEAD - 1;
	limit = head + size;
	end = memchr(head, '\n', size);
	script->interpreter = skip_blanks(head + 2, end ? end : limit);
	if (!end) {
		/* A name that fills the buffer may go on behind it. */
		word_end = skip_word(script->interpreter, limit);
		if (word_end == limit && size == SCRIPT_HEAD - 1)
			return -ENOEXEC;
		end = limit;
	}
	while (end > head + 2 && is_blank(end[-1]))
		end--;
	if (script->interpreter >= end || *script->interpreter == '\0')
		return -ENOEXEC;
	word_end = skip_word(script->interpreter, end);
	script->interpreter_size = (size_t)(word_end - script->interpreter);
	script->argument = NULL;
	script->argument_size = 0;
	if (word_end == end || *word_end == '\0')
		return 0;
	script->argument = skip_blanks(word_end, end);
	script->argument_size =
		text_length(script->argument, (size_t)(end - script->argument));
	if (script->argument_size == 0)
		script->argument = NULL;
	return 0;
}
