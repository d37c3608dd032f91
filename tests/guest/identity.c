/* SPDX-License-Identifier: MIT */
/* A fake root: credentials(7), owners, modes, devices, peers. */
// rows: getuid geteuid getgid getegid getresuid getresgid getgroups setgroups
// rows: setuid setgid setreuid setregid setresuid setresgid setfsuid setfsgid
// rows: capget fstat fchown fchmod getsockopt
// rows: fsetxattr fgetxattr flistxattr fremovexattr
// rows: sethostname setdomainname setrlimit prlimit64 setpriority ioprio_set
// rows: socket sched_setattr sched_setparam sched_setscheduler
// options: -0
// guest only
#include "attributes.h"
#include "capabilities.h"

#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>

struct three {
	uint32_t real, effective, saved;
};

static struct three users(void)
{
	struct three ids = {7, 7, 7};

	raw(SYS_getresuid, &ids.real, &ids.effective, &ids.saved);
	return ids;
}

static struct three groups(void)
{
	struct three ids = {7, 7, 7};

	raw(SYS_getresgid, &ids.real, &ids.effective, &ids.saved);
	return ids;
}

static bool are(
	struct three ids, uint32_t real, uint32_t effective, uint32_t saved)
{
	return ids.real == real && ids.effective == effective &&
	       ids.saved == saved;
}

/* A line of /proc/self/status holds this. */
static bool status_says(const char *line)
{
	const char *status = file_content("/proc/self/status");

	return status && strstr(status, line);
}

static void root_is_shown(void)
{
	EQUAL(0, raw(SYS_getuid));
	EQUAL(0, raw(SYS_geteuid));
	EQUAL(0, raw(SYS_getgid));
	EQUAL(0, raw(SYS_getegid));
	STEP(are(users(), 0, 0, 0));
	STEP(are(groups(), 0, 0, 0));
	FAILS(EFAULT, raw(SYS_getresuid, BAD_POINTER, 0L, 0L));
	EQUAL(0, getauxval(AT_UID));
	EQUAL(0, getauxval(AT_EGID));
	EQUAL(0, getauxval(AT_SECURE));
	STEP(status_says("Uid:\t0\t0\t0\t0\n"));
	STEP(effective_capabilities() >> CAP_SYS_ADMIN & 1);
	STEP(effective_capabilities() >> CAP_CHOWN & 1);
}

static void groups_change(void)
{
	gid_t list[3] = {30, 10, 20};
	gid_t got[3] = {0};

	WORKS(raw(SYS_setgroups, 3L, list));
	EQUAL(3, raw(SYS_getgroups, 0L, 0L));
	EQUAL(3, raw(SYS_getgroups, 3L, got));
	STEP(got[0] == 10 && got[1] == 20 && got[2] == 30);
	FAILS(EINVAL, raw(SYS_getgroups, 2L, got));
	FAILS(EINVAL, raw(SYS_setgroups, 65537L, list));
	FAILS(EFAULT, raw(SYS_setgroups, 3L, BAD_POINTER));
	STEP(status_says("Groups:\t10 20 30 \n"));
	WORKS(raw(SYS_setgroups, 0L, 0L));
	EQUAL(0, raw(SYS_getgroups, 0L, 0L));
}

/* setuid(2) by root sets all; afterwards there is no way back. */
static void root_leaves(void)
{
	EQUAL(1, prctl(PR_GET_DUMPABLE));
	WORKS(raw(SYS_setgid, 6L));
	STEP(are(groups(), 6, 6, 6));
	EQUAL(0, prctl(PR_GET_DUMPABLE));
	WORKS(prctl(PR_SET_DUMPABLE, 1));
	WORKS(raw(SYS_setuid, 5L));
	STEP(are(users(), 5, 5, 5));
	EQUAL(0, prctl(PR_GET_DUMPABLE));
	EQUAL(0, effective_capabilities());
	FAILS(EPERM, raw(SYS_setuid, 0L));
	FAILS(EPERM, raw(SYS_setgid, 0L));
	FAILS(EPERM, raw(SYS_setgroups, 0L, 0L));
	FAILS(EPERM, raw(SYS_setresuid, -1L, 0L, -1L));
	FAILS(EINVAL, raw(SYS_setuid, -1L));
	STEP(status_says("Uid:\t5\t5\t5\t5\n"));
	STEP(status_says("CapEff:\t0000000000000000\n"));
}

