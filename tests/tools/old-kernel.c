/* SPDX-License-Identifier: MIT */
/* Runs a command on a kernel that pretends to be Linux 2.6.32. */
/*
 * usage: old-kernel COMMAND [ARGUMENT...]
 *
 * A seccomp filter, inherited by everything that COMMAND starts, refuses what
 * Linux 2.6.32 did not have, with the error that it would have given:
 *
 * - system calls newer than it: ENOSYS;
 * - ptrace requests newer than it: EIO, and newer options: EINVAL;
 * - prctl options newer than it, PR_SET_NO_NEW_PRIVS among them, and all of
 *   seccomp: EINVAL, as a kernel without CONFIG_SECCOMP.
 *
 * A filter cannot imitate what looks at memory or changes no number: flags that
 * old kernels ignored in silence (O_PATH, O_TMPFILE) still work, the events of
 * ptrace come in today's order, and PR_SET_MM's effects are missing, not wrong.
 * Nothing is exempt: Debian 12's glibc, busybox and bash run with this.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXIT_SKIP 77

#ifdef __x86_64__

#define PERF_EVENT_OPEN	     298 /* the last call of x86-64 in 2.6.32 */
#define PERF_EVENT_OPEN_I386 336
#define PTRACE_LAST	     0x4203 /* PTRACE_SETSIGINFO */
#define PTRACE_SETOPTIONS_   0x4200
#define PTRACE_O_MASK_	     0x7f /* up to PTRACE_O_TRACEEXIT */
#define PRCTL_LAST	     34	  /* PR_MCE_KILL_GET */

#define LOAD(field)                                                            \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(value)  BPF_STMT(BPF_RET | BPF_K, value)
#define ALLOW	       RETURN(SECCOMP_RET_ALLOW)
#define REFUSE(number) RETURN(SECCOMP_RET_ERRNO | (number))

/* Skips the next COUNT instructions unless the value is, is above, has bits. */
#define UNLESS_IS(value, count)                                                \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count)
#define UNLESS_ABOVE(value, count)                                             \
	BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, value, 0, count)
#define UNLESS_BITS(value, count)                                              \
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, value, 0, count)

static struct sock_filter filter[] = {
	LOAD(arch),
	UNLESS_IS(AUDIT_ARCH_I386, 4),
	LOAD(nr),
	UNLESS_ABOVE(PERF_EVENT_OPEN_I386, 1),
	REFUSE(ENOSYS),
	ALLOW,

	LOAD(nr),
	UNLESS_ABOVE(PERF_EVENT_OPEN, 1),
	REFUSE(ENOSYS),

	UNLESS_IS(SYS_ptrace, 8),
	LOAD(args[0]),
	UNLESS_ABOVE(PTRACE_LAST, 1),
	REFUSE(EIO),
	UNLESS_IS(PTRACE_SETOPTIONS_, 3),
	LOAD(args[3]),
	UNLESS_BITS(~PTRACE_O_MASK_, 1),
	REFUSE(EINVAL),
	ALLOW,

	UNLESS_IS(SYS_prctl, 7),
	LOAD(args[0]),
	UNLESS_ABOVE(PRCTL_LAST, 1),
	REFUSE(EINVAL),
	UNLESS_IS(PR_SET_SECCOMP, 1),
	REFUSE(EINVAL),
	UNLESS_IS(PR_GET_SECCOMP, 1),
	REFUSE(EINVAL),

	ALLOW,
};

int main(int argc, char **argv)
{
	const struct sock_fprog program = {
		sizeof(filter) / sizeof(filter[0]), filter};

	if (argc < 2) {
		fputs("usage: old-kernel COMMAND [ARGUMENT...]\n", stderr);
		return 2;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		fprintf(stderr, "old-kernel: %s\n", strerror(errno));
		return EXIT_SKIP;
	}
	execvp(argv[1], argv + 1);
	fprintf(stderr, "old-kernel: %s: %s\n", argv[1], strerror(errno));
	return 127;
}

#else

int main(void)
{
	fputs("old-kernel: only for x86-64\n", stderr);
	return EXIT_SKIP;
}

#endif
