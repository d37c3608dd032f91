/* SPDX-License-Identifier: MIT */
/*
 * Starting the first guest.
 *
 * What a kernel can do is found out by doing it: an outer sandbox may refuse
 * what its version promises, and distributions carry features back.
 */
#include "trace/start.h"

#include "base/log.h"
#include "emulate/record.h"
#include "emulate/recordless.h"
#include "program/origin.h"
#include "program/starter.h"
#include "trace/agent.h"
#include "trace/command.h"
#include "trace/filter.h"
#include "trace/leave.h"
#include "trace/tracee.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Of Linux 3.8 and 3.5. Without a filter of ours, too: guests have their own.
 */
#define NEWER_OPTIONS (PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP)

static const long BASE_OPTIONS = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
				 PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
				 PTRACE_O_TRACEEXEC;

/* Its status; -ECHILD: it has exited, which it does after saying why. */
static int wait_stop(int tid)
{
	int status;

	while (waitpid(tid, &status, __WALL) < 0)
		if (errno != EINTR)
			return -errno;
	if (WIFSTOPPED(status))
		return status;
	return WIFEXITED(status) ? -ECHILD : -ESRCH;
}

/* --- which order --- */

/* Traces its own getppid, then calls it. */
static void probe_child(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct filter filter = {.length = 4};

	memcpy(filter.code, code, sizeof(code));
	if (ptrace(PTRACE_TRACEME, 0, 0, 0) < 0 || filter_install(&filter) < 0)
		_exit(1);
	raise(SIGSTOP);
	syscall(SYS_getppid);
	_exit(0);
}

/* Until its call is announced: false if it never is. */
static bool await_filter(int tid)
{
	int status = 0;

	while (status >> 8 != (SIGTRAP | PTRACE_EVENT_SECCOMP << 8)) {
		if (ptrace(PTRACE_CONT, tid, 0, 0) < 0)
			return false;
		status = wait_stop(tid);
		if (status < 0)
			return false;
	}
	return true;
}

/* The next stop at the entry or the exit of a call. */
static bool await_call_stop(int tid)
{
	return ptrace(PTRACE_SYSCALL, tid, 0, 0) == 0 && wait_stop(tid) >= 0;
}

/*
 * After its stop come, since Linux 4.8, the call's exit and another one's
 * entry; before that, its own entry and exit.
 */
static bool stop_came_first(int tid)
{
	struct registers registers;

	return await_call_stop(tid) && await_call_stop(tid) &&
	       registers_read(tid, &registers) == 0 &&
	       reg_number(&registers) == SYS_getppid;
}

/* Does seccomp work, and does its stop come before the entry stop? */
static bool probe_filter(bool *stops_first)
{
	long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACESECCOMP;
	bool works;
	int status;
	int tid = fork();

	if (tid == 0)
		probe_child();
	if (tid < 0 || wait_stop(tid) < 0)
		return false;
	works = ptrace(PTRACE_SETOPTIONS, tid, 0, options) == 0 &&
		await_filter(tid);
	*stops_first = works && stop_came_first(tid);
	kill(tid, SIGKILL);
	while (waitpid(tid, &status, __WALL) < 0 && errno == EINTR)
		;
	return works;
}

/* --- the child --- */

/* What the guest shall find: a limit of file sizes (ulimit -f) ends no proot.
 */
static void (*on_limit)(int);

