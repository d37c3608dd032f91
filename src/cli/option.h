/* SPDX-License-Identifier: MIT */
/* A row of the table of options, shared inside cli/. */
#ifndef CLI_OPTION_H
#define CLI_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct parse;

struct option {
	const char *names; /* "-b --bind"; null: help is a heading */
	const char *value; /* its name; "[N]": may be left out; null: none */
	const char *help;

	/* Called with the value, or null. Returns 0, -errno or a cli_outcome.
	 */
	int (*parse)(struct parse *parse, const char *value);

	/* For an option whose capability comes later; parse is null then. */
	const char *later;
	const char *instead;
};

extern const struct option option_table[];
extern const size_t option_count;

/* Step through the names of a row: *at moves from row->names to null. */
bool option_next_name(const char **at, const char **name, size_t *length);

/* The row that has this name (with its dashes), or null. */
const struct option *option_find(const char *name, size_t length);

/* The long name that was probably meant, or null; its length in *length. */
const char *option_suggest(const char *name, size_t size, size_t *length);

bool option_takes_value(const struct option *option);
bool option_needs_value(const struct option *option);

/* These return 0, or -errno if the stream cannot be written. */
int help_print(FILE *stream);
int usage_print(FILE *stream);
int version_print(FILE *stream);

#endif
