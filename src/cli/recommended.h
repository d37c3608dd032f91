/* SPDX-License-Identifier: MIT */
/*
 * The bindings that most root file systems want: users, names and devices of
 * the host. They are optional, and come before all others in the config's
 * list, so that whatever the user binds wins, wherever the option stood.
 */
#ifndef CLI_RECOMMENDED_H
#define CLI_RECOMMENDED_H

#include "cli/config.h"

enum recommended_set {
	RECOMMENDED_FULL = 1 << 0,   /* -B, -M, -R */
	RECOMMENDED_MINIMAL = 1 << 1 /* -S: packages can be installed */
};

/*
 * Put the sets (a mask) in front of the bindings, and before them root, bound
 * to its own path, unless it is null. Returns 0 or -ENOMEM.
 */
int recommended_insert(
	struct config *config, unsigned int sets, const char *root);

#endif
