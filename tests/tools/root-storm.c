/* SPDX-License-Identifier: MIT */
/* Random changes of files by root, and what comes of them. */
/*
 * usage: root-storm SEED COUNT
 *        root-storm set FILE NAME    sets an extended attribute, or
 *        root-storm list FILE        tells their names
 *        root-storm await FILE USER  looks until USER owns it; soon says so
 *
 * Makes a small tree below the current directory and does COUNT operations in
 * it, which depend on SEED alone; for half of the seeds under a hail of
 * signals. Prints what each answers, and in the end what there is. Whoever is
 * root, or shown as root, gets the same answers.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/posix_acl_xattr.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static uint64_t state;

static unsigned int any(unsigned int below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(state >> 33) % below;
}

#define ONE_OF(...)                                                            \
	((const int[]){__VA_ARGS__}[any(                                       \
		sizeof((const int[]){__VA_ARGS__}) / sizeof(int))])

static char top[4096];

/* A path: relative, by the directory that is open, or absolute. */
static const char *path(char *out)
{
	static const char *const directories[] = {"", "d0/", "d1/", "d1/d2/"};
	static const char *const names[] = {"a", "b", "c", "d0", "d1", "d2"};
	const char *start = any(3) == 0 ? top : "";

	sprintf(out, "%s%s%s%s", start, *start ? "/" : "", directories[any(4)],
		names[any(6)]);
	return out;
}

static int mode(void)
{
	return ONE_OF(0644, 0755, 0600, 0700, 0, 0400, 0111, 01777, 02755,
		04755, 06711, 0666, 02644, 0500, 01644);
}

static int owner(void)
{
	return ONE_OF(0, 0, 0, 0, -1, -1, 33, 1000);
}

static void say(const char *what, long result)
{
	printf(" %s=%ld", what, result < 0 ? -(long)errno : result);
}

static void say_stat(long status, const struct stat *s)
{
	say("stat", status);
	if (status == 0)
		printf("(%o %u:%u %lu %ld %x)", s->st_mode, s->st_uid,
			s->st_gid, S_ISDIR(s->st_mode) ? 0 : s->st_nlink,
			S_ISREG(s->st_mode) ? (long)s->st_size : 0,
			(unsigned int)s->st_rdev);
}

static void look(int directory, const char *name, int flags)
{
	struct stat s;
	struct statx x;
	int status = fstatat(directory, name, &s, flags);

	say_stat(status, &s);
	if (statx(directory, name, flags, STATX_BASIC_STATS, &x) == 0)
		printf("(%o %u:%u)", x.stx_mode, x.stx_uid, x.stx_gid);
}

static void look_at_open(int fd)
{
	struct stat s;

	say_stat(fstat(fd, &s), &s);
}

/* --- operations --- */

static void do_open(int directory, const char *name)
{
	int flags = ONE_OF(O_RDONLY, O_WRONLY, O_RDWR) |
		    ONE_OF(0, O_CREAT, O_CREAT | O_EXCL, O_CREAT | O_TRUNC,
			    O_TRUNC, O_APPEND, O_DIRECTORY, O_PATH, O_NOFOLLOW,
			    O_CREAT | O_NOFOLLOW, O_TMPFILE) |
		    O_NONBLOCK | O_CLOEXEC;
	int permissions = mode();
	int fd = openat(directory, name, flags, permissions);

	printf(" %x %o", flags, permissions);
	say("open", fd < 0 ? fd : 0);
	if (fd < 0)
		return;
	look_at_open(fd);
	if ((flags & O_ACCMODE) != O_RDONLY && any(2))
		say("write", write(fd, "text", 4));
	switch (any(4)) {
	case 0:
		say("fchmod", fchmod(fd, (mode_t)mode()));
		break;
	case 1:
		say("fchown", fchown(fd, (uid_t)owner(), (gid_t)owner()));
		break;
	case 2:
		say("fsetxattr", fsetxattr(fd, "user.x", "1", 1, 0));
		break;
	}
	look_at_open(fd);
	close(fd);
}

