/* SPDX-License-Identifier: MIT */
/* What a user may do to files in a user namespace of its own. */
/*
 * It has all capabilities there, and they count for files of owners that the
 * namespace has names for, user_namespaces(7): here for the user's own alone.
 */
// rows: unshare open unlink chmod chown mkdir setxattr mknod utimensat
// options: -0
#include "probe.h"

#include <grp.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/xattr.h>

#define USER 1000

static void put(const char *name, const char *text)
{
	int fd = open(name, O_WRONLY | O_CLOEXEC);

	WORKS(fd);
	EQUAL(strlen(text), write(fd, text, strlen(text)));
	close(fd);
}

static void own_make(const char *name, unsigned int user, mode_t mode)
{
	file_make(name, "text");
	WORKS(chown(name, user, user));
	WORKS(chmod(name, mode));
}

static void tree_make(void)
{
	WORKS(chmod(".", 0777));
	own_make("roots", 0, 0600);
	own_make("others", 2000, 0600);
	own_make("own", USER, 0);
	own_make("mixed", USER, 0600);
	WORKS(chown("mixed", USER, 2000));
	WORKS(mkdir("directory", 0755));
	file_make("directory/file", "text");
	WORKS(mkdir("sticky", 0777));
	WORKS(chmod("sticky", 01777));
	own_make("sticky/others", 2000, 0666);
	WORKS(mkdir("hidden", 0700));
	file_make("hidden/file", "text");
}

static void enter(void)
{
	WORKS(setgroups(0, NULL));
	WORKS(setresgid(USER, USER, USER));
	WORKS(setresuid(USER, USER, USER));
	WORKS(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); /* /proc/self is root's */
	WORKS(unshare(CLONE_NEWUSER));
	put("/proc/self/setgroups", "deny");
	put("/proc/self/uid_map", "0 1000 1");
	put("/proc/self/gid_map", "0 1000 1");
	EQUAL(0, geteuid());
	EQUAL(0, getegid());
}

int main(void)
{
	struct stat status;

	if (geteuid() != 0)
		probe_skip("it is for root, or a fake root");
	tree_make();
	enter();

	FAILS(EACCES, open("roots", O_RDONLY));
	FAILS(EACCES, open("others", O_WRONLY));
	FAILS(EACCES, access("roots", R_OK));
	FAILS(EPERM, chmod("roots", 0666));
	FAILS(EPERM, chown("others", 0, 0));
	FAILS(EACCES, utimensat(AT_FDCWD, "roots", NULL, 0));
	FAILS(EACCES, unlink("directory/file"));
	FAILS(EACCES, mkdir("directory/new", 0755));
	FAILS(EACCES, stat("hidden/file", &status));
	FAILS(EPERM, unlink("sticky/others"));
	FAILS(EPERM, mknod("device", S_IFCHR | 0600, 0x103));
	FAILS(EPERM,
		setxattr("roots", "security.capability",
			"\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20, 0));

	/* Its own, which it sees as root's. */
	WORKS(stat("own", &status));
	EQUAL(0, status.st_uid);
	EQUAL(0, status.st_mode & 07777);
	WORKS(close(open("own", O_RDWR)));
	WORKS(access("own", W_OK));
	WORKS(chmod("own", 0640));
	WORKS(stat("roots", &status));
	EQUAL(65534, status.st_uid);

	/* A group without a name there: only what the owner may. */
	WORKS(close(open("mixed", O_RDWR)));
	WORKS(chmod("mixed", 0));
	FAILS(EACCES, open("mixed", O_RDONLY));
	WORKS(unlink("own"));
	return 0;
}