static void root_comes_back(void)
{
	WORKS(raw(SYS_setresgid, 1L, 2L, 3L));
	STEP(are(groups(), 1, 2, 3));
	WORKS(raw(SYS_setregid, 3L, 1L));
	STEP(are(groups(), 3, 1, 1));
	WORKS(raw(SYS_setresuid, 1L, 2L, 0L));
	STEP(are(users(), 1, 2, 0));
	EQUAL(0, effective_capabilities());
	FAILS(EPERM, raw(SYS_setreuid, 7L, -1L));
	WORKS(raw(SYS_setreuid, 2L, 0L));
	STEP(are(users(), 2, 0, 0));
	STEP(effective_capabilities() != 0);
	WORKS(raw(SYS_setreuid, -1L, -1L));
	WORKS(raw(SYS_setuid, 0L));
	STEP(are(users(), 0, 0, 0));
}

static void fs_ids(void)
{
	EQUAL(0, raw(SYS_setfsuid, 9L));
	EQUAL(9, raw(SYS_setfsuid, -1L));
	STEP(!(effective_capabilities() >> CAP_CHOWN & 1));
	STEP(effective_capabilities() >> CAP_SYS_ADMIN & 1);
	file_make("fs", "");
	struct stat made;
	WORKS(raw(SYS_stat, "fs", &made));
	EQUAL(9, made.st_uid);
	EQUAL(9, raw(SYS_setfsuid, 0L));
	STEP(effective_capabilities() >> CAP_CHOWN & 1);
	EQUAL(0, raw(SYS_setfsgid, 8L));
	WORKS(raw(SYS_setresgid, -1L, -1L, -1L));
	EQUAL(8, raw(SYS_setfsgid, 0L));
}

static struct stat status_by_descriptor(int fd)
{
	struct stat status = {0};

	raw(SYS_fstat, (long)fd, &status);
	return status;
}

static void owners(void)
{
	struct stat got;
	int fd = open("owned", O_RDWR | O_CREAT | O_CLOEXEC, 0644);

	EQUAL(0, status_by_descriptor(fd).st_uid);
	WORKS(raw(SYS_fchmod, (long)fd, 04755L));
	EQUAL(S_IFREG | 04755, status_by_descriptor(fd).st_mode);
	/* Even root's chown(2) takes the set-id bits away. */
	WORKS(raw(SYS_fchown, (long)fd, 11L, 12L));
	EQUAL(11, status_by_descriptor(fd).st_uid);
	EQUAL(12, status_by_descriptor(fd).st_gid);
	EQUAL(S_IFREG | 0755, status_by_descriptor(fd).st_mode);
	WORKS(raw(SYS_fchmod, (long)fd, 06755L));
	WORKS(raw(SYS_chown, "owned", -1L, -1L));
	EQUAL(S_IFREG | 0755, status_by_descriptor(fd).st_mode);
	WORKS(raw(SYS_chown, "owned", -1L, 13L));
	WORKS(raw(SYS_rename, "owned", "renamed"));
	WORKS(raw(SYS_link, "renamed", "linked"));
	WORKS(raw(SYS_unlink, "renamed"));
	WORKS(raw(SYS_lstat, "linked", &got));
	STEP(got.st_uid == 11 && got.st_gid == 13);
	WORKS(symlink("linked", "symlink"));
	WORKS(raw(SYS_lchown, "symlink", 14L, 15L));
	WORKS(raw(SYS_lstat, "symlink", &got));
	/* Without a time of birth, statx(2), it is forgotten. */
	STEP((got.st_uid == 14 && got.st_gid == 15) || older_than(4, 11));
	WORKS(raw(SYS_stat, "symlink", &got));
	EQUAL(11, got.st_uid);
	FAILS(EBADF, raw(SYS_fchown, -1L, 1L, 1L));
	FAILS(EBADF, raw(SYS_fchmod, 99L, 0L));
	FAILS(EBADF, raw(SYS_fstat, 99L, &got));
	FAILS(EFAULT, raw(SYS_fstat, (long)fd, BAD_POINTER));
	FAILS(ENOENT, raw(SYS_chown, "missing", 1L, 1L));
	close(fd);
}

