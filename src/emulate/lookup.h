/* SPDX-License-Identifier: MIT */
/* How a call looks its paths up, as its row and its flags say. Dual code. */
#ifndef EMULATE_LOOKUP_H
#define EMULATE_LOOKUP_H

#include "emulate/call.h"

/* The row's first argument of this kind; 0 if it has none. */
static inline uint64_t argument_of(const struct call *call, enum argument kind)
{
	int index = row_index(call->row, kind);

	if (index < 0)
		return 0;
	return argument_is_int(kind) ? (uint32_t)call->arguments[index]
				     : call->arguments[index];
}

/* The DIRFD that belongs to a path argument. */
int path_dirfd(const struct call *call, unsigned int argument);

/* How the row looks up a path argument: enum lookup. */
unsigned int path_lookup(const struct call *call, unsigned int argument);

/* How open(2) looks up a path, by its flags. */
unsigned int open_lookup(uint64_t flags);

/* open(2)'s flags, also of creat(2) and truncate(2). */
uint64_t open_flags(const struct call *call);

/* May open(2) with these flags write to a file that exists already? */
bool open_writes(uint64_t flags);

/* rmdir(2), and unlinkat(2) in its place. */
bool removes_directory(const struct call *call);

/* Those of unlinkat(2) or renameat2(2): EINVAL before any look-up. */
bool flags_are_wrong(const struct call *call);

/* access(2) without AT_EACCESS judges, and walks, by the real ids. */
#define AT_EACCESS_FLAG 0x200 /* linux/fcntl.h: AT_EACCESS */
bool is_by_real_ids(const struct call *call);

/* May the call take a directory from its place, if one is there? */
bool may_move_directory(const struct call *call);

/* By the flags of renameat2(2): does it more than give a file another name? */
bool rename_is_special(const struct call *call);

/* May it change who may do what with a file that is there? */
bool changes_permissions(const struct call *call);

#endif
