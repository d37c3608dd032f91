/* SPDX-License-Identifier: MIT */
/* What a mount is to who is in it, after it was unmounted or covered. */
// rows: umount2 mount
#include "namespaces.h"

#include <sys/mount.h>

static long tmpfs(const char *where, const char *options)
{
	return raw(SYS_mount, "none", where, "tmpfs", 0L, options);
}

static int directory_open(const char *name)
{
	return open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static bool exists(const char *name)
{
	struct stat status;

	return lstat(name, &status) == 0;
}

/* A tmpfs with a directory and a file. */
static void fill(const char *where)
{
	char name[64];

	WORKS(tmpfs(where, NULL));
	snprintf(name, sizeof(name), "%s/d", where);
	WORKS(mkdir(name, 0755));
	snprintf(name, sizeof(name), "%s/d/file", where);
	file_make(name, "content");
}

/* Its last user keeps it. */
static void unmounted_lazily(void)
{
	int whole;

	fill("m");
	WORKS(whole = directory_open("m"));
	WORKS(chdir("m/d"));
	WORKS(umount2(absolute("m"), MNT_DETACH));
	STEP(!exists(absolute("m/d")));
	SAME("content", file_content("file"));
	file_make("more", "");
	WORKS(mkdir("below", 0755));
	WORKS(chdir("below"));
	STEP(exists("../more"));
	WORKS(chdir(absolute("")));
	WORKS(faccessat(whole, "d/below", F_OK, 0));
	/* Another one changes nothing. */
	fill("m");
	WORKS(umount2("m", MNT_DETACH));
	WORKS(faccessat(whole, "d/more", F_OK, 0));
	WORKS(unlinkat(whole, "d/more", 0));
	close(whole);
}

static void root_unmounted(void)
{
	fill("m");
	WORKS(chroot("m"));
	WORKS(umount2("m", MNT_DETACH));
	SAME("content", file_content("/d/file"));
	WORKS(mkdir("/new", 0755));
	STEP(exists("/new"));
}

/* umount(2) of what is in use. */
static void busy(void)
{
	int fd;

	fill("m");
	WORKS(fd = open("m/d/file", O_RDONLY));
	FAILS(EBUSY, umount("m"));
	close(fd);
	WORKS(fd = open("m", O_PATH));
	FAILS(EBUSY, umount("m"));
	close(fd);
	WORKS(chdir("m/d"));
	FAILS(EBUSY, umount("../../m"));
	WORKS(chdir("../.."));
	WORKS(umount("m"));
	STEP(!exists("m/d"));
}

/* A descriptor from before is of the namespace before. */
static void not_busy_in_a_copy(void)
{
	int fd = directory_open("m");

	WORKS(fd);
	WORKS(unshare(CLONE_NEWNS));
	WORKS(umount("m"));
	WORKS(faccessat(fd, "d/file", F_OK, 0));
	close(fd);
}

static void busy_elsewhere(void)
{
	fill("m");
	child_passes(not_busy_in_a_copy);
	SAME("content", file_content("m/d/file"));
	WORKS(umount("m"));
}

int main(void)
{
	scratch_open();
	WORKS(mkdir("m", 0755));
	become_root(CLONE_NEWNS);
	WORKS(raw(
		SYS_mount, NULL, "/", NULL, (long)(MS_REC | MS_PRIVATE), NULL));
	unmounted_lazily();
	child_passes(root_unmounted);
	busy();
	busy_elsewhere();
	return 0;
}
