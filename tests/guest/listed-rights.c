/* SPDX-License-Identifier: MIT */
/* What access control lists, acl(5), allow to whom; posix_acl_permission(). */
// rows: open access stat setxattr chmod
// options: -0
#include "lists.h"

#include <grp.h>
#include <string.h>

#define TIMES 60 /* until nobody but the agent answers, if there is one */

struct who {
	unsigned int user;
	unsigned int groups[3]; /* the first is the main one */
};

/* Whether it may read, write, read both, as "rwx" says; of a directory: list
 * it, make something in it, go through it. */
static bool may_open(const char *path, int flags)
{
	int fd = open(path, flags);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

static void find_rights(const char *path, char rights[4])
{
	char inside[64];
	struct stat status;

	strcpy(rights, "---");
	snprintf(inside, sizeof(inside), "%s/new", path);
	if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
		if (may_open(path, O_RDONLY))
			rights[0] = 'r';
		if (mkdir(inside, 0777) == 0) {
			rights[1] = 'w';
			rmdir(inside);
		}
		strcpy(strrchr(inside, '/'), "/old");
		if (stat(inside, &status) == 0)
			rights[2] = 'x';
		return;
	}
	if (may_open(path, O_RDONLY))
		rights[0] = 'r';
	if (may_open(path, O_RDWR | O_APPEND) ==
		(access(path, R_OK | W_OK) == 0))
		rights[1] = access(path, W_OK) == 0 ? 'w' : '-';
	else
		rights[1] = '?';
	rights[2] = access(path, X_OK) == 0 ? 'x' : '-';
}

/* Run by a user who can do nothing else: the same answer each time. */
static int program(const char *path, const char *expected)
{
	char rights[4];

	for (int i = 0; i < TIMES; i++) {
		find_rights(path, rights);
		if (strcmp(rights, expected) != 0) {
			fprintf(stderr, "%s, user %d, group %d: %s, not %s\n",
				path, (int)getuid(), (int)getgid(), rights,
				expected);
			return 1;
		}
	}
	return 0;
}

static void may(const struct who *who, const char *path, const char *expected)
{
	size_t count = 0;
	int status = 0;
	pid_t pid = fork();

	while (count < 3 && who->groups[count] != 0)
		count++;
	if (pid == 0) {
		if (setgroups(count, who->groups) < 0 ||
			setresgid(who->groups[0], who->groups[0],
				who->groups[0]) < 0 ||
			setresuid(who->user, who->user, who->user) < 0)
			_exit(98);
		execl("/proc/self/exe", "listed-rights", path, expected, NULL);
		_exit(99);
	}
	WORKS(pid);
	EQUAL(pid, waitpid(pid, &status, 0));
	EQUAL(0, status);
}

static void set_list(const char *path, const struct list *list, int count)
{
	WORKS(raw(SYS_setxattr, path, ACCESS, list, LIST_SIZE(count), 0L));
}

#define GROUP_OF_FILE 30

static const struct who named = {5, {100}};
static const struct who barred = {7, {8}};
static const struct who owner = {20, {100}};
static const struct who stranger = {21, {100}};
static const struct who of_group = {21, {GROUP_OF_FILE}};
static const struct who of_listed = {21, {8}};
static const struct who of_barred = {21, {9}};
static const struct who of_both = {21, {100, 9, 8}};

/* What a list says of owner, group and others is the mode. */
static void modes(void)
{
	static const struct list more = {
		2, {OWNER(6), {ACL_USER, 7, 33}, GROUP(4), MASK(2), OTHER(1)}};
	static const struct list no_more = {2, {OWNER(6), GROUP(4), OTHER(0)}};
	struct stat got;

	file_make("listed", "");
	WORKS(chown("listed", 33, 44));
	set_list("listed", &more, 5);
	WORKS(stat("listed", &got));
	EQUAL(S_IFREG | 0621, got.st_mode);
	EQUAL(33, got.st_uid);
	EQUAL(LIST_SIZE(5), raw(SYS_getxattr, "listed", ACCESS, NULL, 0L));
	set_list("listed", &no_more, 3);
	EQUAL(0640, mode_of("listed"));
	has_none("listed", ACCESS);
	WORKS(raw(SYS_removexattr, "listed", ACCESS));
}

static void files(void)
{
	static const struct list list = {
		2, {OWNER(6), {ACL_USER, 6, 5}, {ACL_USER, 0, 7}, GROUP(4),
			   {ACL_GROUP, 7, 8}, {ACL_GROUP, 0, 9}, MASK(6),
			   OTHER(4)}};

	file_make("file", "x");
	WORKS(chown("file", owner.user, GROUP_OF_FILE));
	set_list("file", &list, 8);
	EQUAL(0664, mode_of("file"));
	may(&owner, "file", "rw-");
	may(&named, "file", "rw-");
	may(&barred, "file", "---");
	may(&stranger, "file", "r--");
	may(&of_group, "file", "r--");
	may(&of_listed, "file", "rw-");
	may(&of_barred, "file", "---");
	may(&of_both, "file", "rw-");

	/* chmod(2) changes the mask, and a mask of nothing the question. */
	WORKS(chmod("file", 0657));
	may(&named, "file", "r--");
	may(&of_listed, "file", "r-x");
	may(&of_group, "file", "r--");
	may(&stranger, "file", "rwx");
	WORKS(chmod("file", 0604));
	may(&barred, "file", "r--");
	may(&named, "file", "r--");
	may(&of_group, "file", "---");
	WORKS(raw(SYS_removexattr, "file", ACCESS));
	WORKS(chmod("file", 0664));
	may(&barred, "file", "r--");
	may(&of_group, "file", "rw-");
}

static void directories(void)
{
	static const struct list list = {
		2, {OWNER(7), {ACL_USER, 7, 5}, {ACL_USER, 4, 7}, GROUP(0),
			   {ACL_GROUP, 5, 8}, MASK(7), OTHER(0)}};

	WORKS(mkdir("directory", 0755));
	file_make("directory/old", "x");
	set_list("directory", &list, 7);
	may(&named, "directory", "rwx");
	may(&barred, "directory", "r--");
	may(&of_listed, "directory", "r-x");
	may(&stranger, "directory", "---");
	WORKS(chmod("directory", 0715));
	may(&named, "directory", "--x");
	may(&stranger, "directory", "r-x");
}

int main(int count, char **arguments)
{
	static const struct list minimal = {2, {OWNER(7), GROUP(5), OTHER(5)}};

	if (count > 2)
		return program(arguments[1], arguments[2]);
	if (geteuid() != 0)
		probe_skip("it is for root, or a fake root");
	umask(022);
	WORKS(chmod(".", 0755));
	file_make("probe", "x");
	if (!keeps_attributes("probe") ||
		setxattr(".", ACCESS, &minimal, LIST_SIZE(3), 0) < 0)
		probe_skip("no access control lists in this file system");
	modes();
	files();
	directories();
	return 0;
}
