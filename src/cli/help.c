/* SPDX-License-Identifier: MIT */
/* --help, made from the table of options; the short usage; the version. */
#include "cli/option.h"

#include <errno.h>
#include <string.h>

#ifndef PROOT_VERSION
#define PROOT_VERSION "unknown"
#endif

#define WIDTH	    80
#define HELP_COLUMN 32

static const char usage[] =
	"Usage: proot [OPTION...] [COMMAND [ARGUMENT...]]\n"
	"       proot [OPTION...] ROOTFS [COMMAND [ARGUMENT...]]\n";

static const char introduction[] =
	"\n"
	"Run COMMAND (/bin/sh by default) with another root directory and "
	"with\n"
	"files bound to other places, without privileges. In the second form,\n"
	"without -r, -R and -S, ROOTFS is a directory and the command starts\n"
	"in its /.\n";

static const char examples[] =
	"\n"
	"Examples:\n"
	"  proot -R ./debian                  a shell in a root file system\n"
	"  proot -R ./debian -b ~/src:/src -w /src make\n"
	"  proot -b ./hosts:/etc/hosts getent hosts example.org\n"
	"\n"
	"A value may also be the next word: --bind X is --bind=X, -bX is -b "
	"X.\n"
	"-- ends the options. The manual page, proot(1), says more.\n";

static int stream_finish(FILE *stream)
{
	errno = 0;
	if (fflush(stream) == 0 && !ferror(stream))
		return 0;
	return errno ? -errno : -EIO;
}

/* "  -w, --pwd, --cwd=DIR"; returns how many columns were printed. */
static size_t label_print(FILE *stream, const struct option *option)
{
	const char *at = option->names;
	const char *separator = "  ";
	const char *value = option->value;
	const char *joint = "=";
	const char *name;
	size_t length = 0;
	size_t columns = 0;

	while (option_next_name(&at, &name, &length)) {
		columns += (size_t)fprintf(
			stream, "%s%.*s", separator, (int)length, name);
		separator = ", ";
	}
	if (!value)
		return columns;
	if (length == 2) {
		joint = " ";
	} else if (value[0] == '[') { /* --verbose[=N] */
		joint = "[=";
		value++;
	}
	return columns + (size_t)fprintf(stream, "%s%s", joint, value);
}

static void text_print(FILE *stream, size_t column, const char *text)
{
	if (column >= HELP_COLUMN - 1) {
		fputc('\n', stream);
		column = 0;
	}
	fprintf(stream, "%*s", (int)(HELP_COLUMN - column), "");
	column = HELP_COLUMN;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (column > HELP_COLUMN && column + 1 + length > WIDTH) {
			fprintf(stream, "\n%*s", HELP_COLUMN, "");
			column = HELP_COLUMN;
		} else if (column > HELP_COLUMN) {
			fputc(' ', stream);
			column++;
		}
		fwrite(text, 1, length, stream);
		column += length;
		text += length;
		text += strspn(text, " ");
	}
	fputc('\n', stream);
}

int help_print(FILE *stream)
{
	fputs(usage, stream);
	fputs(introduction, stream);
	for (size_t i = 0; i < option_count; i++) {
		const struct option *option = &option_table[i];

		if (option->names)
			text_print(stream, label_print(stream, option),
				option->help);
		else
			fprintf(stream, "\n%s:\n", option->help);
	}
	fputs(examples, stream);
	return stream_finish(stream);
}

int usage_print(FILE *stream)
{
	fputs(usage, stream);
	fputs("proot --help lists the options.\n", stream);
	return stream_finish(stream);
}

int version_print(FILE *stream)
{
	fputs("proot " PROOT_VERSION "\n", stream);
	fputs("MIT licence; there is no warranty.\n", stream);
	return stream_finish(stream);
}
