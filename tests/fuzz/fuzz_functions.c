/* SPDX-License-Identifier: MIT */
/* Fuzzes functions_near() and site_padding(): the input is a whole file. */
#include <errno.h>
#include <string.h>

#include "fuzz.h"
#include "program/site.h"

#define NEAR_MAX 16

struct file {
	const uint8_t *bytes;
	size_t size;
};

/* As pread(2), with its refusal of what is no position in a file. */
static long read_file(void *opaque, void *out, size_t size, uint64_t offset)
{
	const struct file *file = opaque;

	if (offset > INT64_MAX)
		return -EINVAL;
	if (offset >= file->size)
		return 0;
	if (size > file->size - offset)
		size = file->size - offset;
	memcpy(out, file->bytes + offset, size);
	return (long)size;
}

static void check_near(const struct functions *functions, struct range range)
{
	struct range found[NEAR_MAX];
	size_t count = functions_near(functions, range, found, NEAR_MAX);

	require(count <= NEAR_MAX);
	for (size_t i = 0; i < count; i++) {
		require(found[i].start < found[i].end);
		require(i == 0 || found[i].start >= found[i - 1].end);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct file file = {data, size};
	struct functions functions;
	int places[PADDING_PLACES];

	if (functions_open(read_file, &file, &functions) < 0)
		return 0;
	require(functions.segment_count <= FUNCTIONS_SEGMENTS_MAX);
	for (uint64_t offset = 0; offset < size + 64; offset += 64) {
		check_near(&functions, (struct range){offset, offset + 128});
		require(site_padding(&functions, offset, places) <=
			PADDING_PLACES);
	}
	check_near(&functions, (struct range){UINT64_MAX - 1, UINT64_MAX});
	return 0;
}
