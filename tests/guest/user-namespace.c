/* SPDX-License-Identifier: MIT */
/* User namespaces: capabilities, maps of ids, and what follows from them. */
// rows: unshare clone clone3
#include "namespaces.h"

#include <sys/mount.h>

#include <grp.h>
#include <linux/capability.h>

#define NOBODY 65534

static uint64_t capabilities(void)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	WORKS(raw(SYS_capget, &header, data));
	return data[0].effective | (uint64_t)data[1].effective << 32;
}

static void unmapped(void)
{
	struct stat status;
	uid_t ids[3];

	EQUAL(0, capabilities());
	if (unshare(CLONE_NEWUSER) < 0)
		exit(EXIT_SKIP);
	STEP(capabilities() != 0);
	EQUAL(NOBODY, getuid());
	EQUAL(NOBODY, getegid());
	WORKS(getresuid(&ids[0], &ids[1], &ids[2]));
	EQUAL(NOBODY, ids[2]);
	SAME("", file_content("/proc/self/uid_map"));
	SAME("allow\n", file_content("/proc/self/setgroups"));
	WORKS(stat("file", &status));
	EQUAL(NOBODY, status.st_uid);
	EQUAL(NOBODY, status.st_gid);
	FAILS(EINVAL, raw(SYS_setuid, 0));
	FAILS(EPERM, setgroups(0, NULL));
}

static void mapped(void)
{
	long user = getuid();
	struct stat status;
	char expected[64];

	become_root(0);
	EQUAL(0, getuid());
	EQUAL(0, geteuid());
	EQUAL(0, getgid());
	snprintf(expected, sizeof(expected), "%10d %10ld %10d\n", 0, user, 1);
	SAME(expected, file_content("/proc/self/uid_map"));
	SAME("deny\n", file_content("/proc/self/setgroups"));
	FAILS(EPERM, file_write("/proc/self/uid_map", "1 1 1\n"));
	WORKS(stat("file", &status));
	EQUAL(0, status.st_uid);
	EQUAL(0, status.st_gid);
	FAILS(EINVAL, raw(SYS_setuid, 5));
	FAILS(EINVAL, raw(SYS_chown, "file", 5, -1));
	WORKS(raw(SYS_chown, "file", 0, 0));
	FAILS(EPERM, setgroups(0, NULL));
	WORKS(setresuid(0, 0, 0));
	STEP(capabilities() != 0);
}

/* Maps of a map; a program that root starts has root's capabilities. */
static void nested(void)
{
	char *arguments[] = {"program", "nested", NULL};

	become_root(0);
	WORKS(unshare(CLONE_NEWUSER));
	EQUAL(NOBODY, getuid());
	ids_map("self", 77, 0, 0);
	EQUAL(77, getuid());
	EQUAL(77, getgid());
	STEP(capabilities() != 0);
	execve("program", arguments, environ);
	WORKS(-1);
}

static long remount(unsigned long flags)
{
	return raw(SYS_mount, "none", "directory", NULL,
		MS_REMOUNT | MS_BIND | flags, NULL);
}

/* What a mount's owner forbids, nobody below may allow, mount_namespaces(7). */
static void limits(void)
{
	const unsigned long given = MS_NOSUID | MS_NODEV | MS_NOEXEC;

	become_root(CLONE_NEWNS);
	WORKS(raw(SYS_mount, "directory", "directory", NULL, (long)MS_BIND,
		NULL));
	WORKS(remount(given));
	WORKS(unshare(CLONE_NEWUSER | CLONE_NEWNS));
	ids_map("self", 0, 0, 0);
	WORKS(remount(given));
	FAILS(EPERM, remount(MS_NOSUID | MS_NODEV));
	FAILS(EPERM, remount(MS_NOSUID | MS_NOEXEC));
	FAILS(EPERM, remount(MS_NODEV | MS_NOEXEC));
	FAILS(EPERM, remount(given | MS_NOATIME));
	WORKS(remount(given | MS_RDONLY));
	WORKS(remount(given));
}

