/* SPDX-License-Identifier: MIT */
/* What a thread in the agent has: a slot, and nothing else. */
#ifndef AGENT_SLOT_H
#define AGENT_SLOT_H

#include "agent/known.h"
#include "agent/layout.h"
#include "agent/shared.h"
#include "emulate/call.h"

#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <sys/stat.h>

/* What agent_step() wants to see a result for. */
enum agent_review {
	REVIEW_NONE,
	REVIEW_LINK,	/* a stat that did not follow: is it a symlink? */
	REVIEW_OPEN,	/* ELOOP: perhaps a symlink to follow */
	REVIEW_REMOVED, /* a directory may be gone from its place */
	REVIEW_MAPPED,	/* code whose sites may be known */
	REVIEW_DENIED,	/* what the kernel refuses, a fake root may do */
};

/* What agent_step() answers; the last one is for its parts among themselves. */
enum agent_action { AGENT_CALL, AGENT_LEAVE, AGENT_GO_ON };

/* What a call is about: a path of DIRFD or, empty, the descriptor itself. */
struct object {
	int dirfd;
	const char *path;
	int flags; /* AT_* */
};

/* A file that had no record (emulate/record.h) a moment ago. */
struct recordless {
	uint64_t inode; /* 0: none */
	uint64_t device;
	uint64_t changes; /* record_changes, struct agent_common */
	uint64_t born;	  /* known_now() */
};

#define RECORDLESS_COUNT 4

/* A known directory in which new files needed no record, a moment ago. */
struct plain_directory {
	const struct known_directory *directory;
	uint64_t born;	  /* the directory's */
	uint64_t changes; /* as above */
};

/* What statfs(2) has told of a mount, a moment ago. */
struct known_mount {
	uint64_t id; /* stx_mnt_id; 0: none */
	uint64_t born;
	uint64_t flags; /* ST_* */
};

/*
 * Signals take a thread out of its slot, and its call begins anew: where they
 * come faster than the call can be served that would go on for ever.
 */
struct restart {
	uint64_t begun;	    /* where the call goes back to; 0: it is over */
	uint64_t cut;	    /* likewise, of the last one that was not over */
	unsigned int count; /* how often that one in succession */
};

#define RESTARTS_MAX 4

/* What has come out about a call so far. */
struct progress {
	uint64_t time; /* when it began, or 0: see time_of() */
	int follows;   /* the path argument whose last symlink counts, or -1 */
	int named;     /* the descriptor that a path is one of, or -1 */
	size_t placed; /* of slot->place */
	bool is_retried;
	bool tries_new; /* O_EXCL was added: its file may have to be made */
	/* Of the last path that was looked up: */
	const struct known_directory *directory; /* that it is in, or null */
	bool was_known;				 /* … before */
	unsigned int links;			 /* that led to it */
};

#define NO_PROGRESS ((struct progress){.follows = -1, .named = -1})

/* What is used least comes last. */
struct agent_slot {
	struct agent_registers registers; /* first: assembly writes it */
	struct call call;
	struct task task;
	struct process process;
	struct object object;
	struct progress progress;
	struct restart restart;
	bool was_there; /* the last file that was to be written anew */
	uint32_t site;	/* the first one that is known in what is mapped */
	struct open_how how;
	uint64_t records_seen; /* when those beside the root were looked for */
	struct recordless recordless[RECORDLESS_COUNT];
	struct plain_directory plain;
	unsigned int asked; /* for records, up to SETTLED_MANY */
	struct known_mount mount;
	union {
		union {
			struct stat stat;
			struct statx statx;
		} seen;			 /* what the kernel says of a path */
		struct clone_args child; /* of clone3(2) */
	};
	char path[TEXT_MAX + STRAIGHT_ROOM]; /* the guest's */
	char place[2 * (TEXT_MAX + 8)];	     /* the host's, of one call */
	struct resolution resolution;
	struct known_directories known;
};

_Static_assert(sizeof(struct agent_slot) + AGENT_STACK_SIZE <= AGENT_SLOT_SIZE,
	"there is room for the stack");

/* Serve a call, or look at its result: see x86_64.S. */
enum agent_action agent_step(struct agent_slot *slot);

#endif
