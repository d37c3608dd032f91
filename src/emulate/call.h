/* SPDX-License-Identifier: MIT */
/*
 * A system call of a guest, from its entry to its exit.
 *
 * A handler looks at the row and the arguments and says what shall happen:
 * nothing (the kernel serves the call as it is), other arguments, or a result
 * without any call. Work on a result is asked for by naming a function; that
 * costs a second stop. All that a handler has to remember lives in here.
 *
 * This floor knows neither registers nor ptrace: guest memory and new
 * arguments go through the functions below, which trace/ gives their meaning.
 */
#ifndef EMULATE_CALL_H
#define EMULATE_CALL_H

#include "emulate/busy.h"
#include "syscall/row.h"
#include "view/resolve.h"

#include <stddef.h>
#include <stdint.h>

struct standpoint;
struct user_namespace;

/* What the threads of a process share. */
struct process {
	int pid;
	unsigned int references;
	const struct view *view;
	struct standpoint *standpoint; /* null: the session's, see root.h */
	unsigned long sharing; /* the same for all that share the root */
	struct user_namespace *user_namespace; /* null: the first */
	unsigned int features; /* enum feature: those that are on */
	char *directory;       /* by which it entered its own; null: unknown */
	bool has_other_name;   /* … which is not what the host's path tells */
	char *program;	       /* guest path from the view's top, or null */
	struct file_id file;   /* the same program */
	bool has_no_new_privs; /* as the guest set it; ours is not shown */
	bool is_filtered;      /* by our own seccomp filter */
	bool has_filter;       /* the guest installed seccomp itself */
};

struct creation;
struct identity;
struct pending_exec;

#define HELD_MAX 16

/* A thread, as far as the meaning of its calls is concerned. */
struct task {
	int tid;
	struct process *process;
	struct viewer viewer;
	struct resolution *workspace; /* for one look-up at a time */
	struct identity *identity;    /* null: the kernel's own is shown */
	unsigned int stops_for;	      /* the features that its filters know */
	uint64_t new_namespaces;   /* for the child that it is about to make */
	struct creation *creation; /* from the entry to the exit of a call */
	bool is_strict;		   /* seccomp's strict mode */
	struct pending_exec *exec; /* from execve's entry to its event */

	/* Descriptors of ours that its call refers to; closed at its next. */
	unsigned int held_count;
	int held[HELD_MAX];
};

struct call;
typedef void call_function(struct call *call);

struct call {
	struct task *task;
	const struct row *row;
	long number;
	uint64_t arguments[ARGUMENTS]; /* the guest's own */
	uint64_t altered[ARGUMENTS];   /* what the kernel gets, if changed */
	unsigned int changes;	       /* bit n: altered[n] counts */
	bool is_done;		       /* no call: result is the answer */
	bool needs_exit;
	bool starts_again;    /* said at the exit: the guest does it anew */
	unsigned int repeats; /* how often it has */
	long result;
	call_function *on_exit;

	/* For on_exit, one handler at a time. */
	union {
		const void *bound;   /* a socket's short name */
		uint64_t namespaces; /* CLONE_NEW* of unshare(2) */
		uint32_t magic;	     /* statfs(2)'s f_type */
		struct {
			uint64_t address;
			uint64_t length_address;
			uint32_t capacity;
		} name; /* a socket's name that comes out */
		struct {
			uint32_t *capacities; /* allocated */
			uint64_t copy;
			unsigned int count;
		} messages;
	} saved;
};

/* --- given by trace/ --- */

/* Read or write guest memory: 0, or -EFAULT when any byte is out of reach. */
int guest_read(struct task *task, uint64_t address, void *out, size_t size);
int guest_write(
	struct task *task, uint64_t address, const void *bytes, size_t size);

/*
 * Read a string of at most SIZE bytes with its NUL. Its length; as above;
 * -ENAMETOOLONG when there is no NUL within SIZE.
 */
