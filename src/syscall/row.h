/* SPDX-License-Identifier: MIT */
/* What a row of the system call table says. Dual code: no libc, no state. */
#ifndef SYSCALL_ROW_H
#define SYSCALL_ROW_H

#include <stdbool.h>
#include <stdint.h>

#define ARGUMENTS 6

/*
 * What an argument is. The PATH_* kinds are guest paths; a DIRFD belongs to
 * the path that follows it. A *_FLAGS kind says which bits of the argument
 * change how the row's PATH_AT is looked up (see flag_meaning()).
 */
/* clang-format off */
enum argument {
	VALUE, /* nothing to do */
	FD,
	DIRFD,
	PATH_FOLLOW,   /* a symlink at the end is followed; the first PATH_* */
	PATH_NOFOLLOW, /* a symlink at the end is the object */
	PATH_OPEN,     /* as open(2)'s flags say: OPEN_FLAGS or OPEN_HOW */
	PATH_AT,       /* as the row's flags argument says */
	PATH_MOVE_TO,  /* move_mount(2)'s second: as MOVE_TO_FLAGS says */
	PATH_CREATE,   /* a name that must not exist yet: mkdir, symlink */
	PATH_LINK,     /* likewise, for a file that exists: link */
	PATH_REMOVE,   /* a name that goes away: unlink, rmdir, rename */
	PATH_REPLACE,  /* a name that is made, or changes hands: rename */
	PATH_WRITE,    /* as PATH_FOLLOW, and its content is changed */
	PATH_ENTER,    /* as PATH_FOLLOW: a directory to stand in */
	PATH_EXEC,     /* a program; the last PATH_* */
	LINK_TEXT,     /* symlink(2)'s target: stored, never looked up */
	OPEN_FLAGS,
	OPEN_HOW,	/* struct open_how, openat2(2) */
	PATH_FLAGS,	/* AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH */
	LINK_FLAGS,	/* AT_SYMLINK_FOLLOW, AT_EMPTY_PATH */
	UNLINK_FLAGS,	/* not about looking up: AT_REMOVEDIR */
	RENAME_FLAGS,	/* likewise: RENAME_EXCHANGE and such */
	TREE_FLAGS,	/* open_tree(2): AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH */
	MOVE_FROM_FLAGS, /* move_mount(2), for the first path */
	MOVE_TO_FLAGS,	 /* the same register, for the second; in no row */
	FSPICK_FLAGS,
	UMOUNT_FLAGS,
	INOTIFY_FLAGS,
	FANOTIFY_FLAGS,
	SOCKADDR,     /* a name that goes in */
	OUT_SOCKADDR, /* a name that comes out */
	MSGHDR,
	MMSGHDR,
	OUT_MSGHDR,
	OUT_MMSGHDR,
	ARGV,
	ENVP,
	MODE,	  /* permissions of what is made, or changed */
	OUT_STAT, /* struct stat of the kernel */
	OUT_STATX,
	OUT_STATFS, /* struct statfs; it begins with f_type, whatever the ABI */
	STATX_MASK,
	XATTR_NAME,
	XATTR_LIST, /* a buffer that receives names */
	XATTR_ARGS, /* struct xattr_args */
	CHANGE,   /* what becomes of the file: its times, its flags */
	USER_ID,  /* this and what follows it */
	GROUP_ID, /* likewise */
	OUT_USER_ID,
	OUT_GROUP_ID,
	OUT_PATH, /* a buffer that receives a path */
	SIZE,	  /* the size of the buffer before it */
	ARGUMENT_KINDS
};
/* clang-format on */

/*
 * When the seccomp filter stops a call; it can see arguments, not memory.
 * IF_BITS and IF_OPTION are about the low 32 bits, which is all that the kernel
 * looks at there; IF_SET is about the whole register. IF_MAPS is IF_BITS, or
 * else that a mapping may meet our area: see maps_near(). IF_WAITS is IF_BITS,
 * unless argument 0 has one value.
 */
enum when { ALWAYS, IF_SET, IF_BITS, IF_OPTION, IF_MAPS, IF_WAITS };

/* What a session may have turned on. Calls that only matter to a feature that
 * is off do not stop. */
enum feature {
	FEATURE_IDENTITY = 1 << 0, /* a shown identity: -0, -i */
	FEATURE_LINKS = 1 << 1,	   /* emulated hard links: -l */
	FEATURE_AGENT = 1 << 2,	   /* calls are served in the guest */
};