static void executed(void)
{
	char *arguments[] = {"program", "root", NULL};

	become_root(0);
	execve("program", arguments, environ);
	WORKS(-1);
}

/* Nobody has no capability any more: a map is not for it to write. */
static void executed_by_nobody(void)
{
	char *arguments[] = {"program", "barred", NULL};

	WORKS(unshare(CLONE_NEWUSER));
	execve("program", arguments, environ);
	WORKS(-1);
}

static void write_as_nobody(void)
{
	int fd = open("/proc/self/uid_map", O_WRONLY);

	EQUAL(0, capabilities());
	if (fd >= 0)
		FAILS(EPERM, write(fd, "0 1000 1\n", 9));
	EQUAL(NOBODY, getuid());
}

static pid_t child_make(long flags, bool is_newer)
{
	uint64_t arguments[8] = {(uint64_t)flags, 0, 0, 0, SIGCHLD};

	if (is_newer)
		return (pid_t)raw(
			(long)CALL_clone3, arguments, sizeof(arguments));
	return (pid_t)raw(SYS_clone, flags | SIGCHLD, 0L, NULL, NULL, 0L);
}

/* The parent, outside, maps its child's ids. */
static void by_the_parent(long flags, bool is_newer)
{
	int mapped[2];
	char number[16];
	char byte;
	pid_t pid;

	WORKS(pipe(mapped));
	pid = child_make(flags, is_newer);
	if (pid == 0) {
		close(mapped[1]);
		EQUAL(0, read(mapped[0], &byte, 1));
		EQUAL(0, getuid());
		STEP(capabilities() != 0);
		_exit(0);
	}
	WORKS(pid);
	snprintf(number, sizeof(number), "%d", pid);
	ids_map(number, 0, getuid(), getgid());
	close(mapped[0]);
	close(mapped[1]);
	EQUAL(0, status_of(pid));
	EQUAL(0, capabilities());
}

static void contradictions(void)
{
	FAILS(EINVAL, raw(SYS_clone, CLONE_NEWNS | CLONE_FS | SIGCHLD, NULL,
			      NULL, NULL, 0L));
	FAILS(EINVAL, raw(SYS_clone, CLONE_NEWUSER | CLONE_FS | SIGCHLD, NULL,
			      NULL, NULL, 0L));
	if (!older_than(5, 5)) {
		FAILS(EINVAL, child_make(CLONE_NEWNS | CLONE_FS, true));
		FAILS(EINVAL, child_make(CLONE_NEWUSER | CLONE_FS, true));
	}
	FAILS(EINVAL, unshare(-1));
	FAILS(EPERM, unshare(CLONE_NEWNS));
	FAILS(EPERM, unshare(CLONE_NEWPID));
	FAILS(EPERM, unshare(CLONE_NEWUTS));
}

int main(int argc, char **argv)
{
	if (argc > 1 && argv[1][0] == 'b') {
		write_as_nobody();
		return 0;
	}
	if (argc > 1) {
		bool is_root = argv[1][0] == 'r';

		EQUAL(is_root ? 0 : 77, getuid());
		EQUAL(is_root, capabilities() != 0);
		return 0;
	}
	if (getuid() == 0)
		probe_skip("for users without privilege");
	scratch_open();
	program_copy("program");
	file_make("file", "");
	WORKS(mkdir("directory", 0755));
	contradictions();
	child_passes(unmapped);
	child_passes(mapped);
	child_passes(nested);
	child_passes(limits);
	child_passes(executed);
	child_passes(executed_by_nobody);
	by_the_parent(CLONE_NEWUSER, false);
	by_the_parent(CLONE_NEWUSER | CLONE_NEWNS, false);
	if (older_than(5, 5))
		return 0;
	by_the_parent(CLONE_NEWUSER, true);
	by_the_parent(CLONE_NEWUSER | CLONE_NEWNS, true);
	return 0;
}
