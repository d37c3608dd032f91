/* SPDX-License-Identifier: MIT */
/*
 * The command line and the environment, read into a struct config.
 *
 * The options are one table, options.def: parsing, --help, the suggestions for
 * misspelt names and the tests are all made from its rows. A new option is one
 * row and one parse function. This module reads every environment variable
 * that configures proot, and no other module does; it knows nothing of what
 * the values are used for, and looks at the file system only to tell a
 * positional ROOTFS (a directory) from a command.
 *
 * Words are read in order up to "--" or the first word without a dash. A value
 * may follow its option in the same word (-bX, --bind=X) or in the next one
 * (-b X, --bind X), where a word that starts with a dash is taken for a
 * forgotten value. Of an option that makes sense once, the last one counts.
 */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/config.h"

enum cli_outcome {
	CLI_RUN,   /* run what the config says */
	CLI_DONE,  /* --help or --version did its work: exit with status 0 */
	CLI_FAILED /* the user was told what is wrong: exit with status 1 */
};

/*
 * Fill config from the words of main() and the environment. The config is
 * overwritten, keeps pointers into argv and the environment, and has to be
 * released with config_release() whatever the outcome.
 */
enum cli_outcome cli_parse(int argc, char **argv, struct config *config);

#endif