struct condition {
	enum when when : 8;
	uint8_t argument;
	/* If not 0: only with one of these features… */
	uint8_t features;
	/* IF_BITS: any of these is set. IF_OPTION: 1 << argument is in it. */
	uint64_t bits;
	/* … or, where this is not 0, only these bits. IF_WAITS: the value. */
	uint64_t more;
};

/* clang-format off */
#define ANY	       {ALWAYS, 0, 0, 0, 0}
#define SET(n)	       {IF_SET, n, 0, 0, 0}	   /* argument n is not 0 */
#define BITS(n, mask)  {IF_BITS, n, 0, mask, 0}  /* argument n has one of mask */
#define OPTION(n, set) {IF_OPTION, n, 0, set, 0} /* argument n < 64 is in set */
/* Argument n has WNOHANG, and it is not about ANY child. */
#define WAITS(n, any)  {IF_WAITS, n, 0, WNOHANG, any}
/* The same, if one of the features is on. */
#define WITH(f)			 {ALWAYS, 0, f, 0, 0}
#define SET_WITH(n, f)		 {IF_SET, n, f, 0, 0}
#define OPTION_WITH(n, set, f)	 {IF_OPTION, n, f, set, 0}
/* The features add to the set. */
#define OPTION_AND(n, set, f, m) {IF_OPTION, n, f, set, m}
/* The features add to the mask. */
#define BITS_AND(n, mask, f, m)	 {IF_BITS, n, f, mask, m}
/* A mapping near us; with the features, argument n has one of mask, too. */
#define MAPS_AND(n, f, mask)	 {IF_MAPS, n, f, 0, mask}

/* Who gives the row its meaning: NAME_enter(), in a file of emulate/. */
#define HANDLERS(X)                                                           \
	X(rewrite)  /* translate the paths, let the kernel do the rest */      \
	X(open)     /* rewrite, but some files of /proc are ours to serve */   \
	X(openat2)  /* rewrite, with resolve flags */                          \
	X(getcwd)                                                              \
	X(readlink) /* rewrite, but magic links give guest paths back */       \
	X(link)     /* rewrite; these and unlink, rename: see emulate/links.c */\
	X(unlink)                                                              \
	X(rmdir)                                                               \
	X(rename)                                                              \
	X(exec)                                                                \
	X(clone)    /* no child escapes from its tracer */                     \
	X(vfork)    /* the agent makes it so that only the child stops */      \
	X(wait)     /* the tracer hears of ends first */                        \
	X(setns)                                                               \
	X(unshare)                                                             \
	X(clone3)                                                              \
	X(prctl)                                                               \
	X(seccomp)                                                             \
	X(landlock)                                                            \
	X(getaffinity) /* the tracer plays with it */                          \
	X(setaffinity)                                                         \
	X(fchdir)   /* a user that is shown may be barred from there */        \
	X(chroot)                                                              \
	X(mount)                                                               \
	X(umount)                                                              \
	X(pivot)                                                               \
	X(newmount) /* mounting by descriptors */                              \
	X(opentree)                                                            \
	X(fsconfig) /* its value is a path for FSCONFIG_SET_PATH */            \
	X(getdents) /* bindings add names */                                   \
	X(getdents64)                                                          \
	X(sockaddr) /* a socket's name goes in: connect, sendto */             \
	X(bind)     /* likewise, a new one */                                  \
	X(sockname) /* a socket's name comes out: accept, getsockname */       \
	X(sendmsg)                                                             \
	X(sendmmsg)                                                            \
	X(recvmsg)                                                             \
	X(recvmmsg)                                                            \
	X(map)      /* code is mapped: the agent prepares it */                \
	X(socketcall) /* i386: calls of sockets behind one number */           \
	X(stat)     /* features change what is answered */                     \
	X(statfs)   /* a tmpfs of ours is one */                               \
	X(access)                                                              \
	X(chown)                                                               \
	X(chmod)                                                               \
	X(mknod)                                                               \
	X(setxattr)                                                            \
	X(getxattr)                                                            \
	X(listxattr)                                                           \
	X(removexattr)                                                         \
	X(socket)     /* no audit for a fake root */                           \
	X(getsockopt) /* who is at the other end */                            \
	X(getuid)                                                              \
	X(geteuid)                                                             \
	X(getgid)                                                              \
	X(getegid)                                                             \
	X(getresid)                                                            \
	X(setid)    /* setuid, setgid; likewise the next three */              \
	X(setreid)                                                             \
	X(setresid)                                                            \
	X(setfsid)                                                             \
	X(getgroups)                                                           \
	X(setgroups)                                                           \
	X(capget)                                                              \
	X(privileged) /* EPERM is no answer for a fake root */                 \
	X(capset)                                                              \
	X(refuse)   /* takes paths that we cannot see: ENOSYS */

