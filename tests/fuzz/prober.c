/* SPDX-License-Identifier: MIT */
/* Does the file operations that it reads, and says what came of each. */
/*
 * usage: prober [-u USER:GROUP:GROUP,...] [GUARDS] <OPERATIONS >RESULTS
 *
 * One operation a line, its words separated by tabs: a name, then mostly a
 * directory ("-": the current one, or the number of a slot that `slot` has
 * filled), a path, and numbers. One result a line: "ok" or the number of the
 * error, and what was found; files are known by DEVICE:INODE. The process's
 * own number comes first.
 *
 * With -u it becomes this user first, with these supplementary groups, and
 * starts itself anew: /prober.
 *
 * tests/fuzz/walk and tests/fuzz/users run it twice, in a chroot and in a
 * guest. GUARDS is only for the chroot: lines "M PATH" (a mount point) and "S
 * PATH" (what is mounted). There, descriptor PROC_FD is /proc. What would move
 * a directory above a mount point, or move or remove what is mounted, is
 * answered "guard" and not done: a mount goes with its directory, a binding
 * keeps its path.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef O_PATH
#define O_PATH 010000000
#endif
#ifndef SYS_openat2
#define SYS_openat2 437
#endif

#define PROC_FD	 90
#define SLOT_FD	 100
#define WORDS	 8
#define GUARDS	 256
#define LINE_MAX 20000

struct guard {
	char kind;
	char path[4096];
};

static struct guard guards[GUARDS];
static unsigned int guard_count;

static char *words[WORDS];

static int directory(unsigned int word)
{
	return words[word][0] == '-' ? AT_FDCWD : SLOT_FD + atoi(words[word]);
}

static long number(unsigned int word)
{
	return strtol(words[word], NULL, 0);
}

/* ------------------------------------------------------------------ guards ---
 */

static void guards_read(const char *path)
{
	FILE *file = fopen(path, "r");

	if (!file)
		exit(2);
	while (guard_count < GUARDS &&
		fscanf(file, "%c %4095[^\n]\n", &guards[guard_count].kind,
			guards[guard_count].path) == 2)
		guard_count++;
	fclose(file);
}

/* Where a directory's entry really is; false when it is not there. */
static bool real_path(int dirfd, const char *path, char *out, size_t size)
{
	char name[32];
	ssize_t length;
	int fd = openat(dirfd, path, O_PATH | O_NOFOLLOW);

	if (fd < 0)
		return false;
	snprintf(name, sizeof(name), "self/fd/%d", fd);
	length = readlinkat(PROC_FD, name, out, size - 1);
	close(fd);
	if (length < 0)
		return false;
	out[length] = '\0';
	return true;
}

static bool is_guarded(int dirfd, const char *path)
{
	char real[8192];
	size_t size;

	if (guard_count == 0 || !real_path(dirfd, path, real, sizeof(real)))
		return false;
	size = strlen(real);
	for (unsigned int i = 0; i < guard_count; i++) {
		const struct guard *guard = &guards[i];

		if (strncmp(guard->path, real, size) != 0)
			continue;
		if (guard->path[size] == '/' ||
			(guard->kind == 'S' && guard->path[size] == '\0'))
			return true;
	}
	return false;
}

static bool refuse(bool guarded)
{
	if (guarded)
		puts("guard");
	return guarded;
}

/* ----------------------------------------------------------------- results ---
 */

static bool say(long result)
{
	if (result < 0)
		printf("%d\n", errno);
	return result >= 0;
}

static void say_done(long result)
{
	if (say(result))
		puts("ok");
}

static void say_identity(const struct stat *status)
{
	printf(" %lu:%lu\n", (unsigned long)status->st_dev,
		(unsigned long)status->st_ino);
}

static void say_status(const struct stat *status)
{
	printf("ok %o %u:%u", status->st_mode, status->st_uid, status->st_gid);
	if (S_ISREG(status->st_mode) || S_ISLNK(status->st_mode))
		printf(" links %lu size %lu", (unsigned long)status->st_nlink,
			(unsigned long)status->st_size);
	say_identity(status);
}

static void say_opened(long fd)
{
	struct stat status;

	if (!say(fd))
		return;
	if (say(fstat((int)fd, &status)))
		say_status(&status);
}

static void say_text(long length, char *text)
{
	if (!say(length))
		return;
	text[length] = '\0';
	printf("ok %s\n", text);
}

/* -------------------------------------------------------------- operations ---
 */

static void do_stat(void)
{
	struct stat status;

	if (say(fstatat(directory(1), words[2], &status, (int)number(3))))
		say_status(&status);
}

