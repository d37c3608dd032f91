/* SPDX-License-Identifier: MIT */
/* From a first number to one behind the last: addresses, or offsets. */
#ifndef BASE_RANGE_H
#define BASE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

struct range {
	uint64_t start;
	uint64_t end;
};

static inline bool range_holds(struct range range, uint64_t number)
{
	return number >= range.start && number < range.end;
}

#endif
