/* SPDX-License-Identifier: MIT */
/*
 * Search permission of the shown identity, in the directories on the way.
 *
 * Who may search everything is only ever barred by the host's own mode, which
 * the walk tells: search_open_way() opens what is barred. For anybody else the
 * path is walked once more before it is resolved, and each directory on the way
 * is judged by its shown owner and mode; what the identity may search and the
 * user of proot may not is opened as the walk comes to it.
 */
#ifndef EMULATE_SEARCH_H
#define EMULATE_SEARCH_H

#include "emulate/identity.h"
#include "view/resolve.h"

/*
 * For view_search(): SEARCHER, filled, if IDENTITY may be barred somewhere;
 * else null, as for a null pointer.
 */
const struct searcher *search_searcher(
	const struct identity *identity, struct searcher *searcher);

/* The way to PATH is barred: open it where the identity may. True: try again.
 */
bool search_open_way(
	const struct identity *identity, const struct host_path *path);

#endif
