/* SPDX-License-Identifier: MIT */
/* Search permission of the shown identity, in the directories on the way. */
#ifndef EMULATE_SEARCH_H
#define EMULATE_SEARCH_H

#include "emulate/identity.h"
#include "view/path.h"

/* The way to PATH is barred: open it where the identity may. True: try again.
 */
bool search_open_way(
	const struct identity *identity, const struct host_path *path);

#endif
