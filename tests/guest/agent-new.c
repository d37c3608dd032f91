/* SPDX-License-Identifier: MIT */
/* Files that are made or written anew, whether they are there or not. */
// rows: open
// also as a fake root
#include "hot.h"

#define TURNS 60
#define STORM 2000

static void write_anew(const char *path, const char *text)
{
	long size = (long)strlen(text);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	WORKS(fd);
	EQUAL(size, write(fd, text, (size_t)size));
	WORKS(close(fd));
}

static long size_of(const char *path)
{
	struct stat status;

	WORKS(stat(path, &status));
	return status.st_size;
}

/* Both ways are tried: twice what is new, then twice what is not. */
static void by_turns(void)
{
	for (int i = 0; i < effort(TURNS); i++) {
		for (int k = 0; k < 2; k++) {
			write_anew("turn", "longer");
			EQUAL(6, size_of("turn"));
			WORKS(unlink("turn"));
		}
		file_make("turn", "there before");
		for (int k = 0; k < 2; k++) {
			write_anew("turn", "abc");
			EQUAL(3, size_of("turn"));
		}
		WORKS(unlink("turn"));
	}
}

/* What is in the way is no file that could be new. */
static void in_the_way(void)
{
	int reader;
	int fd;

	WORKS(mkdir("directory", 0755));
	WORKS(mkfifo("fifo", 0600));
	WORKS(reader = open("fifo", O_RDONLY | O_NONBLOCK));
	for (int i = 0; i < effort(TURNS); i++) {
		write_anew("before", "x"); /* it is new: so may be the others */
		WORKS(unlink("before"));
		switch (i % 4) {
		case 0:
			WORKS(symlink("target", "link"));
			write_anew("link", "through");
			EQUAL(7, size_of("target"));
			write_anew("link", "new");
			EQUAL(3, size_of("target"));
			WORKS(unlink("target"));
			WORKS(unlink("link"));
			break;
		case 1:
			FAILS(EISDIR,
				open("directory", O_WRONLY | O_CREAT | O_TRUNC,
					0644));
			FAILS(ENOENT,
				open("none/file", O_WRONLY | O_CREAT | O_TRUNC,
					0644));
			break;
		case 2:
			WORKS(fd = open("fifo", O_WRONLY | O_CREAT | O_TRUNC,
				      0644));
			WORKS(close(fd));
			break;
		default:
			FAILS(ELOOP,
				open("/proc/self/cwd/directory/../dangling",
					O_WRONLY | O_CREAT | O_TRUNC |
						O_NOFOLLOW,
					0644));
			break;
		}
	}
	WORKS(close(reader));
}

/* A program that runs is not written to, whatever came before. */
static void to_running(const char *program)
{
	for (int i = 0; i < effort(TURNS); i++) {
		write_anew("before", "x");
		WORKS(unlink("before"));
		FAILS(ETXTBSY,
			open(program, O_WRONLY | O_CREAT | O_TRUNC, 0755));
	}
}

/* Who may write but not read, or neither, may do so to what is just made. */
static void of_all_modes(void)
{
	struct stat status;
	int fd;

	for (int i = 0; i < effort(TURNS); i++) {
		WORKS(fd = open("mode", O_RDWR | O_CREAT | O_TRUNC, i & 0777));
		WORKS(fstat(fd, &status));
		EQUAL(i & 0755, status.st_mode & 07777);
		EQUAL(1, write(fd, "x", 1));
		EQUAL(O_RDWR, fcntl(fd, F_GETFL) & (O_ACCMODE | O_EXCL));
		WORKS(close(fd));
		WORKS(unlink("mode"));
	}
}

static void has_group(const char *path, long group)
{
	struct stat status;

	write_anew(path, "x");
	WORKS(stat(path, &status));
	EQUAL(group, status.st_gid);
	WORKS(unlink(path));
}

/* A directory begins and ends to pass its group on. */
static void of_groups(void)
{
	long own = getgid();

	if (chown("directory", -1u, 7) < 0)
		return;
	for (int i = 0; i < effort(TURNS); i++) {
		has_group("directory/new", own);
		has_group("directory/new", own);
		WORKS(chmod("directory", 02755));
		has_group("directory/new", 7);
		WORKS(chmod("directory", 0755));
	}
}

#define CHAIN 8 /* links: more than are followed on the quick way */

/* The directory that counts is the one that links lead to. */
static void of_groups_behind_links(void)
{
	char name[32];
	char text[32];
	struct stat status;

	if (chown("directory", -1u, 7) < 0)
		return;
	WORKS(mkdir("plain", 0755));
	for (int i = 0; i < CHAIN; i++) {
		snprintf(name, sizeof(name), "plain/%d", i);
		snprintf(text, sizeof(text), "%d", i + 1);
		WORKS(symlink(i + 1 < CHAIN ? text : "../directory/new", name));
	}
	WORKS(chmod("directory", 02755));
	for (int i = 0; i < effort(TURNS); i++) {
		write_anew(absolute("plain/file"), "x");
		write_anew(absolute("plain/0"), "x");
		WORKS(stat("directory/new", &status));
		EQUAL(7, status.st_gid);
		WORKS(unlink("directory/new"));
		WORKS(unlink("plain/file"));
	}
	WORKS(chmod("directory", 0755));
}

static void in_a_storm(void)
{
	known_make();
	storm_begin(60);
	for (int i = 0; i < effort(STORM); i++) {
		write_anew("known/new", "abc");
		EQUAL(3, size_of("known/new"));
		if (i % 3)
			WORKS(unlink("known/new"));
	}
	storm_end();
}

int main(int count, char **arguments)
{
	(void)count;
	umask(022);
	WORKS(symlink("nowhere", "dangling"));
	by_turns();
	in_the_way();
	to_running(arguments[0]);
	of_all_modes();
	of_groups();
	of_groups_behind_links();
	in_a_storm();
	return 0;
}
