/* SPDX-License-Identifier: MIT */
/* Links, renames and reads the same few names as others do at the time. */
/*
 * usage: link-storm ROUNDS SEED
 *
 * In the current directory, which several of these may share. The files are
 * f.0 … f.7; each of their names f.N.M says N, and so does the content. f.N is
 * replaced by renames over it, never removed: whoever opens it must find it.
 * What others do may make any other call fail, but only with ENOENT or EEXIST.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 8
#define NAMES 4

static unsigned int seed;

static int draw(int limit)
{
	return (int)((unsigned int)rand_r(&seed) / 16 % (unsigned int)limit);
}

static void fail(const char *what, const char *name)
{
	fprintf(stderr, "link-storm: %s %s: %s\n", what, name, strerror(errno));
	exit(1);
}

static void expect(int result, const char *what, const char *name)
{
	if (result < 0 && errno != ENOENT && errno != EEXIST)
		fail(what, name);
}

static void make(const char *name, int file)
{
	char content[2] = {(char)('0' + file), '\n'};
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	if (fd < 0 || write(fd, content, 2) != 2)
		fail("make", name);
	close(fd);
}

static void check(const char *name, int file, int must_be_there)
{
	struct stat status;
	char byte = 0;
	int fd = open(name, O_RDONLY | O_NOFOLLOW);

	if (fd < 0) {
		if (must_be_there || errno != ENOENT)
			fail("open", name);
		return;
	}
	if (read(fd, &byte, 1) != 1 || byte != '0' + file) {
		errno = EIO;
		fail("content of", name);
	}
	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode))
		fail("fstat", name);
	close(fd);
	if (lstat(name, &status) < 0) {
		if (must_be_there || errno != ENOENT)
			fail("lstat", name);
	} else if (!S_ISREG(status.st_mode)) {
		errno = EIO;
		fail("a symlink", name);
	}
}

int main(int argc, char **argv)
{
	char main_name[32];
	char name[32];
	char other[32];
	char fresh[32];

	if (argc != 3)
		return 2;
	seed = (unsigned int)atoi(argv[2]);
	for (int i = 0; i < FILES; i++) {
		snprintf(main_name, sizeof(main_name), "f.%d", i);
		if (access(main_name, F_OK) == 0)
			continue;
		snprintf(fresh, sizeof(fresh), "n.%d", (int)getpid());
		make(fresh, i);
		if (rename(fresh, main_name) < 0)
			fail("rename", main_name);
	}
	for (int round = atoi(argv[1]); round > 0; round--) {
		int file = draw(FILES);

		snprintf(main_name, sizeof(main_name), "f.%d", file);
		snprintf(name, sizeof(name), "f.%d.%d", file, draw(NAMES));
		snprintf(other, sizeof(other), "f.%d.%d", file, draw(NAMES));
		switch (draw(6)) {
		case 0:
			expect(link(main_name, name), "link", name);
			break;
		case 1:
			expect(link(name, other), "link", other);
			break;
		case 2:
			expect(unlink(name), "unlink", name);
			break;
		case 3:
			expect(rename(name, other), "rename", other);
			break;
		case 4:
			snprintf(fresh, sizeof(fresh), "n.%d", (int)getpid());
			make(fresh, file);
			if (rename(fresh, main_name) < 0)
				fail("rename", main_name);
			break;
		default:
			check(main_name, file, 1);
			check(name, file, 0);
		}
	}
	return 0;
}
