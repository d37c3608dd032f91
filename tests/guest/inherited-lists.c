/* SPDX-License-Identifier: MIT */
/* What is made in a directory with a default access control list, acl(5). */
// rows: setxattr removexattr mkdir mkdirat mknod open openat2 bind
// options: -0
#include "hot.h"
#include "lists.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static const struct list minimal = {2, {OWNER(7), GROUP(5), OTHER(4)}};
static const struct list named = {
	2, {OWNER(7), {ACL_USER, 7, 5}, GROUP(5), MASK(7), OTHER(5)}};

static void set_default(const char *path, const struct list *list, int count)
{
	WORKS(raw(SYS_setxattr, path, DEFAULT, list, LIST_SIZE(count), 0L));
}

/* COUNT entries as in EXPECTED. */
static void has_list(const char *path, const char *name,
	const struct list *expected, int count)
{
	struct list got;

	EQUAL(LIST_SIZE(count),
		raw(SYS_getxattr, path, name, &got, (long)sizeof(got)));
	EQUAL(0, memcmp(&got, expected, (size_t)LIST_SIZE(count)));
}

static void make_file(const char *path, int mode)
{
	WORKS(close(open(path, O_CREAT | O_EXCL | O_RDWR, mode)));
}

static void bind_socket(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(name.sun_path, path);
	WORKS(bind(fd, (const struct sockaddr *)&name, sizeof(name)));
	WORKS(close(fd));
}

/* The list says what the umask would say else, and who else may do what. */
static void by_named(void)
{
	static const struct list of_file = {
		2, {OWNER(6), {ACL_USER, 7, 5}, GROUP(5), MASK(6), OTHER(4)}};
	static const struct list of_private = {
		2, {OWNER(7), {ACL_USER, 7, 5}, GROUP(5), MASK(0), OTHER(0)}};

	WORKS(mkdir("named", 0755));
	set_default("named", &named, 5);
	make_file("named/file", 0666);
	EQUAL(0664, mode_of("named/file"));
	has_list("named/file", ACCESS, &of_file, 5);
	WORKS(mkdir("named/open", 0777));
	EQUAL(0775, mode_of("named/open"));
	has_list("named/open", ACCESS, &named, 5);
	has_list("named/open", DEFAULT, &named, 5);
	WORKS(mkdir("named/private", 0700));
	EQUAL(0700, mode_of("named/private"));
	has_list("named/private", ACCESS, &of_private, 5);
	has_list("named/private", DEFAULT, &named, 5);
	make_file("named/private/read-only", 0444);
	EQUAL(0444, mode_of("named/private/read-only"));
	EQUAL(LIST_SIZE(5),
		raw(SYS_getxattr, "named/private/read-only", ACCESS, NULL, 0L));
	WORKS(mknod("named/fifo", S_IFIFO | 0666, 0));
	EQUAL(0664, mode_of("named/fifo"));
	WORKS(symlink("nowhere", "named/link"));
	EQUAL(0777, mode_of("named/link"));
	bind_socket("named/socket");
	EQUAL(0700, mode_of("named/socket"));
}

/* It says no more than a mode does, and files have that. */
static void by_minimal(void)
{
	WORKS(mkdir("minimal", 0755));
	set_default("minimal", &minimal, 3);
	make_file("minimal/file", 0666);
	EQUAL(0644, mode_of("minimal/file"));
	has_none("minimal/file", ACCESS);
	WORKS(mkdir("minimal/sub", 0777));
	EQUAL(0754, mode_of("minimal/sub"));
	has_none("minimal/sub", ACCESS);
	has_list("minimal/sub", DEFAULT, &minimal, 3);
	WORKS(mkdir("minimal/sub/sub", 03777));
	EQUAL(03754, mode_of("minimal/sub/sub") | 02000);
	has_list("minimal/sub/sub", DEFAULT, &minimal, 3);
}

/* Whoever makes it, and however the directory is named. */
static void by_all_ways(void)
{
	struct open_how how = {.flags = O_CREAT | O_RDWR, .mode = 0646};
	int named_fd = open("named", O_RDONLY | O_DIRECTORY);
	int path_fd = open(".", O_PATH);
	struct stat got;
	long fd;

	WORKS(mkdirat(named_fd, "at", 0757));
	EQUAL(0755, mode_of("named/at"));
	WORKS(mkdirat(path_fd, "named/open/at", 0757));
	EQUAL(0755, mode_of("named/open/at"));
	fd = raw(SYS_openat2, (long)named_fd, "how", &how, (long)sizeof(how));
	if (fd >= 0 || errno != ENOSYS) {
		WORKS(close((int)fd));
		EQUAL(0644, mode_of("named/how"));
	}
	fd = open("named", O_TMPFILE | O_RDWR, 0666);
	if (fd >= 0) {
		WORKS(fstat((int)fd, &got));
		EQUAL(0664, got.st_mode & 07777);
		WORKS(close((int)fd));
	}
	WORKS(chdir("named"));
	make_file("here", 0666);
	EQUAL(0664, mode_of("here"));
	WORKS(chdir(".."));
	WORKS(close(named_fd));
	WORKS(close(path_fd));
}

/* Only what is new gets something. */
static void by_nothing_new(void)
{
	make_file("old", 0600);
	WORKS(link("old", "named/linked"));
	WORKS(rename("old", "named/moved"));
	WORKS(close(open("named/moved", O_CREAT | O_RDWR, 0666)));
	EQUAL(0600, mode_of("named/moved"));
	has_none("named/moved", ACCESS);
	WORKS(mkdir("elsewhere", 0777));
	EQUAL(0700, mode_of("elsewhere"));
	make_file("elsewhere/file", 0666);
	EQUAL(0600, mode_of("elsewhere/file"));
}

static void make_and_remove(const char *path, long mode)
{
	make_file(path, 0666);
	EQUAL(mode, mode_of(path));
	WORKS(unlink(path));
}

/* What has no list gets one and loses it, in the midst of it all. */
static void by_turns(void)
{
	for (int i = 0; i < 200; i++) {
		make_and_remove("elsewhere/new", 0600);
		make_and_remove("named/new", 0664);
		make_and_remove("minimal/new", 0644);
	}
	for (int i = 0; i < 20; i++) {
		make_and_remove("elsewhere/new", 0600);
		set_default("elsewhere", &named, 5);
		make_and_remove("elsewhere/new", 0664);
		WORKS(raw(SYS_removexattr, "elsewhere", DEFAULT));
	}
}

/* One that goes leaves its number to one that comes. */
static void by_heirs(void)
{
	for (int i = 0; i < 100; i++) {
		WORKS(mkdir("elsewhere/heir", 0700));
		make_and_remove("elsewhere/heir/new", 0600);
		WORKS(rmdir("elsewhere/heir"));
		WORKS(mkdir("named/heir", 0700));
		make_and_remove("named/heir/new", 0664);
		WORKS(rmdir("named/heir"));
	}
}

int main(void)
{
	umask(077);
	WORKS(mkdir("directory", 0755));
	file_make("file", "x");
	if (!keeps_attributes("file") ||
		setxattr("directory", DEFAULT, &minimal, LIST_SIZE(3), 0) < 0)
		probe_skip("no access control lists in this file system");
	by_named();
	by_minimal();
	by_all_ways();
	by_nothing_new();
	by_turns();
	by_heirs();
	return 0;
}
