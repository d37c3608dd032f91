/* SPDX-License-Identifier: MIT */
/* Time a bare stop: what the kernel alone asks for a call under ptrace.
 *
 * usage: stop    print the nanoseconds that a stopped stat(2) takes, a median
 *
 * The least that a tracer without an agent can do for a path: the filter says
 * RET_TRACE, the tracer is woken, reads the registers and 64 bytes of the path,
 * writes the registers back and lets the call go on. Both run on one CPU, where
 * that is cheapest. What `micro stat` takes in a traced guest beyond this is
 * proot's own.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BATCHES	    21
#define BATCH_STOPS 500
#define PATH_READ   64

static const char path[PATH_READ] = "/usr/bin/env";

static void need(int holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "stop: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void filter_install(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_newfstatat, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	need(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0, "no_new_privs");
	need(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0,
		"seccomp");
}

static void child_run(void)
{
	struct stat status;

	filter_install();
	need(raise(SIGSTOP) == 0, "SIGSTOP");
	for (;;)
		need(syscall(SYS_newfstatat, AT_FDCWD, path, &status, 0) == 0,
			"stat");
}

static void stop_serve(pid_t pid)
{
	char copy[PATH_READ];
	struct iovec here = {copy, sizeof(copy)};
	struct iovec there = {(void *)path, sizeof(path)};
	unsigned char registers[512];
	struct iovec set = {registers, sizeof(registers)};
	int status;

	need(ptrace(PTRACE_CONT, pid, 0, 0) == 0, "PTRACE_CONT");
	need(waitpid(pid, &status, __WALL) == pid &&
			status >> 8 == (SIGTRAP | PTRACE_EVENT_SECCOMP << 8),
		"the stop");
	need(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &set) == 0,
		"PTRACE_GETREGSET");
	need(process_vm_readv(pid, &here, 1, &there, 1, 0) == sizeof(copy),
		"process_vm_readv");
	need(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &set) == 0,
		"PTRACE_SETREGSET");
}

static double batch_ns(pid_t pid)
{
	struct timespec start, end;

	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < BATCH_STOPS; i++)
		stop_serve(pid);
	clock_gettime(CLOCK_MONOTONIC, &end);
	return 1e9 * (double)(end.tv_sec - start.tv_sec) +
	       (double)(end.tv_nsec - start.tv_nsec);
}

static int ascending(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return (a > b) - (a < b);
}

int main(void)
{
	double batches[BATCHES];
	cpu_set_t cpus;
	int status;
	pid_t pid;

	CPU_ZERO(&cpus);
	CPU_SET(sched_getcpu(), &cpus);
	need(sched_setaffinity(0, sizeof(cpus), &cpus) == 0, "affinity");
	pid = fork();
	need(pid >= 0, "fork");
	if (pid == 0) {
		need(ptrace(PTRACE_TRACEME, 0, 0, 0) == 0, "PTRACE_TRACEME");
		child_run();
	}
	need(waitpid(pid, &status, 0) == pid && WIFSTOPPED(status),
		"the first stop");
	need(ptrace(PTRACE_SETOPTIONS, pid, 0,
		     PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL) == 0,
		"PTRACE_SETOPTIONS");
	stop_serve(pid);
	for (int i = 0; i < BATCHES; i++)
		batches[i] = batch_ns(pid) / BATCH_STOPS;
	qsort(batches, BATCHES, sizeof(batches[0]), ascending);
	printf("%.1f\n", batches[BATCHES / 2]);
	return 0;
}
