/* SPDX-License-Identifier: MIT */
/* Bounded text. Dual code: no libc state, no allocation. */
#include "base/text.h"

#include <errno.h>
#include <string.h>

int text_append(struct text *text, const char *bytes, size_t size)
{
	if (size >= TEXT_MAX - text->length)
		return -ENAMETOOLONG;
	memcpy(text->bytes + text->length, bytes, size);
	text_truncate(text, text->length + size);
	return 0;
}

int text_set(struct text *text, const char *bytes, size_t size)
{
	if (size >= TEXT_MAX)
		return -ENAMETOOLONG;
	text->length = 0;
	return text_append(text, bytes, size);
}

void text_copy(struct text *to, const struct text *from)
{
	to->length = from->length;
	memcpy(to->bytes, from->bytes, from->length + 1);
}

bool text_is(const struct text *text, const char *string)
{
	size_t length = text_length(string, TEXT_MAX);

	return length == text->length &&
	       memcmp(text->bytes, string, length) == 0;
}

size_t text_length(const char *string, size_t limit)
{
	size_t length = 0;

	while (length < limit && string[length] != '\0')
		length++;
	return length;
}

size_t text_from_number(unsigned long number, char *out)
{
	char digits[20];
	size_t count = 0;

	do
		digits[count++] = '0' + number % 10;
	while ((number /= 10) != 0);
	for (size_t i = 0; i < count; i++)
		out[i] = digits[count - 1 - i];
	return count;
}

long text_to_number(const char *bytes, size_t size)
{
	long number = 0;

	if (size == 0 || size > 18)
		return -1;
	for (size_t i = 0; i < size; i++) {
		if (bytes[i] < '0' || bytes[i] > '9')
			return -1;
		number = number * 10 + (bytes[i] - '0');
	}
	return number;
}
