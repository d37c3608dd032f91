/* SPDX-License-Identifier: MIT */
/* Runs proot where nobody may make hard links. */
/*
 * usage: no-links [-x] PROOT [ARGUMENT...]
 *
 * A seccomp filter, inherited by everything that PROOT starts, refuses link(2)
 * and linkat(2) with EPERM, as some file systems and policies do. It does so
 * for code below 4 GiB only, where proot itself is: its refusal of a guest's
 * own call would come before proot could see that, which no file system's does.
 * Guests therefore have to be linked dynamically, or as PIE. -x: renameat2(2),
 * which exchanges names, is missing as well.
 */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXIT_SKIP 77

#ifdef SYS_link
#define LINK SYS_link
#else
#define LINK SYS_linkat
#endif

static struct sock_filter filter[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LINK, 1, 0),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_linkat, 0, 3),
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
		offsetof(struct seccomp_data, instruction_pointer) + 4),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static struct sock_filter no_exchange[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_renameat2, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};

static int install(struct sock_filter *code, size_t size)
{
	const struct sock_fprog program = {
		(unsigned short)(size / sizeof(*code)), code};

	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	bool without_exchange = argc > 1 && strcmp(argv[1], "-x") == 0;

	argv += without_exchange;
	if (argc < 2 + without_exchange) {
		fputs("usage: no-links [-x] PROOT [ARGUMENT...]\n", stderr);
		return 2;
	}
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		install(filter, sizeof(filter)) < 0 ||
		(without_exchange &&
			install(no_exchange, sizeof(no_exchange)) < 0)) {
		fprintf(stderr, "no-links: %s\n", strerror(errno));
		return EXIT_SKIP;
	}
	execvp(argv[1], argv + 1);
	fprintf(stderr, "no-links: %s: %s\n", argv[1], strerror(errno));
	return 127;
}
