/* SPDX-License-Identifier: MIT */
/* The system call table, made from the lists of rows and of numbers. */

/*
 * Dual code: everything here is constant, position independent data and
 * functions without state. There are no pointers in the data, so that the
 * in-guest copy needs no relocation.
 *
 * syscalls.def gives each name a row; each arch/ABI/numbers.def puts names at
 * numbers. A number whose name has no row does not compile; a row without a
 * number is for tests/unit/test_table.c to find.
 */

#include "syscall/row.h"

#include "arch/area.h"

#include <stddef.h>
#include <string.h>

/* The words that syscalls.def uses in conditions. */
#define BIT(n) (UINT64_C(1) << (n))

#define CLONE_VFORK    0x00004000
#define CLONE_UNTRACED 0x00800000
#define CLONE_FS       0x00000200
/* CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET */
#define CLONE_NEW     0x7e020000
#define CLONE_NEWTIME 0x00000080 /* of unshare(2); clone(2)'s signal */

#define WNOHANG	 1
#define WAIT_ANY 0xffffffff /* wait4(2)'s -1 */
#define P_ALL	 0

/* FSCONFIG_SET_PATH, FSCONFIG_SET_PATH_EMPTY */
#define FSCONFIG_PATHS (BIT(3) | BIT(4))

/* BPF_OBJ_PIN, BPF_OBJ_GET */
#define BPF_PATHS (BIT(6) | BIT(7))

/* What could hide a guest from its tracer, or shows what we changed. */
#define PR_GET_DUMPABLE	    3
#define PR_SET_DUMPABLE	    4
#define PR_GET_SECCOMP	    21
#define PR_SET_SECCOMP	    22
#define PR_SET_TSC	    26
#define PR_SET_MM	    35
#define PR_SET_NO_NEW_PRIVS 38
#define PR_GET_NO_NEW_PRIVS 39
#define PR_SET_DISPATCH	    59 /* PR_SET_SYSCALL_USER_DISPATCH */
#define PRCTL_OPTIONS                                                          \
	(BIT(PR_GET_DUMPABLE) | BIT(PR_SET_DUMPABLE) | BIT(PR_GET_SECCOMP) |   \
		BIT(PR_SET_SECCOMP) | BIT(PR_SET_TSC) | BIT(PR_SET_DISPATCH) | \
		BIT(PR_SET_MM) | BIT(PR_SET_NO_NEW_PRIVS) |                    \
		BIT(PR_GET_NO_NEW_PRIVS))

/* Features that change attributes of files. */
#define ATTRIBUTES (FEATURE_IDENTITY | FEATURE_LINKS)

/* What is answered from a shown identity. */
#define IDENTITY WITH(FEATURE_IDENTITY)

/* NETLINK_AUDIT, whatever the family is. */
#define AUDIT_SOCKETS OPTION_WITH(2, BIT(9), FEATURE_IDENTITY)

/* SO_PEERCRED, SO_PEERGROUPS: elsewhere than on x86 the same. */
#define PEER_CREDENTIALS OPTION_WITH(2, BIT(17) | BIT(59), FEATURE_IDENTITY)

#define PR_GET_KEEPCAPS	  7
#define PR_SET_KEEPCAPS	  8
#define PR_CAPBSET_READ	  23
#define PR_CAPBSET_DROP	  24
#define PR_GET_SECUREBITS 27
#define PR_SET_SECUREBITS 28
#define PR_CAP_AMBIENT	  47
#define PRCTL_CREDENTIALS                                                      \
	(BIT(PR_GET_KEEPCAPS) | BIT(PR_SET_KEEPCAPS) | BIT(PR_CAPBSET_READ) |  \
		BIT(PR_CAPBSET_DROP) | BIT(PR_GET_SECUREBITS) |                \
		BIT(PR_SET_SECUREBITS) | BIT(PR_CAP_AMBIENT))

/* The numbers of <linux/net.h> whose calls have a row of their own here. */
#define SYS_BIND	2
#define SYS_CONNECT	3
#define SYS_ACCEPT	5
#define SYS_GETSOCKNAME 6
#define SYS_GETPEERNAME 7
#define SYS_SENDTO	11
#define SYS_RECVFROM	12
#define SYS_SENDMSG	16
#define SYS_RECVMSG	17
#define SYS_ACCEPT4	18
#define SYS_RECVMMSG	19
#define SYS_SENDMMSG	20
#define SOCKETCALLS                                                            \
	(BIT(SYS_BIND) | BIT(SYS_CONNECT) | BIT(SYS_ACCEPT) |                  \
		BIT(SYS_GETSOCKNAME) | BIT(SYS_GETPEERNAME) |                  \
		BIT(SYS_SENDTO) | BIT(SYS_RECVFROM) | BIT(SYS_SENDMSG) |       \
		BIT(SYS_RECVMSG) | BIT(SYS_ACCEPT4) | BIT(SYS_RECVMMSG) |      \
		BIT(SYS_SENDMMSG))