#ifdef SYS_stat
static void do_oldstat(void)
{
	struct stat status;

	if (say(syscall(SYS_stat, words[2], &status)))
		say_status(&status);
}

static void do_oldlstat(void)
{
	struct stat status;

	if (say(syscall(SYS_lstat, words[2], &status)))
		say_status(&status);
}
#endif

static void do_readlink(void)
{
	char text[5000];

	say_text(readlinkat(directory(1), words[2], text, sizeof(text) - 1),
		text);
}

static void do_access(void)
{
	say_done(syscall(SYS_faccessat, directory(1), words[2], number(3)));
}

static void do_open(void)
{
	long fd = syscall(SYS_openat, directory(1), words[2],
		(int)number(3) | O_NONBLOCK, 0644);

	say_opened(fd);
	if (fd >= 0)
		close((int)fd);
}

static void do_openat2(void)
{
	uint64_t how[3] = {(uint64_t)number(3), 0, (uint64_t)number(4)};
	long fd;

	/* openat2(2) refuses what openat(2) ignores. */
	if (!(how[0] & O_PATH))
		how[0] |= O_NONBLOCK;
	if (how[0] & O_CREAT)
		how[1] = 0644;
	fd = syscall(SYS_openat2, directory(1), words[2], how, sizeof(how));
	say_opened(fd);
	if (fd >= 0)
		close((int)fd);
}

/* slot NUMBER DIRECTORY PATH FLAGS */
static void do_slot(void)
{
	int to = SLOT_FD + atoi(words[1]);
	int fd = (int)syscall(SYS_openat, directory(2), words[3],
		(int)number(4) | O_NONBLOCK, 0644);

	say_opened(fd);
	if (fd >= 0) {
		dup2(fd, to);
		close(fd);
	}
}

static void do_list(void)
{
	/* The kernel's struct linux_dirent64: size at 16, type and name. */
	char names[512][300];
	char block[8192];
	int count = 0;
	long size;
	struct stat status;
	int fd = openat(directory(1), words[2], O_RDONLY | O_DIRECTORY);

	if (!say(fd))
		return;
	fstat(fd, &status);
	while ((size = syscall(SYS_getdents64, fd, block, sizeof(block))) > 0)
		for (long at = 0; at < size && count < 512;) {
			unsigned short record;

			memcpy(&record, block + at + 16, sizeof(record));
			snprintf(names[count++], sizeof(names[0]), "%s=%d",
				block + at + 19, block[at + 18]);
			at += record;
		}
	close(fd);
	if (!say(size))
		return;
	qsort(names, (size_t)count, sizeof(names[0]),
		(int (*)(const void *, const void *))strcmp);
	fputs("ok", stdout);
	for (int i = 0; i < count; i++)
		printf(" %s", names[i]);
	say_identity(&status);
}

static void do_getcwd(void)
{
	char text[8192];
	long length = syscall(SYS_getcwd, text, sizeof(text));

	say_text(length < 0 ? length : length - 1, text);
}

static void do_chdir(void)
{
	if (say(chdir(words[2])))
		do_getcwd();
}

static void do_fchdir(void)
{
	if (say(fchdir(directory(1))))
		do_getcwd();
}

static void do_mkdir(void)
{
	say_done(mkdirat(directory(1), words[2], (mode_t)number(3)));
}

static void do_mknod(void)
{
	say_done(mknodat(directory(1), words[2], (mode_t)number(3), 0));
}

static void do_symlink(void)
{
	say_done(symlinkat(words[3], directory(1), words[2]));
}

static void do_unlink(void)
{
	if (refuse(is_guarded(directory(1), words[2])))
		return;
	say_done(unlinkat(directory(1), words[2], (int)number(3)));
}

/* rename, link: DIRECTORY PATH DIRECTORY PATH FLAGS */
static void do_rename(void)
{
	if (refuse(is_guarded(directory(1), words[2]) ||
		    is_guarded(directory(3), words[4])))
		return;
	say_done(syscall(SYS_renameat2, directory(1), words[2], directory(3),
		words[4], number(5)));
}

static void do_link(void)
{
	say_done(linkat(directory(1), words[2], directory(3), words[4],
		(int)number(5)));
}

static void do_chmod(void)
{
	say_done(syscall(SYS_fchmodat, directory(1), words[2], number(3)));
}

static void do_chown(void)
{
	say_done(fchownat(
		directory(1), words[2], (uid_t)-1, (gid_t)-1, (int)number(3)));
}

static void do_own(void)
{
	say_done(fchownat(directory(1), words[2], (uid_t)number(3),
		(gid_t)number(4), AT_SYMLINK_NOFOLLOW));
}

/* setlist, getlist: an access control list, as an extended attribute in hex. */
static const char *name_of_list(void)
{
	return number(3) ? "system.posix_acl_default"
			 : "system.posix_acl_access";
}

