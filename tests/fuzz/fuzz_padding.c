/* SPDX-License-Identifier: MIT */
/* Fuzzes padding_find(): the input is text, after where the site is and so on.
 */
#include <string.h>

#include "arch/padding.h"
#include "fuzz.h"

#define HEAD	  8 /* site, address, and functions by their sizes */
#define FUNCTIONS 5

/* Not beyond the text, within reach, apart from each other and from the site.
 */
static void check_place(const struct code *code, size_t site,
	const size_t *places, size_t count, size_t which)
{
	int64_t place = (int64_t)places[which];
	int64_t behind = (int64_t)site + 2;

	require(places[which] + PADDING_SIZE <= code->size);
	require(place - behind >= -128 && place - behind <= 127);
	require(places[which] + PADDING_SIZE <= site ||
		places[which] >= site + 2);
	for (size_t i = 0; i < count; i++)
		require(i == which ||
			places[i] + PADDING_SIZE <= places[which] ||
			places[i] >= places[which] + PADDING_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct range functions[FUNCTIONS];
	size_t places[PADDING_PLACES];
	struct code code;
	size_t site, count;
	uint64_t at;

	if (size < HEAD || size - HEAD > PADDING_CODE_MAX)
		return 0;
	code = (struct code){data + HEAD, size - HEAD, 0x1000 + data[1]};
	site = data[0];
	at = code.address + data[2] - 128;
	for (size_t i = 0; i < FUNCTIONS; i++) {
		functions[i].start = at;
		functions[i].end = at + data[3 + i];
		at = functions[i].end + (data[3 + i] & 7);
	}
	for (; site < code.size; site++) {
		count = padding_find(&code, site, functions,
			data[2] % (FUNCTIONS + 1), places);
		require(count <= PADDING_PLACES);
		for (size_t i = 0; i < count; i++)
			check_place(&code, site, places, count, i);
		if (data[site + HEAD] == 0x0f)
			break;
	}
	return 0;
}