/* ROW_NONE is 0: what a number without a name gets. */
enum row_index {
	ROW_NONE,
#define SYSCALL(name, ...) ROW_##name,
#define PLAIN(name)	   ROW_##name,
#include "syscall/syscalls.def"
#undef SYSCALL
#undef PLAIN
	ROW_ARM_PRIVATE,
	ROW_COUNT
};

/* clang-format off */
static const struct row rows[ROW_COUNT] = {
#define SYSCALL(called, when, who, ...)		\
	[ROW_##called] = {			\
		.stop = when,			\
		.handler = HANDLER_##who,	\
		.arguments = {__VA_ARGS__},	\
	},
#define PLAIN(called)
#include "syscall/syscalls.def"
#undef SYSCALL
#undef PLAIN
};

/* One behind the other, in the order of the rows: all else would be larger. */
static const char names[] = ""
#define SYSCALL(name, ...) "\0" #name
#define PLAIN(name)	   "\0" #name
#include "syscall/syscalls.def"
#undef SYSCALL
#undef PLAIN
	"\0arm_private";

/* A number past the end, or one given twice, is an error of the compiler. */
#define NUMBERS 472 /* rseq_slice_yield, the last of Linux 7.2, and one */

#define NUMBER(name, nr) [nr] = ROW_##name,
static const uint16_t numbers[ABI_COUNT][NUMBERS] = {
	[ABI_X86_64] = {
#include "arch/x86_64/numbers.def"
	},
	[ABI_AARCH64] = {
#include "arch/aarch64/numbers.def"
	},
	[ABI_I386] = {
#include "arch/i386/numbers.def"
	},
	[ABI_ARM] = {
#include "arch/arm/numbers.def"
	},
};
#undef NUMBER

/* AT_*, MOVE_MOUNT_*, FSPICK_*, UMOUNT_*, IN_* and FAN_MARK_* of the kernel. */
static const struct flag_meaning meanings[ARGUMENT_KINDS] = {
	[PATH_FLAGS]        = {.nofollow = 0x100,      .empty = 0x1000},
	[LINK_FLAGS]      = {.follow   = 0x400,      .empty = 0x1000},
	[TREE_FLAGS]      = {.nofollow = 0x100,      .empty = 0x1000},
	[MOVE_FROM_FLAGS] = {.follow   = 0x1,        .empty = 0x4},
	[MOVE_TO_FLAGS]   = {.follow   = 0x10,       .empty = 0x40},
	[FSPICK_FLAGS]    = {.nofollow = 0x2,        .empty = 0x8},
	[UMOUNT_FLAGS]    = {.nofollow = 0x8},
	[INOTIFY_FLAGS]   = {.nofollow = 0x02000000},
	[FANOTIFY_FLAGS]  = {.nofollow = 0x4},
};
/* clang-format on */

const struct row *row_find(enum abi abi, long number)
{
	if (abi == ABI_ARM && number >= ARM_PRIVATE_FIRST &&
		number <= ARM_PRIVATE_LAST)
		return &rows[ROW_ARM_PRIVATE];
	if ((unsigned)abi >= ABI_COUNT || number < 0 || number >= NUMBERS)
		return NULL;

	uint16_t index = numbers[abi][number];

	return index == ROW_NONE ? NULL : &rows[index];
}

const char *row_name(const struct row *row)
{
	const char *name = names;

	for (const struct row *before = rows; before < row; before++)
		name += strlen(name) + 1;
	return name;
}

long row_limit(enum abi abi)
{
	return (unsigned)abi < ABI_COUNT ? NUMBERS : 0;
}

struct flag_meaning flag_meaning(enum argument kind)
{
	return meanings[(unsigned)kind < ARGUMENT_KINDS ? kind : VALUE];
}

bool row_condition(const struct row *row, unsigned int features,
	struct condition *condition)
{
	bool is_on = (row->stop.features & features) != 0;

	*condition = row->stop;
	if (is_on)
		condition->bits |= condition->more;
	return row->handler != HANDLER_NONE &&
	       (row->stop.features == 0 || row->stop.more != 0 || is_on);
}

bool maps_near(const uint64_t *arguments)
{
	uint64_t upper = arguments[0] >> 32;

	return upper == ARCH_AREA || upper == ARCH_AREA - 1 ||
	       arguments[1] >> 32 != 0;
}

bool row_stops(
	const struct row *row, unsigned int features, const uint64_t *arguments)
{
	struct condition stop;
	uint64_t value = arguments[row->stop.argument];

	if (!row_condition(row, features, &stop))
		return false;
	switch (stop.when) {
	case IF_SET:
		return value != 0;
	case IF_BITS:
		return (value & stop.bits & 0xffffffff) != 0;
	case IF_WAITS:
		return (value & stop.bits) != 0 &&
		       (arguments[0] & 0xffffffff) != stop.more;
	case IF_MAPS:
		return (value & stop.bits & 0xffffffff) != 0 ||
		       maps_near(arguments);
	case IF_OPTION:
		value &= 0xffffffff;
		return value < 64 && (stop.bits >> value & 1) != 0;
	default:
		return true;
	}
}
