/* SPDX-License-Identifier: MIT */
/* What the probes share: numbered steps, raw system calls, scratch files. */
/*
 * A probe is one program: no arguments, status 0, or the number of the first
 * step that failed; 77 says that it does not apply here. It starts in an empty
 * directory of its own, in a guest or natively, and finds the same there.
 *
 * A path that is looked up by the same rules twice proves little: what exists
 * is therefore asked of the directory itself, by listed().
 */
#ifndef PROBE_H
#define PROBE_H

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef O_PATH
#define O_PATH 010000000
#endif

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif

/* Newer than the headers of some machines; the same on all architectures. */
/* clang-format off */
enum {
	CALL_open_tree      = 428,
	CALL_move_mount     = 429,
	CALL_fsopen         = 430,
	CALL_fsconfig       = 431,
	CALL_fsmount        = 432,
	CALL_fspick         = 433,
	CALL_clone3         = 435,
	CALL_openat2        = 437,
	CALL_faccessat2     = 439,
	CALL_mount_setattr  = 442,
	CALL_fchmodat2      = 452,
	CALL_setxattrat     = 463,
	CALL_getxattrat     = 464,
	CALL_listxattrat    = 465,
	CALL_removexattrat  = 466,
	CALL_open_tree_attr = 467,
	CALL_file_getattr   = 468,
	CALL_file_setattr   = 469,
};
/* clang-format on */

#define EXIT_SKIP 77

