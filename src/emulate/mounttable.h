/* SPDX-License-Identifier: MIT */
/*
 * The table of mounts that a process sees, proc_pid_mountinfo(5).
 *
 * A binding is a mount. What the host's mounts say of the place that it shows,
 * its line says, too: device, type, options. The host's mounts below that place
 * have their lines, as far as no other binding hides them.
 */
#ifndef EMULATE_MOUNTTABLE_H
#define EMULATE_MOUNTTABLE_H

#include "emulate/call.h"
#include "view/procfs.h"

#include <stdio.h>

/*
 * Write it as the file KIND (PROC_MOUNTS, PROC_MOUNTINFO, PROC_MOUNTSTATS)
 * does. LINES: the host's mountinfo; they are taken apart.
 */
void mount_table_write(FILE *out, enum proc_kind kind,
	const struct process *process, char **lines, size_t count);

#endif
