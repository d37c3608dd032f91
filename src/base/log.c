/* SPDX-License-Identifier: MIT */
/* Messages to the user: one line, one write(2). */
#include "base/log.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int log_threshold;

void log_set_level(int level)
{
	log_threshold = level;
}

/* Append to the size bytes of line; the length stays below size. */
LOG_PRINTF(4, 0)
static size_t line_append(char *line, size_t length, size_t size,
	const char *format, va_list arguments)
{
	static const char cut[] = "...";
	int added = vsnprintf(line + length, size - length, format, arguments);

	if (added < 0)
		return length;
	if ((size_t)added < size - length)
		return length + (size_t)added;
	memcpy(line + size - sizeof(cut), cut, sizeof(cut));
	return size - 1;
}

static void line_sanitise(char *line, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)line[i];

		if (byte < 0x20 || byte == 0x7f)
			line[i] = '?';
	}
}

LOG_PRINTF(2, 0)
static void line_write(const char *kind, const char *format, va_list arguments)
{
	char line[PIPE_BUF];
	size_t length;
	int saved = errno;
	ssize_t written;

	length = (size_t)snprintf(line, sizeof(line), "proot %s: ", kind);
	length = line_append(line, length, sizeof(line), format, arguments);
	line_sanitise(line, length);
	line[length++] = '\n';

	/* Where standard error is closed or full, nobody can be told. */
	do
		written = write(STDERR_FILENO, line, length);
	while (written < 0 && errno == EINTR);
	errno = saved;
}

void log_error(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	line_write("error", format, arguments);
	va_end(arguments);
}

void log_warning(const char *format, ...)
{
	va_list arguments;

	if (!log_enabled(0))
		return;
	va_start(arguments, format);
	line_write("warning", format, arguments);
	va_end(arguments);
}

void log_debug(int level, const char *format, ...)
{
	va_list arguments;

	if (!log_enabled(level))
		return;
	va_start(arguments, format);
	line_write("info", format, arguments);
	va_end(arguments);
}
