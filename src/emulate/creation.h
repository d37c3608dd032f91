/* SPDX-License-Identifier: MIT */
/*
 * Whom a new file belongs to. By itself to the identity that was asked for on
 * the command line. When another one makes it, or the directory passes its
 * group on, or it is made as a set-user-ID program, a record is due as soon as
 * it is there: the call then takes an exit stop. So it does where the directory
 * has a default access control list, acl(5): the file gets its mode by that.
 */
#ifndef EMULATE_CREATION_H
#define EMULATE_CREATION_H

#include "emulate/call.h"
#include "emulate/file.h"

struct identity;
struct statx;

/* Of what IDENTITY makes in PARENT, which has these (real) ATTRIBUTES. */
uint32_t creation_group(const struct identity *identity,
	const struct file *parent, const struct statx *attributes);

/*
 * FILE may be made by the call, in the directory PARENT, which has these
 * (real) ATTRIBUTES. To be asked again if the call is handled anew.
 */
void creation_expect(struct call *call, const struct file *file,
	const struct file *parent, const struct statx *attributes);

/* Only if nobody else makes it first: then the call is handled anew. */
void creation_claim(struct call *call);

/* The call is over. */
void creation_exit(struct call *call);

#endif
