/* SPDX-License-Identifier: MIT */
/*
 * The bridge between the tracer and the agent: what lies where in every guest,
 * and who writes it.
 *
 * Address space, downwards from where the tracer's slots begin:
 *   AGENT_SLOTS   one slot for each thread that is in the agent; private
 *   AGENT_LOCKS   who has a slot, and struct agent_space; a page
 *   AGENT_SHARED  struct agent_shared: the session's view and what was
 *                 learned of files; the tracer writes, guests only read
 *   AGENT_COMMON  struct agent_common: of the session, for all to write, so
 *                 nobody believes what is there
 * All of it is in reach of the agent's code by 32-bit displacements.
 *
 * An island stands for one system call instruction of the guest. That has
 * become a jump to dead bytes near it, and those a jump to the island; or,
 * where there are none, the instruction in front of it has become one that
 * loads the call's number.
 */
#ifndef AGENT_LAYOUT_H
#define AGENT_LAYOUT_H

#include "stub/plan.h"

#define AGENT_VERSION 1

/*
 * A slot holds a stack and, above it, registers and memory: what is used most
 * of both is in one page.
 */
#define AGENT_SLOT_COUNT   64
#define AGENT_SLOT_SHIFT   14
#define AGENT_SLOT_SIZE	   (1 << AGENT_SLOT_SHIFT)
#define AGENT_STACK_SIZE   0x1a00 /* of the slot */
#define AGENT_LOCK_SHIFT   5
#define AGENT_LOCK_SIZE	   (1 << AGENT_LOCK_SHIFT)
#define AGENT_THREAD_SHIFT 20 /* their stacks' MiB tell threads apart */
#define AGENT_NUMBER_COUNT 512

#define AGENT_SLOTS  (SCRATCH_ADDRESS - AGENT_SLOT_COUNT * AGENT_SLOT_SIZE)
#define AGENT_LOCKS  (AGENT_SLOTS - 0x1000)
#define AGENT_SPACE  (AGENT_LOCKS + AGENT_SLOT_COUNT * AGENT_LOCK_SIZE)
#define AGENT_SHARED (AGENT_SLOTS - 0x50000)
#define AGENT_COMMON (AGENT_SHARED - 0x110000)

/* Offsets into struct agent_slot, for assembly. */
#define SLOT_RSP	0
#define SLOT_BACK	8
#define SLOT_NUMBER	16
#define SLOT_ARGUMENTS	24
#define SLOT_RBX	72
#define SLOT_RBP	80
#define SLOT_R12	88
#define SLOT_R13	96
#define SLOT_R14	104
#define SLOT_R15	112
#define SLOT_RESULT	120
#define SLOT_STAGE	128
#define SLOT_NEXT_STAGE 136
#define SLOT_REVIEW	144
#define SLOT_EXIT	152
#define SLOT_CALL	160

/*
 * Of an island: where ways from dead bytes lead to, where it calls, and where
 * it goes back to the guest.
 */
#define ISLAND_SIZE  32
#define ISLAND_ENTRY 5
#define ISLAND_CALL  25
#define ISLAND_BACK  27

/*
 * A child that the agent has made comes with its flags, as clone(2) has them,
 * and its maker's thread id in these arguments, which the call does not take.
 */
#define CHILD_FLAGS  4
#define CHILD_PARENT 5

/* Offset of agent_shared.served. */
#define SHARED_SERVED 120

#ifndef __ASSEMBLER__

#include "emulate/owner_rules.h"
#include "emulate/settled.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a signal does to a guest in the agent. */
enum agent_stage {
	AGENT_BEFORE, /* nothing has happened: back to the guest's instruction
		       */
	AGENT_AFTER,  /* the call is over, its result counts */
	AGENT_UNSURE, /* likewise, unless it is a descriptor of what stands for
			 a device; see emulate/owner_rules.h */
	AGENT_CLOSES, /* it is: back, and without that descriptor */
};

