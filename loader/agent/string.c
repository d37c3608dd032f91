/* SPDX-License-Identifier: MIT */
/* What dual code needs of <string.h>. */
#include <string.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
	char *out = to;
	const char *in = from;

	for (; size >= sizeof(long); size -= sizeof(long)) {
		__builtin_memcpy(out, in, sizeof(long));
		out += sizeof(long);
		in += sizeof(long);
	}
	while (size-- > 0)
		*out++ = *in++;
	return to;
}

void *memmove(void *to, const void *from, size_t size)
{
	char *out = to;
	const char *in = from;

	if ((size_t)(out - in) >= size)
		return memcpy(to, from, size);
	while (size-- > 0)
		((volatile char *)out)[size] = in[size];
	return to;
}

void *memset(void *to, int byte, size_t size)
{
	void *at = to;

	__asm__ volatile("rep stosb"
			 : "+D"(at), "+c"(size)
			 : "a"(byte)
			 : "memory");
	return to;
}

int memcmp(const void *left, const void *right, size_t size)
{
	const unsigned char *l = left;
	const unsigned char *r = right;
	long one;
	long other;

	for (; size >= sizeof(long); size -= sizeof(long)) {
		__builtin_memcpy(&one, l, sizeof(long));
		__builtin_memcpy(&other, r, sizeof(long));
		if (one != other)
			break;
		l += sizeof(long);
		r += sizeof(long);
	}
	for (size_t i = 0; i < size; i++)
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