/* A fake root has no room for one of a FIFO, and says so: it gets none. */
static void do_set_list(void)
{
	unsigned char value[512];
	size_t size = 0;
	unsigned int byte;
	struct stat status;

	if (stat(words[2], &status) == 0 && S_ISFIFO(status.st_mode)) {
		puts("a FIFO");
		return;
	}
	while (size < sizeof(value) &&
		sscanf(words[4] + 2 * size, "%2x", &byte) == 1)
		value[size++] = (unsigned char)byte;
	say_done(setxattr(words[2], name_of_list(), value, size, 0));
}

static void do_get_list(void)
{
	unsigned char value[512];
	long size = getxattr(words[2], name_of_list(), value, sizeof(value));

	if (!say(size))
		return;
	fputs("ok ", stdout);
	for (long i = 0; i < size; i++)
		printf("%02x", value[i]);
	puts("");
}

static void do_utimens(void)
{
	say_done(utimensat(directory(1), words[2], NULL, (int)number(3)));
}

static void do_truncate(void)
{
	say_done(truncate(words[2], (off_t)number(3)));
}

/* A socket's name, made and then connected to; too long for it: nothing. */
static void do_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	socklen_t size;
	int fd;

	if (strlen(words[2]) >= sizeof(address.sun_path)) {
		puts("long");
		return;
	}
	strcpy(address.sun_path, words[2]);
	size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
			   strlen(words[2]) + 1);
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (number(3))
		say_done(connect(fd, (struct sockaddr *)&address, size));
	else
		say_done(bind(fd, (struct sockaddr *)&address, size));
	close(fd);
}

static void do_nothing(void)
{
	puts("nothing");
}

static const struct operation {
	const char *name;
	void (*run)(void);
	unsigned int words;
} OPERATIONS[] = {
	{"stat", do_stat, 4},
#ifdef SYS_stat
	{"oldstat", do_oldstat, 3},
	{"oldlstat", do_oldlstat, 3},
#endif
	{"readlink", do_readlink, 3},
	{"access", do_access, 4},
	{"open", do_open, 4},
	{"openat2", do_openat2, 5},
	{"slot", do_slot, 5},
	{"list", do_list, 3},
	{"getcwd", do_getcwd, 1},
	{"chdir", do_chdir, 3},
	{"fchdir", do_fchdir, 2},
	{"mkdir", do_mkdir, 4},
	{"mknod", do_mknod, 4},
	{"symlink", do_symlink, 4},
	{"unlink", do_unlink, 4},
	{"rename", do_rename, 6},
	{"link", do_link, 6},
	{"chmod", do_chmod, 4},
	{"chown", do_chown, 4},
	{"own", do_own, 5},
	{"setlist", do_set_list, 5},
	{"getlist", do_get_list, 4},
	{"utimens", do_utimens, 4},
	{"truncate", do_truncate, 4},
	{"socket", do_socket, 4},
	{"nothing", do_nothing, 1},
};

static void run(char *line)
{
	unsigned int count = 0;

	line[strcspn(line, "\n")] = '\0';
	while (line && count < WORDS)
		words[count++] = strsep(&line, "\t");
	for (size_t i = 0; i < sizeof(OPERATIONS) / sizeof(OPERATIONS[0]);
		i++) {
		const struct operation *operation = &OPERATIONS[i];

		if (strcmp(operation->name, words[0]) != 0)
			continue;
		if (operation->words > count)
			break;
		operation->run();
		return;
	}
	puts("unknown");
}

static void become(const char *who)
{
	gid_t groups[WORDS];
	unsigned int user, group;
	size_t count = 0;
	int at = 0;

	if (sscanf(who, "%u:%u%n", &user, &group, &at) != 2)
		exit(2);
	for (const char *c = who + at;
		*c != '\0' && c[1] != '\0' && count < WORDS;
		c += strcspn(c + 1, ",") + 1)
		groups[count++] = (gid_t)strtoul(c + 1, NULL, 10);
	if (setgroups(count, groups) < 0 ||
		setresgid(group, group, group) < 0 ||
		setresuid(user, user, user) < 0)
		exit(2);
	execl("/prober", "/prober", (char *)NULL);
	exit(2);
}

int main(int argc, char **argv)
{
	static char line[LINE_MAX];

	if (argc > 2 && strcmp(argv[1], "-u") == 0)
		become(argv[2]);
	umask(022);
	if (argc > 1)
		guards_read(argv[1]);
	printf("%d\n", (int)getpid());
	while (fgets(line, sizeof(line), stdin))
		run(line);
	return fflush(stdout) != 0;
}