static uint32_t owner_now(const char *path, int fd)
{
	struct stat by_path = {0};
	struct stat by_descriptor = {0};

	for (int i = 0; i < 5; i++) {
		WORKS(lstat(path, &by_path));
		WORKS(fstat(fd, &by_descriptor));
		EQUAL(by_path.st_uid, by_descriptor.st_uid);
	}
	return by_path.st_uid;
}

/* Each byte that comes is the next owner. */
static void change_owner(int requests, int answers, const char *path)
{
	char owner;

	while (read(requests, &owner, 1) == 1) {
		WORKS(chown(path, (uid_t)owner, (gid_t)owner));
		EQUAL(1, write(answers, &owner, 1));
	}
}

/* What another process changes is so at once, however often one has looked. */
static void owners_by_others(void)
{
	int requests[2], answers[2];
	int fd = open("looked-at", O_RDWR | O_CREAT | O_CLOEXEC, 0644);
	pid_t pid;

	WORKS(pipe(requests));
	WORKS(pipe(answers));
	pid = fork();
	if (pid == 0) {
		close(requests[1]);
		change_owner(requests[0], answers[1], "looked-at");
		_exit(0);
	}
	close(requests[0]);
	for (int i = 0; i < 100; i++) {
		char owner = (char)(i % 3 == 0 ? 0 : i);

		EQUAL(1, write(requests[1], &owner, 1));
		EQUAL(1, read(answers[0], &owner, 1));
		EQUAL(owner, owner_now("looked-at", fd));
	}
	close(requests[1]);
	close(answers[0]);
	close(fd);
	EQUAL(0, status_of(pid));
}

static void modes(void)
{
	struct stat got;
	int fd;

	file_make("closed", "x");
	WORKS(raw(SYS_chmod, "closed", 0L));
	WORKS(raw(SYS_stat, "closed", &got));
	EQUAL(S_IFREG, got.st_mode);
	SAME("x", file_content("closed"));
	WORKS(raw(SYS_access, "closed", R_OK | W_OK));
	FAILS(EACCES, raw(SYS_access, "closed", X_OK));
	WORKS(mkdir("way", 0));
	WORKS(mkdir("way/in", 0));
	WORKS(mkdir("way/in/side", 0700));
	WORKS(raw(SYS_stat, "way/in", &got));
	EQUAL(S_IFDIR, got.st_mode);
	/* Made without rights for its owner, and filled all the same. */
	fd = open("way/in/file", O_WRONLY | O_CREAT | O_CLOEXEC, 0);
	STEP(fd >= 0);
	close(fd);
	fd = open("way/in/file", O_RDWR | O_CLOEXEC);
	STEP(fd >= 0);
	EQUAL(S_IFREG, status_by_descriptor(fd).st_mode);
	close(fd);
}

static void devices(void)
{
	struct stat got;
	int fd;

	WORKS(raw(SYS_mknod, "null", (long)(S_IFCHR | 0666),
		(long)makedev(1, 3)));
	WORKS(raw(SYS_stat, "null", &got));
	EQUAL(S_IFCHR | 0644, got.st_mode);
	EQUAL(makedev(1, 3), got.st_rdev);
	fd = open("null", O_RDWR | O_CLOEXEC);
	EQUAL(3, write(fd, "abc", 3));
	close(fd);
	SAME("", file_content("null"));
	FAILS(EEXIST, raw(SYS_mknod, "null", (long)(S_IFBLK | 0666), 1L));
}