/*
 * The start of a slot, which the agent writes and the tracer reads. BACK is
 * where the island returns to the guest, EXIT where the agent leaves to: there,
 * or to the island's own system call instruction, for the tracer to serve.
 */
struct agent_registers {
	uint64_t rsp;
	uint64_t back;
	uint64_t number;
	uint64_t arguments[6];
	uint64_t rbx, rbp, r12, r13, r14, r15;
	uint64_t result;
	uint64_t stage;	     /* enum agent_stage */
	uint64_t next_stage; /* from the final call's return on */
	uint64_t review;     /* not 0: the agent wants to see the result */
	uint64_t exit;
	uint64_t call[7]; /* the final call: number and arguments */
	uint64_t lock; /* by which it holds that of records; 0: it does not */
};

/* Islands are made near the code that they serve: one place for each image. */
#define AGENT_PLACES	      2
#define AGENT_PLACE_LIBRARIES 1 /* near the dynamic linker, if there is one */
#define PLACE_SIZE	      0x10000 /* one half for the tracer to use */

#define AGENT_GROUPS 32

/*
 * Who the guest is, if that is not who the command line made it: the same user
 * and group in all respects, and no capability that files mind.
 */
struct agent_identity {
	uint32_t is_other; /* else the rest is 0 */
	uint32_t user;
	uint32_t group;
	uint32_t group_count;
	uint32_t groups[AGENT_GROUPS]; /* supplementary */
};

/* Of one address space; the stub and the agent write it. */
struct agent_space {
	uint64_t is_ready;
	uint64_t has_other_name; /* struct process; the tracer writes it */
	uint64_t places[AGENT_PLACES];	/* addresses of islands, 0: none */
	uint64_t used[AGENT_PLACES];	/* islands that the agent has made */
	struct agent_identity identity; /* the tracer writes it */
};

/* --- of the session --- */

/* Why the agent has left a call to the tracer. */
#define AGENT_PUNTS(X)                                                         \
	X(proc)	     /* in /proc */                                            \
	X(lookup)    /* the look-up needs a descriptor, or failed */           \
	X(binding)   /* the name of a binding goes away, or is to be listed */ \
	X(busy)	     /* it would write to what may be a running program */     \
	X(path)	     /* empty, too long, or at an odd address */               \
	X(directory) /* it, or the current one, has no name, or another one */ \
	X(record)    /* its owner or mode is remembered, or perhaps */         \
	X(denied)    /* what the kernel refuses, a fake root may do */         \
	X(other)     /* what another user may, or an error, is not so clear */ \
	X(signals)   /* it is interrupted again and again */                   \
	X(area)	     /* something is mapped over ours */                       \
	X(child)     /* it is not made by vfork(2), or in a way of its own */  \
	X(fault)     /* the guest's memory; counted by the tracer */

enum agent_punt {
#define X(name) PUNT_##name,
	AGENT_PUNTS(X)
#undef X
		PUNT_COUNT
};

/*
 * Plans that the stub finds by itself; larger ones are written to where it
 * looks else. They are in the first 64 KiB, which the kernel maps at once.
 */
#define AGENT_PLANS	8
#define AGENT_PLAN_SIZE 2048

struct agent_plan {
	uint64_t ticket; /* of whoever is to start by it */
	uint64_t bytes[AGENT_PLAN_SIZE / 8 - 1];
};

#define COMMON_SIZE 0x104000

/* Every guest writes it; what is rarely used is first, to have pages apart. */
struct agent_common {
	uint64_t settled[SETTLED_COUNT];  /* see emulate/settled.h */
	uint64_t settled_added;		  /* by this run's agents */
	uint64_t settled_is_wanted;	  /* that of earlier runs */
	uint64_t generation;		  /* of remembered directories */
	uint64_t record_lock;		  /* see emulate/record.h */
	uint64_t record_changes;	  /* likewise */
	uint64_t plans_done[AGENT_PLANS]; /* the last one's ticket */
	uint64_t served[AGENT_NUMBER_COUNT];
	uint64_t punts[PUNT_COUNT];
	uint64_t records_asked; /* getxattr(2) for a record */
};