long guest_read_string(
	struct task *task, uint64_t address, char *out, size_t size);

/*
 * Put bytes where the guest's kernel can read them until the call is over.
 * -EAGAIN: more room is on its way, the handler returns and is called again.
 */
int call_place(
	struct call *call, const void *bytes, size_t size, uint64_t *address);

/*
 * The agent knows the session's view, the kernel's own identities, a fake root
 * as the command line made it, and users without capabilities; and a filter of
 * the guest may mind its calls.
 */
bool task_suits_agent(const struct task *task);

/* Tell the agent about process->has_other_name. */
void task_name_directory(struct task *task);

/* The task's process makes no use of the agent any more. */
void task_drop_agent(struct task *task);

/*
 * Likewise; -EAGAIN: some of its threads are still in there, the handler
 * returns and is called again.
 */
int call_without_agent(struct call *call);

/* Others have to do something first: the handler returns, and is called again.
 */
void call_wait(struct call *call);

/* [START, START + SIZE) is the guest's own from now on. Is it ours, too? */
void task_lose_area(struct task *task, uint64_t start, uint64_t size);

/* No process of the session makes use of it any more. */
void session_drop_agent(void);

/*
 * Hear of all guests that have ended by now. As long as their tracer has not,
 * their parents cannot.
 */
void session_hear(void);

/* Is what a thread has mapped at START ours, and nothing for it to see? */
bool task_hides(int tid, uint64_t start);

/* The process that a thread belongs to, or null: it is no guest. */
const struct process *task_process(int tid);

/* Call VISIT for every guest. */
void task_each(void (*visit)(struct task *task, void *data), void *data);

/*
 * See to it that the task also stops for the calls of a feature, and all its
 * children do. -EAGAIN: it will, when the handler is called again.
 */
int call_stop_for(struct call *call, unsigned int feature);

/* The identity of a thread; null: it is no guest, or none is shown. */
const struct identity *task_identity(int tid);

/*
 * The identity by which files are judged: only that of -0 and -i counts there.
 * In a user namespace of a guest they are the kernel's business.
 */
struct identity *task_file_identity(const struct task *task);

/* Does the identity that it is shown have this capability? */
bool task_is_capable(const struct task *task, int capability);

/*
 * May it do what needs this capability? By the identity that it is shown, or
 * by the kernel's own.
 */
bool task_may(const struct task *task, int capability);

/* Does job control have it stopped? The kernel shows a tracing stop. */
bool task_is_stopped(int tid);

/*
 * The affinity that the thread TID believes in: what the kernel's calls would
 * answer. -ENOENT: it is no guest, ask the kernel.
 */
long task_get_affinity(int tid, void *mask, size_t size);
long task_set_affinity(int tid, const void *mask, size_t size);

/*
 * As the guest has set it, prctl(2): all that share the task's memory share it.
 */
void task_set_dumpable(struct task *task, bool is_dumpable);
bool task_is_dumpable(const struct task *task);

/* Does execve(2) of a descriptor name the thread after the file? */
bool exec_names_by_file(void);

/* --- for all handlers --- */

/* The kernel skips the call; the guest gets RESULT, which may be -errno. */
void call_finish(struct call *call, long result);

/* The kernel gets another argument; the guest has its own again afterwards. */
void call_set(struct call *call, unsigned int argument, uint64_t value);

/* At a second stop, with call->result: one such function for a call. */
void call_at_exit(struct call *call, call_function *on_exit);

/* Replace an argument by the address of a path. 0 or call_place()'s. */
int call_set_path(
	struct call *call, unsigned int argument, const struct host_path *path);

/* Keep FD open until the guest's next call. -ENFILE: too many; FD is closed. */
int task_hold(struct task *task, int fd);
void task_let_go(struct task *task);

/* The path by which a guest can open our descriptor. */
void lent_path(int fd, struct host_path *path);

#endif
