/* SPDX-License-Identifier: MIT */
/* Padding near a system call instruction of a file. */
#include "program/site.h"

#define BEFORE	      4096 /* of the text in front of the site is read */
#define BEHIND	      1024
#define FUNCTIONS_MAX 32 /* of the smallest, within reach */
#define REACH	      160

size_t site_padding(const struct functions *file, uint64_t offset,
	int places[PADDING_PLACES])
{
	uint8_t bytes[BEFORE + BEHIND];
	struct range functions[FUNCTIONS_MAX];
	size_t site = offset < BEFORE ? (size_t)offset : BEFORE;
	struct code code = {bytes, 0, offset - site};
	size_t found[PADDING_PLACES];
	size_t count, function_count;
	long size;

	size = file->reader(file->file, bytes, sizeof(bytes), code.address);
	if (size < 0)
		return 0;
	code.size = (size_t)size;
	function_count =
		functions_near(file, offset, REACH, functions, FUNCTIONS_MAX);
	count = padding_find(&code, site, functions, function_count, found);
	for (size_t i = 0; i < count; i++)
		places[i] = (int)found[i] - (int)site;
	return count;
}