/*
 * What was learned of a file. A site is a system call instruction that the
 * tracer has seen at work; PADDING is where dead bytes begin, from behind it,
 * or the instruction in front of it (PADDING_IN_FRONT).
 * Files are hashed by inode; their sites are a list, with 0 at its end. The
 * tracer adds to it while guests read: indices are written last.
 */
struct agent_file {
	uint64_t device;
	uint64_t inode; /* 0: none */
	uint64_t size;
	int64_t modified[2]; /* seconds and nanoseconds */
	int64_t changed[2];
	uint32_t first_site;
	uint32_t unused;
};

struct agent_site {
	uint64_t offset; /* in the file */
	uint32_t next;
	uint16_t hits;	      /* how often it has stopped, at most HITS_MIN */
	uint16_t is_searched; /* for padding */
	int16_t padding;      /* 0: there is none */
	uint8_t bytes[6];     /* what the padding holds, the first 5 */
};

/* mov $NUMBER, %eax: no padding looks so. */
#define LOAD_CODE	 0xb8
#define PADDING_IN_FRONT (-7)

#define HITS_MIN                                                               \
	2 /* to teach one costs as much as some stops: once is chance */

#define AGENT_FILES 512
#define AGENT_SITES 2048

struct agent_shared {
	uint64_t version;
	uint64_t view; /* address of a struct view in this area */
	uint64_t has_counters;
	uint64_t has_twins; /* some directories have two names */
	uint64_t size;
	uint64_t shows_root; /* a fake root; then: */
	uint32_t host_user;  /* shown as user… */
	uint32_t host_group;
	uint32_t user;
	uint32_t group;
	uint64_t kernel[OWNER_KERNEL_DEVICES]; /* emulate/owner.h */
	uint64_t records; /* address of a struct record_summary in this area */
	uint64_t served[AGENT_NUMBER_COUNT / 64]; /* one bit for each number */
	uint64_t has_earlier_runs;		  /* see emulate/recordless.h */
	uint64_t has_proc;			  /* /proc is the host's */
	struct local local;
	struct agent_plan plans[AGENT_PLANS];
	struct agent_file files[AGENT_FILES];
	struct agent_site sites[AGENT_SITES]; /* the first one is not used */
};

#define AGENT_FILE_SLOT(device, inode)                                         \
	(((inode)*0x9e3779b97f4a7c15ull ^ (device)) >> 20 & (AGENT_FILES - 1))

_Static_assert(offsetof(struct agent_registers, call) == SLOT_CALL &&
		       offsetof(struct agent_registers, rbx) == SLOT_RBX &&
		       offsetof(struct agent_registers, review) == SLOT_REVIEW,
	"assembly agrees on the slot");
_Static_assert(offsetof(struct agent_shared, served) == SHARED_SERVED,
	"assembly agrees on the numbers");
_Static_assert(
	sizeof(struct agent_common) <= COMMON_SIZE, "what all write fits");
_Static_assert(
	AGENT_SLOTS + AGENT_SLOT_COUNT * AGENT_SLOT_SIZE == SCRATCH_ADDRESS,
	"the agent's slots end where the tracer's begin");
_Static_assert(ROOMS_ADDRESS == SCRATCH_ADDRESS || ROOMS_ADDRESS == AGENT_LOCKS,
	"what is private begins with the locks");
_Static_assert(AGENT_SPACE + sizeof(struct agent_space) <= AGENT_LOCKS + 0x1000,
	"locks and space are one page");
_Static_assert(AGENT_COMMON + COMMON_SIZE <= AGENT_SHARED,
	"what all write ends before what they read");
_Static_assert(
	(AGENT_COMMON + offsetof(struct agent_common, generation)) >> 21 ==
		(STUB_ADDRESS + STUB_ROOM - 1) >> 21,
	"one page of page tables is enough for most");

#endif
#endif