static void guest_fail(const char *what, int error)
{
	log_error("%s: %s", what, strerror(error));
	_exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

/* Runs in the child; PIPE tells whether we are seized already. */
static void guest_main(
	const struct session *session, const struct filter *filter, int pipe)
{
	char how;

	if (read(pipe, &how, 1) != 1)
		_exit(EXIT_CANNOT_RUN);
	close(pipe);
	signal(SIGXFSZ, on_limit);
	if (how == 't' && ptrace(PTRACE_TRACEME, 0, 0, 0) < 0)
		guest_fail("this system refuses ptrace", errno);
	if (chdir(session->directory) < 0)
		guest_fail(session->directory, errno);
	if (filter && filter_install(filter) < 0)
		guest_fail("seccomp", errno);
	raise(SIGSTOP);
	command_run(session->program, session->command);
}

/* Guests without an agent, too, start sooner from a starter. */
static void offer_starter(void)
{
	struct starter_shared none = {0};
	int fd = starter_create(&none);

	if (fd >= 0)
		origin_offer_starter(fd);
}

static bool seize(int tid, long options)
{
	return ptrace(PTRACE_SEIZE, tid, 0, options) == 0;
}

/* Before Linux 3.8 nothing kills the guests when the tracer is killed. */
static long best_options(int tid, long options)
{
	if (ptrace(PTRACE_SETOPTIONS, tid, 0, options | NEWER_OPTIONS) == 0)
		return options | NEWER_OPTIONS;
	log_debug(LOG_BINDINGS,
		"this kernel does not end guests when proot is killed");
	if (ptrace(PTRACE_SETOPTIONS, tid, 0, options) == 0)
		return options;
	return -1;
}

static int attach(struct session *session, int tid, int pipe)
{
	long options = BASE_OPTIONS |
		       (session->has_filter ? PTRACE_O_TRACESECCOMP : 0);
	int status;

	session->has_seize =
		seize(tid, options | NEWER_OPTIONS) || seize(tid, options);
	if (write(pipe, session->has_seize ? "s" : "t", 1) != 1)
		return -errno;
	status = wait_stop(tid);
	if (status < 0)
		return status;
	return best_options(tid, options) < 0 ? -errno : 0;
}

/* REASON: in words, why there is no agent. */
static void choose_engine(struct session *session, const char **reason)
{
	*reason = "as asked for";
	if (session->wants_agent && agent_begin(session, reason) == 0) {
		session->features |= FEATURE_AGENT;
		record_free_idle(leave_free_idle);
		return;
	}
	offer_starter();
	if (session->features & FEATURE_IDENTITY)
		recordless_begin(session->view);
}

static void tell_engine(const struct session *session, const char *reason)
{
	if (session->features & FEATURE_AGENT)
		log_debug(LOG_BINDINGS, "engine: agent and tracer");
	else
		log_debug(LOG_BINDINGS, "engine: tracer alone: %s", reason);
	log_debug(LOG_BINDINGS, "tracer: %s%s, %s",
		session->has_filter ? "seccomp" : "every call stops",
		session->filter_stops_first ? " before the entry stop" : "",
		session->has_seize ? "seized" : "attached the old way");
}

/* Forks; -errno, or the guest's thread id, which stops before its execve. */
static int make_guest(struct session *session, const struct filter *filter)
{
	int ends[2];
	int status;
	int tid;

	if (pipe(ends) < 0)
		return -errno;
	tid = fork();
	if (tid == 0) {
		close(ends[1]);
		guest_main(session, filter, ends[0]);
	}
	status = tid < 0 ? -errno : attach(session, tid, ends[1]);
	close(ends[0]);
	close(ends[1]);
	if (status == 0)
		return tid;
	if (tid > 0)
		kill(tid, SIGKILL);
	return status;
}

int start_first_guest(struct session *session, bool wants_filter)
{
	static struct filter filter;
	struct tracee *tracee;
	const char *reason;
	int tid;

	on_limit = signal(SIGXFSZ, SIG_IGN);
	session->has_filter =
		wants_filter && probe_filter(&session->filter_stops_first);
	choose_engine(session, &reason);
	session->has_filter =
		session->has_filter &&
		filter_build(&filter, session->view, session->features) == 0;
	tid = make_guest(session, session->has_filter ? &filter : NULL);
	if (tid < 0)
		return tid;
	tracee = tracee_add(tid);
	if (!tracee || tracee_adopt(tracee, session) < 0) {
		kill(tid, SIGKILL);
		return -ENOMEM;
	}
	tell_engine(session, reason);
	ptrace(session->has_filter ? PTRACE_CONT : PTRACE_SYSCALL, tid, 0, 0);
	return tid;
}
