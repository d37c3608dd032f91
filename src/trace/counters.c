/* SPDX-License-Identifier: MIT */
/* Counting, and telling in the end. */
#include "trace/counters.h"

#include "arch/registers.h"
#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static struct {
	const char *file; /* null: nobody wants to know */
	unsigned long calls[AGENT_NUMBER_COUNT];
} counters;

void counters_begin(const char *file)
{
	counters.file = file;
}

bool counters_are_wanted(void)
{
	return counters.file != NULL;
}

void counters_add_call(long number)
{
	if (number >= 0 && number < AGENT_NUMBER_COUNT)
		counters.calls[number]++;
}

static void write_calls(FILE *out, const char *kind, const uint64_t *counts)
{
	for (long number = 0; number < AGENT_NUMBER_COUNT; number++) {
		const struct row *row = row_find(ARCH_ABI, number);

		if (counts[number] > 0)
			fprintf(out, "%s.%s %lu\n", kind,
				row ? row_name(row) : "unknown",
				(unsigned long)counts[number]);
	}
}

static void write_punts(FILE *out, const uint64_t *counts)
{
	static const char *const names[] = {
#define X(name) #name,
		AGENT_PUNTS(X)
#undef X
	};

	for (unsigned int i = 0; i < PUNT_COUNT; i++)
		if (counts[i] > 0)
			fprintf(out, "punts.%s %lu\n", names[i],
				(unsigned long)counts[i]);
}

void counters_write(const struct agent_common *common)
{
	FILE *out = counters.file ? fopen(counters.file, "ae") : NULL;

	if (!counters.file)
		return;
	if (!out) {
		log_warning("PROOT_COUNTERS: %s: %s; name a file that can be "
			    "written",
			counters.file, strerror(errno));
		return;
	}
	write_calls(out, "stops", counters.calls);
	if (common) {
		write_calls(out, "served", common->served);
		write_punts(out, common->punts);
		if (common->records_asked > 0)
			fprintf(out, "asked.records %lu\n",
				(unsigned long)common->records_asked);
	}
	fclose(out);
}
