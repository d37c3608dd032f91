/* SPDX-License-Identifier: MIT */
/*
 * What dual code needs of <string.h>, without string instructions: they mind a
 * flag that is the guest's.
 */
#include <stdbool.h>
#include <string.h>

#define WORD sizeof(long)

/* Word by word; returns how much of it that was. */
static size_t copy_words(char *to, const char *from, size_t size)
{
	size_t done = 0;

	for (; done + WORD <= size; done += WORD)
		__builtin_memcpy(to + done, from + done, WORD);
	return done;
}

/* What is left of a last word is copied as a whole one, some of it again. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	char *out = to;
	const char *in = from;

	if (size >= WORD) {
		copy_words(out, in, size);
		__builtin_memcpy(out + size - WORD, in + size - WORD, WORD);
		return to;
	}
	for (size_t i = 0; i < size; i++)
		out[i] = in[i];
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	char *out = to;
	const char *in = from;

	if (out <= in)
		for (size_t i = copy_words(out, in, size); i < size; i++)
			out[i] = in[i];
	else
		while (size-- > 0)
			out[size] = in[size];
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	char *out = to;

	while (size-- > 0)
		out[size] = (char)byte;
	return to;
}

static bool differ(const unsigned char *left, const unsigned char *right)
{
	long one;
	long other;

	__builtin_memcpy(&one, left, WORD);
	__builtin_memcpy(&other, right, WORD);
	return one != other;
}

int memcmp(const void *left, const void *right, size_t size)
{
	const unsigned char *l = left;
	const unsigned char *r = right;
	size_t i = 0;

	while (i + WORD <= size && !differ(l + i, r + i))
		i += WORD;
	if (size >= WORD && i + WORD > size &&
		!differ(l + size - WORD, r + size - WORD))
		return 0;
	for (; i < size; i++)
		if (l[i] != r[i])
			return l[i] - r[i];
	return 0;
}

size_t strlen(const char *string)
{
	const char *end = string;

	while (*end != '\0')
		end++;
	return (size_t)(end - string);
}

int strcmp(const char *left, const char *right)
{
	while (*left != '\0' && *left == *right) {
		left++;
		right++;
	}
	return (unsigned char)*left - (unsigned char)*right;
}

int strncmp(const char *left, const char *right, size_t size)
{
	for (; size > 0 && *left != '\0' && *left == *right; size--) {
		left++;
		right++;
	}
	return size == 0 ? 0 : (unsigned char)*left - (unsigned char)*right;
}

size_t strspn(const char *string, const char *accepted)
{
	size_t size = 0;

	for (; string[size] != '\0'; size++) {
		const char *one = accepted;

		while (*one != '\0' && *one != string[size])
			one++;
		if (*one == '\0')
			break;
	}
	return size;
}

void *memchr(const void *bytes, int byte, size_t size)
{
	const unsigned char *at = bytes;

	for (; size > 0; size--, at++)
		if (*at == (unsigned char)byte)
			return (void *)at;
	return NULL;
}

char *strchr(const char *string, int byte)
{
	return memchr(string, byte, strlen(string) + 1);
}

char *strrchr(const char *string, int byte)
{
	const char *found = NULL;

	for (; *string != '\0'; string++)
		if (*string == byte)
			found = string;
	return (char *)found;
}
