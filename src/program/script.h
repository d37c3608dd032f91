/* SPDX-License-Identifier: MIT */
/* The first line of a script, as the kernel reads it (fs/binfmt_script.c). */
#ifndef PROGRAM_SCRIPT_H
#define PROGRAM_SCRIPT_H

#include <stddef.h>

#define SCRIPT_HEAD 256 /* BINPRM_BUF_SIZE, Linux 5.1; the rest is not read */

/* Both point into the head that was read; sizes without a NUL. */
struct script {
	const char *interpreter;
	size_t interpreter_size;
	const char *argument; /* all that follows, or null */
	size_t argument_size;
};

/*
 * Read a head of SCRIPT_HEAD bytes, filled up with NULs where the file is
 * shorter. 0: it is a script (the interpreter's name may be empty);
 * -ENOEXEC: it is none, or the name is missing or cut off.
 */
int script_read(const char *head, struct script *script);

#endif
