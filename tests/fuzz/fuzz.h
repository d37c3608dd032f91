/* SPDX-License-Identifier: MIT */
/* What every fuzzer is, to libFuzzer as to driver.c. */
#ifndef FUZZ_H
#define FUZZ_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Try one input; whatever must not be ends the program. Answers 0. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What holds for every input. */
#define require(condition)                                                     \
	do {                                                                   \
		if (!(condition)) {                                            \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__,       \
				__LINE__, #condition);                         \
			abort();                                               \
		}                                                              \
	} while (0)

/* The input as a file, for what reads one by a function. */
struct input_file {
	const uint8_t *bytes;
	size_t size;
};

/* As pread(2), with its refusal of what is no position in a file. */
static inline long input_read(
	void *opaque, void *out, size_t size, uint64_t offset)
{
	const struct input_file *file = opaque;

	if (offset > INT64_MAX)
		return -EINVAL;
	if (offset >= file->size)
		return 0;
	if (size > file->size - offset)
		size = file->size - offset;
	memcpy(out, file->bytes + offset, size);
	return (long)size;
}

#endif
