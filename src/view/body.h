/* SPDX-License-Identifier: MIT */
/*
 * Emulated hard links, as they lie on the disk; docs/architecture.md tells all.
 *
 * A file with emulated links has been moved to a store; it is a body there.
 * Each of its names is a symlink to the body, by an absolute host path, so that
 * the tree can be read without proot. The last component of the text says what
 * it is:
 *
 *	.l2s.+ID		a body of ours; ID is 16 hexadecimal digits
 *	.l2s.NAMEnnnn		of the older convention: a symlink to
 *	.l2s.NAMEnnnn.MMMM	the body, which has MMMM names
 *
 * Where a tree was moved, the texts lead nowhere; the body is then looked for
 * beside the name and in the stores above it. Dual code.
 */
#ifndef VIEW_BODY_H
#define VIEW_BODY_H

#include "view/path.h"

#include <stdbool.h>

#define STORE_NAME ".l2s" /* the directory that bodies are kept in */
#define BODY_MARK  ".l2s."
#define BODY_OURS  ".l2s.+"
#define BODY_SIZE  22 /* of BODY_OURS and an ID */

enum body_kind {
	BODY_NONE,
	BODY_NEW, /* ours */
	BODY_OLD, /* what names of the older convention point to */
	BODY_OLD_FILE,
};

/* What the last component of a path says that it is. */
enum body_kind body_kind(const char *name, size_t size);

/* A name that no listing shows. */
bool body_is_hidden(const char *name, size_t size);

/*
 * If the symlink at NAME, which reads TEXT, is a name of an emulated file: the
 * path of its body. False: it is an ordinary symlink.
 */
bool body_find(const struct host_path *name, const struct text *text,
	struct host_path *body);

/*
 * When it was not found: has another run just changed what the symlink NAME
 * reads, so that it should be asked again? TEXT is what it read before.
 */
bool body_has_moved(const struct host_path *name, const struct text *text);

/* body_find(), when the text is not known yet. False for all but symlinks, too.
 */
bool body_of_name(const struct host_path *name, struct host_path *body);

#endif