enum handler {
	HANDLER_NONE, /* PLAIN: it never stops */
#define X(name) HANDLER_##name,
	HANDLERS(X)
#undef X
	HANDLER_COUNT
};
/* clang-format on */

/* Small: there are 400, and the agent has its own. */
struct row {
	struct condition stop;
	enum handler handler : 8;
	uint8_t arguments[ARGUMENTS]; /* enum argument */
};

/* The kernel interfaces whose numbers we know. */
enum abi { ABI_X86_64, ABI_AARCH64, ABI_I386, ABI_ARM, ABI_COUNT };

/*
 * The row of a system call number; a null pointer for a number that is not
 * in the table (newer than it, or never assigned): the guest gets ENOSYS.
 */
const struct row *row_find(enum abi abi, long number);

/* For messages: it searches. */
const char *row_name(const struct row *row);

/*
 * The row's condition with these features on: the one that is left when they
 * are known. False: the row never stops then.
 */
bool row_condition(const struct row *row, unsigned int features,
	struct condition *condition);

/* Whether the row's condition holds: all that a handler may rely on. */
bool row_stops(const struct row *row, unsigned int features,
	const uint64_t *arguments);

/*
 * May what mmap(2) maps lie over something of ours? It begins in the 4 GiB that
 * our area is in, or in those before, or it is as large.
 */
bool maps_near(const uint64_t *arguments);

/*
 * Arm's private calls (cacheflush, set_tls…), far above the others: they have
 * a row, which is plain, but lie outside of row_limit().
 */
#define ARM_PRIVATE_FIRST 0xf0001
#define ARM_PRIVATE_LAST  0xf0006

/* One past the highest number that row_find() may know in this ABI. */
long row_limit(enum abi abi);

/*
 * Bits of a *_FLAGS argument that speak about looking up a path. A kind that
 * has neither nofollow nor follow follows symlinks at the end.
 */
struct flag_meaning {
	uint32_t nofollow; /* set: a symlink at the end is not followed */
	uint32_t follow;   /* set: it is followed (and otherwise not) */
	uint32_t empty;	   /* set: an empty path means the DIRFD itself */
};

/*
 * All zero for kinds that are not flags, and for OPEN_FLAGS and OPEN_HOW: the
 * values of open(2)'s flags depend on the architecture.
 */
struct flag_meaning flag_meaning(enum argument kind);

/* Is it a *_FLAGS, of those that flag_meaning() may know? */
static inline bool argument_is_flags(enum argument kind)
{
	return kind >= PATH_FLAGS && kind <= FANOTIFY_FLAGS;
}

/* Of what the kernel takes as an int it does not see the upper half. */
static inline bool argument_is_int(enum argument kind)
{
	return kind == OPEN_FLAGS || kind == MODE || argument_is_flags(kind);
}

/* Is it a PATH_*: a guest path that is looked up? */
static inline bool argument_is_path(enum argument kind)
{
	return kind >= PATH_FOLLOW && kind <= PATH_EXEC;
}

/*
 * The index of the row's first argument of this kind, which is not VALUE, or
 * -1. Its arguments are bytes of one word, little-endian, and so are compared
 * at once: calls that are served in the guest ask for several kinds each.
 */
static inline int row_index(const struct row *row, enum argument kind)
{
	const uint64_t ones = 0x0101010101010101;
	uint32_t first;
	uint16_t rest;
	uint64_t kinds;

	__builtin_memcpy(&first, row->arguments, sizeof(first));
	__builtin_memcpy(&rest, row->arguments + sizeof(first), sizeof(rest));
	kinds = (uint64_t)rest << 32 | first;
	kinds ^= ones * kind; /* the byte is 0 now */
	kinds = (kinds - ones) & ~kinds & ones << 7;
	return kinds == 0 ? -1 : __builtin_ctzll(kinds) / 8;
}

/* The index of the row's first argument that is a path, or -1. */
static inline int row_first_path(const struct row *row)
{
	for (int i = 0; i < ARGUMENTS; i++)
		if (argument_is_path(row->arguments[i]))
			return i;
	return -1;
}

#endif
