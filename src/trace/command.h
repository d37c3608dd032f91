/* SPDX-License-Identifier: MIT */
/*
 * The command of the first guest, by the rules of execvp(3).
 *
 * All of it is done by the guest itself, when it is traced: so PATH is searched
 * from its own current directory, with its own rights, and what cannot be
 * executed is found out by execve(2).
 */
#ifndef TRACE_COMMAND_H
#define TRACE_COMMAND_H

enum { EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 }; /* as of env(1) */

/*
 * Execute NAME, a guest path or a name in PATH, with the arguments of COMMAND.
 * If that fails, says why, and ends the process: as not found if nothing is
 * there.
 */
_Noreturn void command_run(const char *name, char **command);

#endif
