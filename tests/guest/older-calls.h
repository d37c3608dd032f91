/* SPDX-License-Identifier: MIT */
/* The calls that a newer architecture replaced: made from those that did. */
/*
 * aarch64 has no open, stat or mkdir, only openat, newfstatat and mkdirat. A
 * probe that speaks of the older call means, there, the newer one with the
 * arguments that say the same. The number of an older call is the newer one's
 * with a mark: NUMBER() takes it off.
 */
#ifndef OLDER_CALLS_H
#define OLDER_CALLS_H

#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define OLDER(mark, newer) ((mark) << 16 | (newer))

/* clang-format off */
#define SYS_access       OLDER(1, SYS_faccessat)
#define SYS_chmod        OLDER(1, SYS_fchmodat)
#define SYS_chown        OLDER(1, SYS_fchownat)
#define SYS_creat        OLDER(1, SYS_openat)
#define SYS_futimesat    OLDER(1, SYS_utimensat)
#define SYS_getdents     OLDER(1, SYS_getdents64)
#define SYS_getpgrp      OLDER(1, SYS_getpgid)
#define SYS_inotify_init OLDER(1, SYS_inotify_init1)
#define SYS_lchown       OLDER(2, SYS_fchownat)
#define SYS_link         OLDER(1, SYS_linkat)
#define SYS_lstat        OLDER(1, SYS_newfstatat)
#define SYS_mkdir        OLDER(1, SYS_mkdirat)
#define SYS_mknod        OLDER(1, SYS_mknodat)
#define SYS_open         OLDER(2, SYS_openat)
#define SYS_readlink     OLDER(1, SYS_readlinkat)
#define SYS_rename       OLDER(1, SYS_renameat)
#define SYS_rmdir        OLDER(1, SYS_unlinkat)
#define SYS_stat         OLDER(2, SYS_newfstatat)
#define SYS_symlink      OLDER(1, SYS_symlinkat)
#define SYS_unlink       OLDER(2, SYS_unlinkat)
#define SYS_uselib       OLDER(1, 0xfff) /* gone altogether */
#define SYS_utime        OLDER(2, SYS_utimensat)
#define SYS_utimes       OLDER(3, SYS_utimensat)
/* clang-format on */

#define OLDER_AT       (-100L)
#define OLDER_NOFOLLOW 0x100
#define OLDER_REMOVE   0x200

/* Times in units of NANOSECONDS (utime: whole seconds) to what utimensat takes.
 * A pointer to nowhere stays one. */
static inline long older_times(
	long directory, long path, long times, bool whole)
{
	long moments[4] = {0};
	const long *given = (const long *)(uintptr_t)times;

	if (times < 4096)
		return syscall(SYS_utimensat, directory, path, times, 0);
	moments[0] = given[0];
	moments[1] = whole ? 0 : given[1] * 1000;
	moments[2] = given[whole ? 1 : 2];
	moments[3] = whole ? 0 : given[3] * 1000;
	return syscall(SYS_utimensat, directory, path, moments, 0);
}

/* struct linux_dirent has the type behind the name, in records as long. */
static inline long older_getdents(long fd, long buffer, long room)
{
	long size = syscall(SYS_getdents64, fd, buffer, room);

	for (long at = 0; at < size;) {
		char *entry = (char *)(uintptr_t)(buffer + at);
		unsigned short length;
		char type = entry[18];

		memcpy(&length, entry + 16, sizeof(length));
		memmove(entry + 18, entry + 19, (size_t)length - 19);
		entry[length - 1] = type;
		at += length;
	}
	return size;
}

static inline long older_call(long number, ...)
{
	long a[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(list, long);
	va_end(list);
	switch (number) {
	case SYS_access:
		return syscall(SYS_faccessat, OLDER_AT, a[0], a[1]);
	case SYS_chmod:
		return syscall(SYS_fchmodat, OLDER_AT, a[0], a[1]);
	case SYS_chown:
		return syscall(SYS_fchownat, OLDER_AT, a[0], a[1], a[2], 0);
	case SYS_lchown:
		return syscall(SYS_fchownat, OLDER_AT, a[0], a[1], a[2],
			OLDER_NOFOLLOW);
	case SYS_creat:
		return syscall(SYS_openat, OLDER_AT, a[0],
			O_CREAT | O_WRONLY | O_TRUNC, a[1]);
	case SYS_open:
		return syscall(SYS_openat, OLDER_AT, a[0], a[1], a[2]);
	case SYS_futimesat:
		return older_times(a[0], a[1], a[2], false);
	case SYS_utime:
		return older_times(OLDER_AT, a[0], a[1], true);
	case SYS_utimes:
		return older_times(OLDER_AT, a[0], a[1], false);
	case SYS_getdents:
		return older_getdents(a[0], a[1], a[2]);
	case SYS_getpgrp:
		return syscall(SYS_getpgid, 0);
	case SYS_inotify_init:
		return syscall(SYS_inotify_init1, 0);
	case SYS_link:
		return syscall(SYS_linkat, OLDER_AT, a[0], OLDER_AT, a[1], 0);
	case SYS_lstat:
		return syscall(
			SYS_newfstatat, OLDER_AT, a[0], a[1], OLDER_NOFOLLOW);
	case SYS_stat:
		return syscall(SYS_newfstatat, OLDER_AT, a[0], a[1], 0);
	case SYS_mkdir:
		return syscall(SYS_mkdirat, OLDER_AT, a[0], a[1]);
	case SYS_mknod:
		return syscall(SYS_mknodat, OLDER_AT, a[0], a[1], a[2]);
	case SYS_readlink:
		return syscall(SYS_readlinkat, OLDER_AT, a[0], a[1], a[2]);
	case SYS_rename:
		return syscall(SYS_renameat, OLDER_AT, a[0], OLDER_AT, a[1]);
	case SYS_rmdir:
		return syscall(SYS_unlinkat, OLDER_AT, a[0], OLDER_REMOVE);
	case SYS_unlink:
		return syscall(SYS_unlinkat, OLDER_AT, a[0], 0);
	case SYS_symlink:
		return syscall(SYS_symlinkat, a[0], OLDER_AT, a[1]);
	default:
		return syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	}
}

/*
 * There is no vfork(2): musl makes it a fork(2). This is what it is for the
 * kernel, a clone(2), and for the stack, which the child leaves as it is.
 */
__asm__(".text\n"
	".type older_vfork, %function\n"
	"older_vfork:\n"
	"	mov	x0, #0x4111\n" /* CLONE_VM | CLONE_VFORK | SIGCHLD */
	"	mov	x1, #0\n"
	"	mov	x8, #220\n"
	"	svc	#0\n"
	"	ret\n");
long older_vfork(void) __attribute__((returns_twice));
#define vfork older_vfork

#endif