static void do_make(int directory, const char *name)
{
	int permissions = mode();
	int type = ONE_OF(S_IFIFO, S_IFREG, S_IFSOCK, S_IFCHR, S_IFBLK);
	char target[64];

	printf(" %o", permissions);
	switch (any(4)) {
	case 0:
		say("mkdir", mkdirat(directory, name, (mode_t)permissions));
		break;
	case 1:
		path(target);
		say("symlink", symlinkat(target, directory, name));
		break;
	case 2:
		printf(" %o", type);
		say("mknod",
			mknodat(directory, name, (mode_t)(type | permissions),
				makedev(1, 3)));
		break;
	default:
		say("mkdir", mkdirat(directory, name, 0755));
	}
}

static void do_move(int directory, const char *name)
{
	char other[4200];

	path(other);
	printf(" %s", other + (other[0] == '/' ? strlen(top) : 0));
	switch (any(5)) {
	case 0:
		say("link", linkat(directory, name, directory, other, 0));
		break;
	case 1:
		say("rename", renameat(directory, name, directory, other));
		break;
	case 2:
		say("unlink", unlinkat(directory, name, 0));
		break;
	case 3:
		say("rmdir", unlinkat(directory, name, AT_REMOVEDIR));
		break;
	default:
		say("rename", rename(name, other));
	}
}

static void do_change(int directory, const char *name)
{
	static const struct timespec times[2] = {{1, 2}, {3, 4}};
	int user = owner();
	int group = owner();
	int permissions = mode();
	int flags = ONE_OF(0, AT_SYMLINK_NOFOLLOW);

	printf(" %o %d:%d %x", permissions, user, group, flags);
	switch (any(7)) {
	case 0:
		say("chmod", chmod(name, (mode_t)permissions));
		break;
	case 1:
		say("fchmodat",
			fchmodat(directory, name, (mode_t)permissions, 0));
		break;
	case 2:
		say("chown", chown(name, (uid_t)user, (gid_t)group));
		break;
	case 3:
		say("lchown", lchown(name, (uid_t)user, (gid_t)group));
		break;
	case 4:
		say("fchownat", fchownat(directory, name, (uid_t)user,
					(gid_t)group, flags));
		break;
	case 5:
		say("utimensat", utimensat(directory, name, times, flags));
		break;
	default:
		say("truncate", truncate(name, 5));
	}
}

/* user::, group:: and other:: alone say what a mode does. */
static size_t make_list(char *out)
{
	static const uint16_t tags[] = {1, 2, 4, 16, 32};
	struct posix_acl_xattr_header header = {2};
	size_t size = sizeof(header);
	unsigned int is_long = any(3) == 0;

	memcpy(out, &header, sizeof(header));
	for (unsigned int i = 0; i < 5; i++) {
		struct posix_acl_xattr_entry entry = {
			tags[i], (uint16_t)any(8), (uint32_t)-1};

		if (!is_long && (tags[i] == 2 || tags[i] == 16))
			continue;
		if (tags[i] == 2)
			entry.e_id = 7;
		if (i == 0)
			entry.e_perm |= 6;
		memcpy(out + size, &entry, sizeof(entry));
		size += sizeof(entry);
	}
	return size;
}

static int compare(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* In order: file systems differ. Names of security modules' are the host's. */
static void say_list(const char *list, long size)
{
	const char *names[64];
	size_t count = 0;

	for (long at = 0; at < size && count < 64; at += strlen(list + at) + 1)
		names[count++] = list + at;
	qsort(names, count, sizeof(names[0]), compare);
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], "security.selinux") != 0)
			printf(" %s", names[i]);
}

static void do_attribute(const char *name)
{
	static const char *const attributes[] = {"user.x", "user.y",
		"trusted.x", "security.x", "system.posix_acl_access"};
	const char *attribute = attributes[any(5)];
	char value[256] = "value";
	size_t size = 5;
	int follows = (int)any(2);
	long result;

	if (attribute[1] == 'y')
		size = make_list(value);
	printf(" %s %d", attribute, follows);
	switch (any(5)) {
	case 0:
	case 1:
		result = follows ? setxattr(name, attribute, value, size, 0)
				 : lsetxattr(name, attribute, value, size, 0);
		say("set", result);
		break;
	case 2:
		size = any(2) ? sizeof(value) : any(4);
		result = follows ? getxattr(name, attribute, value, size)
				 : lgetxattr(name, attribute, value, size);
		say("get", result);
		if (result > 0 && size > 0)
			printf(" %02x%02x", value[0], value[result - 1]);
		break;
	case 3:
		size = any(2) ? sizeof(value) : 0;
		result = follows ? listxattr(name, value, size)
				 : llistxattr(name, value, size);
		say("list", result);
		if (size > 0)
			say_list(value, result);
		break;
	default:
		result = follows ? removexattr(name, attribute)
				 : lremovexattr(name, attribute);
		say("remove", result);
	}
}

