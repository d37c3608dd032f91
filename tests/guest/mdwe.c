/* SPDX-License-Identifier: MIT */
/* No memory can become executable that could be written to: PR_SET_MDWE. */
// rows: execve
#include "hot.h"

#ifndef PR_SET_MDWE
#define PR_SET_MDWE		 65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

#include <sys/prctl.h>

static void starts_program(void)
{
	char *arguments[] = {"program", "again", NULL};
	char *environment[] = {NULL};

	execve("program", arguments, environment);
	WORKS(-1);
}

int main(int count, char **arguments)
{
	(void)arguments;
	if (count > 1)
		return known_calls() == 0 ? 0 : 1;
	known_make();
	program_copy("program");
	for (int i = 0; i < 4; i++)
		EQUAL(0, in_child(starts_program));
	if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0) < 0)
		probe_skip("no PR_SET_MDWE, Linux 6.3");
	HEAT known_calls();
	for (int i = 0; i < 4; i++)
		EQUAL(0, in_child(starts_program));
	return 0;
}
