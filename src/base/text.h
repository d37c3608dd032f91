/* SPDX-License-Identifier: MIT */
/*
 * Bounded text, as long as the longest path of the kernel. Dual code.
 *
 * A text always ends with NUL. What does not fit changes nothing and answers
 * -ENAMETOOLONG, so that the bound is the kernel's own, PATH_MAX.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * PATH_MAX, limits.h: the NUL is counted. The agent is compiled with less, so
 * that its texts are close to each other; what is longer is the tracer's.
 */
#ifndef TEXT_MAX
#define TEXT_MAX 4096
#endif

struct text {
	size_t length;
	char bytes[TEXT_MAX];
};

static inline void text_clear(struct text *text)
{
	text->length = 0;
	text->bytes[0] = '\0';
}

static inline void text_truncate(struct text *text, size_t length)
{
	text->length = length;
	text->bytes[length] = '\0';
}

/* Add SIZE bytes, which must not be inside TEXT. */
int text_append(struct text *text, const char *bytes, size_t size);

/* Make it these SIZE bytes; -ENAMETOOLONG leaves it as it was. */
int text_set(struct text *text, const char *bytes, size_t size);

/* Copy only what is used: a text is 4 KiB. */
void text_copy(struct text *to, const struct text *from);

/* Is it this string? */
bool text_is(const struct text *text, const char *string);

/* Length of a string, up to LIMIT. */
size_t text_length(const char *string, size_t limit);

/* Write NUMBER in decimal at OUT, which has 20 bytes; answers the length. */
size_t text_from_number(unsigned long number, char *out);

/* The number that BYTES spell, or -1. */
long text_to_number(const char *bytes, size_t size);

#endif
