/* SPDX-License-Identifier: MIT */
/* Parents of bindings exist for stat, open, chdir and in every listing. */
// rows: getdents getdents64 stat open newfstatat=fstatat chdir getcwd
// options: -b /dev/null:/mnt/ghost/deep/null -b /etc:/etc/bound -b /etc:/e/x/y
// guest only
#include "probe.h"

struct old {
	unsigned long ino, off;
	unsigned short reclen;
	char name[];
} __attribute__((packed));

static int count64(const char *path, const char *name, size_t room)
{
	char buffer[4096];
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	int count = 0;
	long size;

	if (fd < 0)
		return -1;
	while ((size = raw(SYS_getdents64, fd, buffer, room)) > 0)
		for (long at = 0; at < size;) {
			struct entry *entry = (struct entry *)(buffer + at);

			count += strcmp(entry->name, name) == 0;
			at += entry->reclen;
		}
	close(fd);
	return size < 0 ? -1 : count;
}

static int count(const char *path, const char *name, size_t room)
{
	char buffer[4096];
	int fd = open(path, O_RDONLY | O_DIRECTORY);
	int names = 0;
	long size;

	if (fd < 0)
		return -1;
	while ((size = raw(SYS_getdents, fd, buffer, room)) > 0)
		for (long at = 0; at < size;) {
			struct old *entry = (struct old *)(buffer + at);

			names += strcmp(entry->name, name) == 0;
			at += entry->reclen;
		}
	close(fd);
	return size < 0 ? -1 : names;
}

static void is_listed(const char *path, const char *name)
{
	EQUAL(1, count64(path, name, 4096));
	EQUAL(1, count64(path, name, 64));
	EQUAL(1, count(path, name, 4096));
	EQUAL(1, count(path, name, 64));
	EQUAL(1, count64(path, ".", 64));
	EQUAL(1, count64(path, "..", 64));
}

/* Reading goes on where it stopped, and begins again after a rewind. */
static void rewinds(void)
{
	char buffer[4096];
	long first;
	int fd;

	WORKS(fd = open("/mnt", O_RDONLY));
	first = raw(SYS_getdents64, fd, buffer, sizeof(buffer));
	STEP(first > 0);
	while (raw(SYS_getdents64, fd, buffer, sizeof(buffer)) > 0)
		;
	EQUAL(0, raw(SYS_getdents64, fd, buffer, sizeof(buffer)));
	EQUAL(0, lseek(fd, 0, SEEK_SET));
	EQUAL(first, raw(SYS_getdents64, fd, buffer, sizeof(buffer)));
	close(fd);
}

/* A copy of a descriptor shares its place in the listing. */
static void copies(void)
{
	char buffer[4096];
	int fd;
	int copy;

	if (older_than(3, 5))
		return; /* no kcmp(2) to tell it by */
	WORKS(fd = open("/mnt", O_RDONLY));
	WORKS(copy = dup(fd));
	while (raw(SYS_getdents64, fd, buffer, sizeof(buffer)) > 0)
		;
	EQUAL(0, raw(SYS_getdents64, copy, buffer, sizeof(buffer)));
	close(fd);
	EQUAL(0, lseek(copy, 0, SEEK_SET));
	STEP(raw(SYS_getdents64, copy, buffer, sizeof(buffer)) > 0);
	close(copy);
	/* The number comes back for another directory. */
	WORKS(fd = open("/mnt", O_RDONLY));
	while (raw(SYS_getdents64, fd, buffer, sizeof(buffer)) > 0)
		;
	close(fd);
	EQUAL(fd, open("/etc", O_RDONLY));
	STEP(raw(SYS_getdents64, fd, buffer, sizeof(buffer)) > 0);
	close(fd);
}

static void are_directories(void)
{
	char where[PATH_MAX];
	struct stat status;
	int fd;

	WORKS(stat("/mnt/ghost", &status));
	STEP(S_ISDIR(status.st_mode));
	WORKS(lstat("/mnt/ghost/deep", &status));
	STEP(S_ISDIR(status.st_mode));
	WORKS(stat("/mnt/ghost/deep/null", &status));
	STEP(S_ISCHR(status.st_mode));
	WORKS(stat("/mnt/ghost/deep/../deep/null", &status));
	WORKS(chdir("/mnt/ghost/deep"));
	SAME("/mnt/ghost/deep", getcwd(where, sizeof(where)));
	WORKS(stat("null", &status));
	WORKS(chdir(".."));
	SAME("/mnt/ghost", getcwd(where, sizeof(where)));
	WORKS(stat("deep/null", &status));
	WORKS(fd = open(".", O_RDONLY));
	WORKS(fstatat(fd, "deep/null", &status, 0));
	WORKS(fstatat(fd, "../ghost/deep/null", &status, 0));
	WORKS(fstatat(fd, "../../mnt/ghost", &status, 0));
	close(fd);
	WORKS(chdir("../.."));
	SAME("/", getcwd(where, sizeof(where)));
	FAILS(ENOENT, stat("/mnt/ghost/missing", &status));
	FAILS(ENOENT, stat("/mnt/ghost/deep/missing", &status));
	FAILS(ENOTDIR, stat("/mnt/ghost/deep/null/x", &status));
	FAILS(EEXIST, mkdir("/mnt/ghost", 0755));
	FAILS(EEXIST, mkdir("/mnt/ghost/deep", 0755));
	STEP(rmdir("/mnt/ghost/deep") < 0);
	STEP(rename("/mnt/ghost", "/tmp/ghost") < 0);
	WORKS(stat("/mnt/ghost/deep/null", &status));
}

int main(void)
{
	is_listed("/mnt", "ghost");
	is_listed("/mnt/ghost", "deep");
	is_listed("/mnt/ghost/deep", "null");
	is_listed("/etc", "bound");
	is_listed("/etc", "passwd");
	is_listed("/", "e");
	is_listed("/e", "x");
	is_listed("/e/x", "y");
	rewinds();
	copies();
	are_directories();
	return 0;
}
