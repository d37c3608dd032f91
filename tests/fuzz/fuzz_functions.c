/* SPDX-License-Identifier: MIT */
/* Fuzzes functions_near() and site_padding(): the input is a whole file. */
#include "fuzz.h"
#include "program/site.h"

#define NEAR_MAX 16

static void check_near(
	const struct functions *functions, uint64_t offset, uint64_t reach)
{
	struct range found[NEAR_MAX];
	size_t count =
		functions_near(functions, offset, reach, found, NEAR_MAX);

	require(count <= NEAR_MAX);
	for (size_t i = 0; i < count; i++) {
		require(found[i].start < found[i].end);
		require(i == 0 || found[i].start >= found[i - 1].end);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input_file file = {data, size};
	struct functions functions;
	int places[PADDING_PLACES];

	if (functions_open(input_read, &file, &functions) < 0)
		return 0;
	require(functions.segment_count <= FUNCTIONS_SEGMENTS_MAX);
	for (uint64_t offset = 0; offset < size + 64; offset += 64) {
		check_near(&functions, offset, 64);
		require(site_padding(&functions, offset, places) <=
			PADDING_PLACES);
	}
	check_near(&functions, UINT64_MAX - 1, UINT64_MAX);
	return 0;
}
