/* SPDX-License-Identifier: MIT */
/*
 * The bridge between the tracer and the stub that runs inside every guest.
 *
 * The tracer turns an execve into one of a file with the stub in it
 * (program/starter.h). When that has succeeded it writes a plan, into what it
 * shares with all guests (agent/layout.h) or into the new process, where its
 * own slots will be. The tracer writes every field; the stub only reads. Both
 * are one binary, so the version guards against a stale build alone.
 *
 * Address space that is ours in every guest:
 *   ROOMS_ADDRESS    what is private and writable, first the agent's
 *   SCRATCH_ADDRESS  slots for threads: paths that the tracer wrote
 *   STUB_ADDRESS     the stub's code, and the way back from a rewritten call
 *
 * The scratch area ends where the stub begins: without PR_SET_MM_MAP, the heap
 * grows behind the stub. All of it, and the agent's, lies in 2 MiB, so that it
 * takes one page of page tables.
 */
#ifndef STUB_PLAN_H
#define STUB_PLAN_H

#ifndef __ASSEMBLER__
#include <stdint.h>
#endif

#define PLAN_VERSION   7
#define PLAN_ELSEWHERE 0 /* in its place: it is at PLAN_ADDRESS */

/*
 * Below everything that programs, sanitizers and emulators map at fixed
 * places: under the lowest position-independent program (0x555555554000 on
 * x86-64), inside what the memory and thread sanitizers leave to programs.
 *
 * PROGRAM_ADDRESS is the kernel's ELF_ET_DYN_BASE, by a new program's stack;
 * PROGRAM_SPAN says how far above it randomness may put a program.
 */
#if defined(__x86_64__)
#define STUB_ADDRESS	       0x5540003e0000
#define SCRATCH_ADDRESS	       0x554000360000
#define ROOMS_ADDRESS	       0x55400025f000
#define PROGRAM_ADDRESS(stack) 0x555555554000
#define PROGRAM_SPAN(stack)    (1ull << 40)
#elif defined(__aarch64__)
#define STUB_ADDRESS	       0x55001e0000
#define SCRATCH_ADDRESS	       0x5500160000
#define ROOMS_ADDRESS	       SCRATCH_ADDRESS
/* An address space of 39 bits (Android), 42 or 48: the stack is at its end. */
#define PROGRAM_ADDRESS(stack) (PROGRAM_SPACE(stack) / 3 * 2)
#define PROGRAM_SPAN(stack)    (PROGRAM_SPACE(stack) >> 8)
#define PROGRAM_SPACE(stack)   (1ull << (64 - __builtin_clzll(stack)))
#else
#define STUB_ADDRESS	       0x501e0000
#define SCRATCH_ADDRESS	       0x50160000
#define ROOMS_ADDRESS	       SCRATCH_ADDRESS
#define PROGRAM_ADDRESS(stack) 0x56555000
#define PROGRAM_SPAN(stack)    (1ull << 28)
#endif

#define SLOT_SIZE  0x4000 /* two longest paths, and what goes with them */
#define SLOT_COUNT 32
#define STUB_ROOM  0x20000 /* the stub is smaller; its code is at its start */

/* Where the plan is, as long as nothing else is there. */
#define PLAN_ADDRESS  SCRATCH_ADDRESS
#define PLAN_SIZE_MAX 0x8000 /* two images of 128 segments, and paths */

/* As few as that takes, where all are too much memory. */
#define SLOTS_SMALL (PLAN_SIZE_MAX / SLOT_SIZE)

/* Between the new program's stack and the stub's. */
#define STUB_GAP 256

#ifndef __ASSEMBLER__

enum plan_flags {
	PLAN_EXEC_STACK = 1, /* PT_GNU_STACK asks for it */
	PLAN_NO_RANDOM = 2,  /* kernel.randomize_va_space is 0 */
	PLAN_IDENTITY = 4,   /* user … effective_group are shown */
	PLAN_SECURE = 8,     /* AT_SECURE, with PLAN_IDENTITY */
	PLAN_BROKEN = 16,    /* it cannot be mapped */
};

struct plan_segment {
	uint64_t address; /* before the image's base is added */
	uint64_t offset;  /* into the file */
	uint64_t file_size;
	uint64_t memory_size;
	uint64_t protection; /* PROT_* */
};

struct plan_image {
	uint64_t path; /* offset into the plan, 0: there is no such image */
	uint64_t first_segment;
	uint64_t segment_count;
	uint64_t start; /* lowest and highest address of all segments */
	uint64_t end;
	uint64_t alignment;
	uint64_t is_movable; /* ET_DYN */
	uint64_t entry;
	uint64_t headers; /* address of the program headers */
	uint64_t header_count;
};

enum { PLAN_PROGRAM, PLAN_INTERPRETER, PLAN_IMAGES };

struct plan {
	uint64_t version;
	uint64_t flags;	    /* enum plan_flags */
	uint64_t size;	    /* of everything */
	uint64_t own_start; /* the binary's segments, to unmap; 0: none */
	uint64_t own_end;
	uint64_t random;
	uint64_t name;		/* offset: AT_EXECFN's text */
	uint64_t name_size;	/* with its NUL */
	uint64_t name_capacity; /* bytes that the kernel's own name took */
	uint64_t comm;		/* offset: the thread's new name */
	uint64_t segments;	/* offset: struct plan_segment[] */
	uint64_t agent;	 /* offset: path of what agents write; 0: no agent */
	uint64_t shared; /* … of what they read; 0: it is mapped */
	uint64_t shared_size;
	uint64_t user; /* AT_UID and so on */
	uint64_t effective_user;
	uint64_t group;
	uint64_t effective_group;
	struct plan_image image[PLAN_IMAGES];
};

/* Where in the file of program/starter.h what is shared begins. */
#define STARTER_SHARED 0x10000

_Static_assert(SCRATCH_ADDRESS + SLOT_COUNT * SLOT_SIZE == STUB_ADDRESS,
	"the scratch area ends where the stub begins");
_Static_assert(
	PLAN_SIZE_MAX <= SLOT_COUNT * SLOT_SIZE, "the plan is in the slots");
_Static_assert(sizeof(struct plan) == (18 + PLAN_IMAGES * 10) * 8,
	"tracer and stub agree on the plan");

#endif
#endif