static void attributes(void)
{
	char list[64];
	char value[8];
	int fd = open("linked", O_RDONLY | O_CLOEXEC);

	WORKS(raw(SYS_fsetxattr, (long)fd, "trusted.x", "v", 1L, 0L));
	EQUAL(1, raw(SYS_fgetxattr, (long)fd, "trusted.x", value, 8L));
	FAILS(ERANGE, raw(SYS_setxattr, "linked", "", "v", 1L, 0L));
	EQUAL(10, raw(SYS_flistxattr, (long)fd, list, 64L));
	SAME("trusted.x", list);
	EQUAL(1, raw(SYS_getxattr, "linked", "trusted.x", value, 0L));
	FAILS(EEXIST, raw(SYS_setxattr, "linked", "trusted.x", "v", 1L,
			      (long)XATTR_CREATE));
	WORKS(raw(SYS_fremovexattr, (long)fd, "trusted.x"));
	FAILS(ENODATA, raw(SYS_fgetxattr, (long)fd, "trusted.x", value, 8L));
	EQUAL(0, raw(SYS_flistxattr, (long)fd, list, 64L));
	FAILS(ENODATA, raw(SYS_getxattr, "linked",
			       "user.containers.override_stat", value, 8L));
	close(fd);
}

/* Not done, and no error either; a guest of another id gets EPERM. */
static void privileged_calls(void)
{
	struct rlimit limit;

	WORKS(raw(SYS_sethostname, "host", 4L));
	WORKS(raw(SYS_setdomainname, "domain", 6L));
	WORKS(raw(SYS_setpriority, (long)PRIO_PROCESS, 0L, -5L));
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_max++;
	WORKS(raw(SYS_setrlimit, (long)RLIMIT_NOFILE, &limit));
	STEP(raw(SYS_prlimit64, 0L, (long)RLIMIT_NOFILE, &limit, 0L) == 0 ||
		older_than(2, 36));
	FAILS(EFAULT, raw(SYS_sched_setscheduler, 0L, 0L, BAD_POINTER));
	FAILS(EINVAL, raw(SYS_sched_setparam, 0L, 0L));
	if (!older_than(3, 14))
		FAILS(EINVAL, raw(SYS_sched_setattr, 0L, 0L, 0L));
	FAILS(EINVAL, raw(SYS_ioprio_set, 7L, 0L, 0L));
	/* As on a kernel without audit: AF_NETLINK, NETLINK_AUDIT. */
	FAILS(EPROTONOSUPPORT, raw(SYS_socket, 16L, (long)SOCK_RAW, 9L));
	WORKS(raw(SYS_setuid, 5L));
	FAILS(EPERM, raw(SYS_sethostname, "host", 4L));
}

static void sockets(void)
{
	union {
		char bytes[CMSG_SPACE(sizeof(struct ucred))];
		struct cmsghdr header;
	} control = {0};
	struct iovec part = {"x", 1};
	struct msghdr message = {.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control)};
	struct ucred who = {getpid(), 0, 0};
	socklen_t size = sizeof(who);
	char byte;
	int on = 1;
	int ends[2];

	WORKS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends));
	who.uid = 77;
	WORKS(raw(SYS_getsockopt, (long)ends[0], (long)SOL_SOCKET,
		(long)SO_PEERCRED, &who, &size));
	STEP(who.uid == 0 && who.gid == 0 && who.pid == getpid());
	WORKS(setsockopt(ends[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)));
	control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof(who)),
		.cmsg_level = SOL_SOCKET,
		.cmsg_type = SCM_CREDENTIALS};
	memcpy(CMSG_DATA(&control.header), &who, sizeof(who));
	EQUAL(1, sendmsg(ends[0], &message, 0));
	memset(&control, 0, sizeof(control));
	part.iov_base = &byte;
	message.msg_controllen = sizeof(control);
	EQUAL(1, recvmsg(ends[1], &message, 0));
	memset(&who, 7, sizeof(who));
	memcpy(&who, CMSG_DATA(&control.header), sizeof(who));
	STEP(who.uid == 0 && who.gid == 0 && who.pid == getpid());
}

int main(void)
{
	int directory = scratch_open();

	umask(022);
	STEP(directory >= 0);
	root_is_shown();
	child_passes(groups_change);
	child_passes(root_leaves);
	child_passes(root_comes_back);
	WORKS(chmod(".", 0777));
	child_passes(fs_ids);
	owners();
	owners_by_others();
	modes();
	devices();
	if (keeps_attributes("linked"))
		attributes();
	sockets();
	child_passes(privileged_calls);
	return 0;
}