static void do_look(int directory, const char *name)
{
	char text[4200];
	long size;

	look(directory, name, ONE_OF(0, AT_SYMLINK_NOFOLLOW));
	say("access",
		faccessat(directory, name, ONE_OF(F_OK, R_OK, W_OK, X_OK), 0));
	size = readlinkat(directory, name, text, sizeof(text));
	say("readlink", size < 0 ? size : 0);
	printf(" %u:%u", geteuid(), getegid());
}

static void operate(int directory)
{
	char name[4200];

	path(name);
	printf("%s%s", directory == AT_FDCWD ? "" : "at ",
		name + (name[0] == '/' ? strlen(top) : 0));
	switch (any(7)) {
	case 0:
		do_open(directory, name);
		break;
	case 1:
		do_make(directory, name);
		break;
	case 2:
		do_move(directory, name);
		break;
	case 3:
	case 4:
		do_change(directory, name);
		break;
	case 5:
		do_attribute(name);
		break;
	default:
		do_look(directory, name);
	}
	putchar('\n');
}

/* Another user, by another process or for a while. */
static void operate_as_other(void)
{
	uint64_t start = state;
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		if (setegid(33) < 0 || seteuid(any(2) ? 33 : 0) < 0)
			_exit(1);
		for (int i = 0; i < 5; i++)
			operate(AT_FDCWD);
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	printf("other %d\n", status);
	state = start + 1;
}

static void list(const char *name)
{
	char below[4200];
	struct dirent **entries;
	struct stat s;
	int count;

	printf("%s", name);
	look(AT_FDCWD, name, AT_SYMLINK_NOFOLLOW);
	putchar('\n');
	if (lstat(name, &s) < 0 || !S_ISDIR(s.st_mode))
		return;
	count = scandir(name, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (entries[i]->d_name[0] == '.')
			continue;
		sprintf(below, "%s/%s", name, entries[i]->d_name);
		list(below);
	}
}

static int list_attributes(const char *file)
{
	char names[1024];
	ssize_t size = listxattr(file, names, sizeof(names));

	say_list(names, size);
	putchar('\n');
	return size < 0;
}

static int await(const char *file, uid_t user)
{
	struct stat s;

	for (int i = 0; lstat(file, &s) == 0 && s.st_uid != user; i++)
		if (i == 1000)
			if (puts("looking") < 0 || fflush(stdout) < 0)
				break;
	return s.st_uid != user;
}

static void be_interrupted(int signal)
{
	(void)signal;
}

/* Signals are no reason for any other answer. */
static void interrupt(void)
{
	const struct sigaction action = {
		.sa_handler = be_interrupted, .sa_flags = SA_RESTART};
	const struct itimerval often = {{0, 300}, {0, 300}};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

int main(int count, char **arguments)
{
	int directory;

	if (count == 4 && strcmp(arguments[1], "set") == 0)
		return setxattr(arguments[2], arguments[3], "value", 5, 0) < 0;
	if (count == 3 && strcmp(arguments[1], "list") == 0)
		return list_attributes(arguments[2]);
	if (count == 4 && strcmp(arguments[1], "await") == 0)
		return await(arguments[2], (uid_t)atoi(arguments[3]));
	if (count != 3 || !getcwd(top, sizeof(top)))
		return 2;
	state = strtoul(arguments[1], NULL, 10) + 1;
	umask(022);
	mkdir("d0", 0755);
	mkdir("d1", 0755);
	mkdir("d1/d2", 0755);
	directory = open(".", O_RDONLY | O_DIRECTORY);
	if (any(2) == 0)
		interrupt();
	for (int i = atoi(arguments[2]); i > 0; i--) {
		if (any(40) == 0)
			umask((mode_t)ONE_OF(0, 022, 077, 02));
		if (any(50) == 0)
			operate_as_other();
		else
			operate(any(2) ? AT_FDCWD : directory);
	}
	list(".");
	return 0;
}