/* Every step of a file has its own number, in the order of the lines. */
#define STEP(claim)                                                            \
	((claim) ? (void)0                                                     \
		 : probe_fail(__COUNTER__ + 1, __LINE__, #claim, errno))

/* The call succeeds. */
#define WORKS(call) STEP((call) >= 0)

/* The call fails with this errno. */
#define FAILS(wanted, call)                                                    \
	probe_fails(__COUNTER__ + 1, __LINE__, #call, wanted, (long)(call))

/* Two numbers are equal; shows both when they are not. */
#define EQUAL(wanted, got)                                                     \
	probe_equal(                                                           \
		__COUNTER__ + 1, __LINE__, #got, (long)(wanted), (long)(got))

/* Two strings are equal. */
#define SAME(wanted, got)                                                      \
	probe_same(__COUNTER__ + 1, __LINE__, #got, wanted, got)

/*
 * A system call without a libc in between; the result and errno as libc. The
 * kernel knows it by NUMBER(), where it may be a newer call's.
 */
#ifdef SYS_open
#define raw(...)     syscall(__VA_ARGS__)
#define NUMBER(call) (call)
#else
#include "older-calls.h"
#define raw(...)     older_call(__VA_ARGS__)
#define NUMBER(call) ((call)&0xffff)
#endif

static inline int probe_status(int step)
{
	step = step < EXIT_SKIP ? step : step + 1;
	return step < 254 ? step : 254;
}

static inline void probe_fail(
	int step, int line, const char *what, int error_number)
{
	fprintf(stderr, "step %d, line %d: %s (%s)\n", probe_status(step), line,
		what, strerror(error_number));
	_exit(probe_status(step));
}

static inline void probe_fails(
	int step, int line, const char *what, int wanted, long result)
{
	int got = errno;

	if (result == -1 && got == wanted)
		return;
	fprintf(stderr, "step %d, line %d: %s\n\twanted: %s\n\tgot: ",
		probe_status(step), line, what, strerror(wanted));
	if (result == -1)
		fprintf(stderr, "%s\n", strerror(got));
	else
		fprintf(stderr, "%ld\n", result);
	_exit(probe_status(step));
}

static inline void probe_equal(
	int step, int line, const char *what, long wanted, long got)
{
	if (wanted == got)
		return;
	fprintf(stderr,
		"step %d, line %d: %s\n\twanted: %ld\n\tgot: %ld (%s)\n",
		probe_status(step), line, what, wanted, got, strerror(errno));
	_exit(probe_status(step));
}

static inline void probe_same(int step, int line, const char *what,
	const char *wanted, const char *got)
{
	if (got && strcmp(wanted, got) == 0)
		return;
	fprintf(stderr, "step %d, line %d: %s\n\twanted: %s\n\tgot: %s\n",
		probe_status(step), line, what, wanted, got ? got : "(null)");
	_exit(probe_status(step));
}

static inline void probe_skip(const char *why)
{
	puts(why);
	exit(EXIT_SKIP);
}

/*
 * True when the kernel is older than this version: its calls fail with ENOSYS.
 * The mode `old-kernel` refuses what is newer than 2.6.32.
 */
static inline bool older_than(int major, int minor)
{
	const char *mode = getenv("MODE");
	struct utsname name;
	int has_major = 0;
	int has_minor = 0;

	if (mode && strcmp(mode, "old-kernel") == 0)
		return true;
	uname(&name);
	sscanf(name.release, "%d.%d", &has_major, &has_minor);
	return has_major < major || (has_major == major && has_minor < minor);
}

/* An address that nothing is mapped at. */
#define BAD_POINTER ((void *)8)

/* --- Scratch files ------------------------------------------------------- */

/* The absolute path of a name in the scratch directory, as the guest sees it.
 * One of eight buffers of the thread, in turn. */
static inline char *absolute(const char *name)
{
	static _Thread_local char buffers[8][PATH_MAX];
	static char start[PATH_MAX / 2];
	static _Thread_local unsigned int next;
	char *buffer = buffers[next++ % 8];

	if (start[0] == '\0' && !getcwd(start, sizeof(start)))
		abort();
	snprintf(buffer, PATH_MAX, "%s/%s", start, name);
	return buffer;
}

/* Remembers the scratch directory for absolute(); returns a descriptor. */
static inline int scratch_open(void)
{
	absolute("");
	return open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static inline void file_make(const char *name, const char *content)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	size_t size = strlen(content);

	if (fd < 0 || write(fd, content, size) != (ssize_t)size ||
		close(fd) < 0) {
		perror(name);
		abort();
	}
}

/* The beginning of what a descriptor holds; closes it. */
static inline const char *content_of(int fd)
{
	static char content[4096];
	ssize_t size = fd < 0 ? -1 : pread(fd, content, sizeof(content) - 1, 0);

	if (fd >= 0)
		close(fd);
	if (size < 0)
		return NULL;
	content[size] = '\0';
	return content;
}

static inline const char *file_content(const char *name)
{
	return content_of(open(name, O_RDONLY | O_CLOEXEC));
}

/* struct linux_dirent64, getdents64(2) */
struct entry {
	uint64_t ino;
	int64_t off;
	unsigned short reclen;
	unsigned char type;
	char name[];
} __attribute__((packed));

/* Does the directory itself list this name? Asks by no path. */
static inline bool listed(int directory, const char *name)
{
	char buffer[8192] __attribute__((aligned(8)));
	bool is_there = false;
	long size;

	lseek(directory, 0, SEEK_SET);
	while ((size = raw(SYS_getdents64, directory, buffer, sizeof(buffer))) >
		0)
		for (long at = 0; at < size;) {
			struct entry *entry = (struct entry *)(buffer + at);

			is_there |= strcmp(entry->name, name) == 0;
			at += entry->reclen;
		}
	return is_there;
}

/* --- Processes ----------------------------------------------------------- */

/* Waits for a child; its wait status. */
static inline int status_of(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return status;
}

/* Runs a function in a child; its wait status. */
static inline int in_child(void (*function)(void))
{
	pid_t pid = fork();

	if (pid == 0) {
		function();
		_exit(0);
	}
	return status_of(pid);
}

/* A child that failed at a step of its own has said so: fail likewise. */
static inline void child_passes(void (*function)(void))
{
	int status = in_child(function);

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	if (WIFSIGNALED(status)) {
		fprintf(stderr, "a child: %s\n", strsignal(WTERMSIG(status)));
		_exit(255);
	}
	_exit(WEXITSTATUS(status));
}

/* Seconds until something counts as lost, of those that the probe has. */
static inline int patience(void)
{
	const char *limit = getenv("PROOT_TEST_TIMEOUT");

	return (limit ? atoi(limit) : 180) * 2 / 3;
}

/* A process's, by proc_pid_stat(5): S sleeps, Z is a zombie; 0: it is gone. */
static inline char process_state(pid_t pid)
{
	char name[32];
	const char *end;

	snprintf(name, sizeof(name), "/proc/%d/stat", pid);
	end = file_content(name);
	end = end ? strrchr(end, ')') : NULL;
	return end && end[1] == ' ' ? end[2] : '\0';
}

/* Waits until a process is in this state. */
static inline void await_state(pid_t pid, char state)
{
	time_t limit = time(NULL) + patience();

	while (process_state(pid) != state) {
		STEP(time(NULL) < limit);
		sched_yield();
	}
}

/* Puts a copy of this program, executable, at NAME. */
static inline void program_copy(const char *name)
{
	char buffer[65536];
	int from = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	int to = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t size;

	while ((size = read(from, buffer, sizeof(buffer))) > 0)
		if (write(to, buffer, (size_t)size) != size)
			abort();
	if (from < 0 || to < 0 || size < 0 || close(to) < 0) {
		perror(name);
		abort();
	}
	close(from);
}

#endif
