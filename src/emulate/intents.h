/* SPDX-License-Identifier: MIT */
/*
 * What a store says of a body: how many names it has, and what is being done to
 * one of them. The store is locked by the caller. In it:
 *
 *	.l2s.+ID	a body
 *	.l2s.+ID.count	a symlink that reads how many names it has
 *	.l2s.intent	a symlink that tells what is being done
 *
 * An intent is written down before a name changes, with one system call, and
 * struck out when the count is settled. So who gets the lock and finds an
 * intent knows that its writer was killed; the name itself tells whether that
 * had happened, and the rest is settled in the same way. Where the name cannot
 * be found (its directory has moved) the count errs to the higher side: a body
 * may be left over, it is never lost.
 */
#ifndef EMULATE_INTENTS_H
#define EMULATE_INTENTS_H

#include "view/body.h"
#include "view/path.h"

#include <limits.h>
#include <sys/stat.h>

#define INTENT	      BODY_MARK "intent"
#define FRESH	      BODY_MARK "new" /* becomes another name by rename */
#define COUNT_UNKNOWN 2		      /* too many is safe */

/* A body, by the store that is held and what its names' texts end with. */
struct body {
	int store; /* a descriptor, which also is the lock */
	struct host_path directory;
	char base[NAME_MAX + 1];
	enum body_kind kind; /* BODY_NEW or BODY_OLD */
};

/* What is done to a name of a body. */
enum operation {
	OP_MAKE = 'm',
	OP_ADD = '+',
	OP_REMOVE = '-', /* or to put something else there */
	OP_FOLD = 'f',
};

enum presence { GONE, THERE, UNKNOWN };

struct intent {
	enum operation operation;
	unsigned long count; /* before it */
	/* The name's directory, so that another one is not taken for it. */
	unsigned long device;
	unsigned long inode;
	const char *path;
};

/* What names of the body point to. 0 or -errno. */
int body_text(const struct body *b, struct text *text);

/* Is the name one of this body? */
enum presence body_presence(const struct body *b, const char *name);

/* Is the body there, and neither a directory nor a symlink? */
bool body_is_plain(const struct body *b);

/* How many names it has; COUNT_UNKNOWN if nothing tells. */
unsigned long count_read(const struct body *b);

/* 0: the file goes, too. */
void count_write(
	const struct body *b, unsigned long before, unsigned long count);

/* Write it down, with the name's directory. 0 or -errno. */
int intent_write(const struct body *b, struct intent *intent);
void intent_strike(const struct body *b);

/* Make the count agree with what has become of the name. */
void intent_settle(const struct body *b, const struct intent *intent,
	enum presence presence);

/* Somebody was killed, and left TEXT as the intent of this store. */
void intent_recover(int store, const struct host_path *directory, char *text);

/* stat(2) of the directory that a name is in. */
bool parent_stat(const char *name, struct stat *status);

#endif
