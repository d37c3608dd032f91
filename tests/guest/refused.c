/* SPDX-License-Identifier: MIT */
/* What could take a path that nobody sees does not exist: ENOSYS. */
// rows: io_uring_setup bpf lookup_dcookie nfsservctl unshare setns
// guest only
#include "probe.h"

#include <sched.h>

#define BPF_OBJ_PIN 6
#define BPF_OBJ_GET 7

static char buffer[512] __attribute__((aligned(8)));

int main(void)
{
	char *path;
	int fd;

	scratch_open();
	path = absolute("pinned");
	memcpy(buffer, &path, sizeof(path));
	FAILS(ENOSYS, raw(SYS_io_uring_setup, 8, buffer));
	FAILS(ENOSYS, raw(SYS_io_uring_setup, 0, NULL));
	FAILS(ENOSYS, raw(SYS_bpf, BPF_OBJ_PIN, buffer, 16));
	FAILS(ENOSYS, raw(SYS_bpf, BPF_OBJ_GET, buffer, 16));
	/* The other commands are the kernel's to answer. */
	STEP(raw(SYS_bpf, 100000, buffer, 16) < 0);
	STEP(errno == EINVAL || errno == EPERM || errno == ENOSYS ||
		errno == EFAULT);
	FAILS(ENOSYS, raw(SYS_lookup_dcookie, 1L, buffer, sizeof(buffer)));
#ifdef SYS_nfsservctl
	FAILS(ENOSYS, raw(SYS_nfsservctl, 1, buffer, buffer));
#endif
	/* What cannot be emulated, even in a user namespace. */
	FAILS(EPERM, raw(SYS_unshare, CLONE_NEWUSER | CLONE_NEWNET));
	FAILS(EPERM, raw(SYS_unshare, CLONE_NEWUSER | CLONE_NEWPID));
	FAILS(EPERM, raw(SYS_clone, CLONE_NEWUSER | CLONE_NEWPID | SIGCHLD, 0,
			     0, 0, 0));
	WORKS(fd = open("/proc/self/ns/user", O_RDONLY));
	FAILS(EPERM, raw(SYS_setns, fd, 0));
	FAILS(EPERM, raw(SYS_setns, fd, CLONE_NEWUSER));
	close(fd);
	/* Never assigned, or not yet. */
	for (long number = 600; number < 700; number++)
		FAILS(ENOSYS, raw(number, "/", "/", "/", "/", 0, 0));
	FAILS(ENOSYS, raw(1000000L, "/"));
	FAILS(ENOSYS, raw(-1L, "/"));
	FAILS(ENOSYS, raw(-2L, "/"));
	FAILS(ENOSYS, raw(0x7fffffffL, "/"));
#ifdef __x86_64__
	/* The x32 ABI's numbers, and the hole between the tables. */
	FAILS(ENOSYS, raw(0x40000000L | SYS_open, "/", 0));
	FAILS(ENOSYS, raw(0x40000000L | 520, "/", 0));
	FAILS(ENOSYS, raw(400L, "/"));
	FAILS(ENOSYS, raw(380L, "/"));
	/* The upper half of the number does not count. */
	STEP(raw(0x100000000L | SYS_getpid) == getpid());
	WORKS(close((int)raw(0x100000000L | SYS_open, absolute(""), 0)));
#endif
	return 0;
}
