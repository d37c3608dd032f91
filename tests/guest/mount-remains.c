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
	WORKS(unlink("m/d/file"));
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

static const char *link_text(const char *link)
{
	static char text[PATH_MAX];
	ssize_t size = readlink(link, text, sizeof(text) - 1);

	text[size < 0 ? 0 : size] = '\0';
	return text;
}

static const char *descriptor_text(int fd)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return link_text(link);
}

/* The system call's answer: a libc makes an error of "(unreachable)". */
static const char *directory_text(void)
{
	static char text[PATH_MAX];

	return raw(SYS_getcwd, text, sizeof(text)) < 0 ? "" : text;
}

static bool maps_tell(const char *path)
{
	char line[PATH_MAX + 128];
	FILE *maps = fopen("/proc/self/maps", "r");
	bool is_found = false;

	while (maps && fgets(line, sizeof(line), maps)) {
		line[strcspn(line, "\n")] = '\0';
		is_found |= strchr(line, '/') &&
			    strcmp(strchr(line, '/'), path) == 0;
	}
	if (maps)
		fclose(maps);
	return is_found;
}

/* A covered mount has the name that it had; one that is gone, its own. */
static void names(void)
{
	int file;
	int whole;
	void *mapped;

	fill("m");
	WORKS(whole = directory_open("m"));
	WORKS(file = open("m/d/file", O_RDONLY));
	mapped = mmap(NULL, 1, PROT_READ, MAP_PRIVATE, file, 0);
	STEP(mapped != MAP_FAILED);
	WORKS(chdir("m/d"));
	WORKS(tmpfs(absolute("m"), NULL));
	SAME(absolute("m/d"), directory_text());
	SAME(absolute("m/d"), link_text("/proc/self/cwd"));
	SAME(absolute("m"), descriptor_text(whole));
	SAME(absolute("m/d/file"), descriptor_text(file));
	STEP(maps_tell(absolute("m/d/file")));
	WORKS(unlink("file"));
	SAME(absolute("m/d/file (deleted)"), descriptor_text(file));
	WORKS(umount2(absolute("m"), MNT_DETACH));
	SAME(absolute("m/d"), directory_text());
	WORKS(umount2(absolute("m"), MNT_DETACH));
	SAME("(unreachable)/d", directory_text());
	SAME("/d", link_text("/proc/self/cwd"));
	SAME("/", descriptor_text(whole));
	SAME("/d/file (deleted)", descriptor_text(file));
	STEP(maps_tell("/d/file (deleted)"));
	WORKS(fchdir(whole));
	SAME("(unreachable)/", directory_text());
	WORKS(chdir(absolute("")));
	munmap(mapped, 1);
	close(file);
	close(whole);
}

static void name_outside_of_root(void)
{
	char expected[PATH_MAX];

	fill("m");
	snprintf(
		expected, sizeof(expected), "(unreachable)%s", absolute("m/d"));
	WORKS(mkdir("m/root", 0755));
	WORKS(chdir("m/d"));
	WORKS(chroot("../root"));
	SAME(expected, directory_text());
}

/* "..", in what others cover, goes up in there, and then onto what covers it.
 */
static void goes_up(void)
{
	WORKS(mkdir("m/sub", 0755));
	WORKS(mkdir("m/sub/deep", 0755));
	WORKS(chdir("m/sub/deep"));
	WORKS(tmpfs(absolute("m"), NULL));
	file_make(absolute("m/first"), "");
	STEP(exists("../deep"));
	STEP(!exists("../../sub"));
	STEP(exists("../../first"));
	STEP(exists("../../../m/first"));
	WORKS(chdir(absolute("m")));
	WORKS(tmpfs(absolute("m"), NULL));
	file_make(absolute("m/second"), "");
	STEP(exists("first"));
	STEP(exists("../m/second"));
	WORKS(chdir(".."));
	STEP(exists("m/second"));
	WORKS(umount("m"));
	WORKS(umount("m"));
	WORKS(rmdir("m/sub/deep"));
	WORKS(rmdir("m/sub"));
}

/* The same from a mount on what is covered. */
static void goes_up_from_below(void)
{
	int deep;

	fill("m");
	WORKS(mkdir("m/n", 0755));
	WORKS(mkdir("m/d/n", 0755));
	WORKS(tmpfs("m/n", NULL));
	WORKS(tmpfs("m/d/n", NULL));
	WORKS(deep = directory_open("m/d/n"));
	WORKS(chdir("m/n"));
	WORKS(tmpfs(absolute("m"), NULL));
	file_make(absolute("m/top"), "");
	STEP(exists("../top"));
	STEP(!exists("../d"));
	SAME(absolute("m/n"), directory_text());
	WORKS(faccessat(deep, "../file", F_OK, 0));
	WORKS(faccessat(deep, "../../top", F_OK, 0));
	WORKS(fchdir(deep));
	SAME(absolute("m/d/n"), directory_text());
	WORKS(chdir(".."));
	SAME(absolute("m/d"), directory_text());
	SAME("content", file_content("file"));
	WORKS(chdir(".."));
	STEP(exists("top"));
	WORKS(chdir(".."));
	close(deep);
	WORKS(umount("m"));
	WORKS(umount2("m", MNT_DETACH));
}

/* Down again, by a name or by more. */
static void goes_down(void)
{
	WORKS(tmpfs("m", NULL));
	WORKS(mkdir("m/d", 0755));
	WORKS(mkdir("m/d/n", 0755));
	fill("m/d/n");
	WORKS(chdir("m"));
	WORKS(tmpfs(absolute("m"), NULL));
	SAME("content", file_content("d/n/d/file"));
	FAILS(EBUSY, rmdir("d/n"));
	WORKS(chdir("d"));
	SAME("content", file_content("n/d/file"));
	WORKS(chdir("n"));
	SAME(absolute("m/d/n"), directory_text());
	STEP(exists("d/file"));
	STEP(exists("../n/d"));
	WORKS(chdir(absolute("")));
	WORKS(umount("m"));
	WORKS(umount2("m", MNT_DETACH));
}

/* There is nothing above what is mounted nowhere. */
static void goes_no_further(void)
{
	fill("m");
	WORKS(chdir("m/d"));
	WORKS(umount2(absolute("m"), MNT_DETACH));
	STEP(exists("../d/file"));
	STEP(exists("../../../d/file"));
	STEP(exists("../.././d"));
	WORKS(chdir("../.."));
	SAME("(unreachable)/", directory_text());
	STEP(exists("../d"));
	WORKS(chdir(absolute("")));
}

/* What is mounted in there is where the current directory is. */
static void is_mounted_on(void)
{
	fill("m");
	WORKS(mkdir("m/d/deep", 0755));
	WORKS(chdir("m/d/deep"));
	WORKS(tmpfs(absolute("m"), NULL));
	WORKS(tmpfs(".", NULL));
	file_make("../deep/new", "");
	STEP(!exists("new"));
	file_make(absolute("b/in-b"), "");
	WORKS(raw(SYS_mount, absolute("b"), ".", NULL, (long)MS_BIND, NULL));
	STEP(exists("../deep/in-b"));
	WORKS(unlink(absolute("b/in-b")));
	WORKS(umount("../deep"));
	STEP(exists("../deep/new"));
	FAILS(ENOTDIR,
		raw(SYS_mount, "../file", ".", NULL, (long)MS_BIND, NULL));
	WORKS(umount("."));
	STEP(!exists("../deep/new"));
	FAILS(EINVAL, umount("."));
	FAILS(EINVAL, umount("../deep"));
	WORKS(chdir(absolute("")));
	WORKS(umount("m"));
	WORKS(chdir("m"));
	FAILS(EBUSY, umount("."));
	WORKS(tmpfs(absolute("m"), NULL));
	WORKS(umount("."));
	FAILS(EBUSY, umount("."));
	WORKS(tmpfs(absolute("m"), NULL));
	WORKS(umount2(".", MNT_DETACH));
	WORKS(umount2(".", MNT_DETACH));
	FAILS(EINVAL, umount2(".", MNT_DETACH));
	WORKS(chdir(absolute("")));
}

static long bind_descriptor(int fd, const char *where)
{
	char link[64];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	return raw(SYS_mount, link, where, NULL, (long)MS_BIND, NULL);
}

/* By a descriptor, what is covered can be mounted anew. */
static void is_bound(void)
{
	int fd;

	fill("m");
	WORKS(fd = directory_open("m/d"));
	WORKS(tmpfs("m", NULL));
	WORKS(bind_descriptor(fd, "b"));
	SAME("content", file_content("b/file"));
	WORKS(umount("m"));
	close(fd);
	WORKS(umount("m"));
	SAME("content", file_content("b/file"));
	WORKS(fd = directory_open("b"));
	FAILS(EBUSY, umount("b"));
	WORKS(umount2("b", MNT_DETACH));
	FAILS(EINVAL, bind_descriptor(fd, "b"));
	close(fd);
}

/* As switch_root(8): the new root is mounted over the old one. */
static void becomes_root(void)
{
	WORKS(unshare(CLONE_NEWNS));
	WORKS(tmpfs("m", NULL));
	WORKS(mkdir("m/below", 0755));
	fill("m/below");
	WORKS(chdir("m"));
	WORKS(raw(SYS_mount, ".", "/", NULL, (long)MS_MOVE, NULL));
	STEP(!exists("/below"));
	WORKS(chroot("."));
	SAME("content", file_content("/below/d/file"));
	STEP(!exists("/proc"));
	SAME("/", directory_text());
	WORKS(chdir(".."));
	STEP(exists("below/d"));
}

int main(void)
{
	scratch_open();
	WORKS(mkdir("m", 0755));
	WORKS(mkdir("b", 0755));
	become_root(CLONE_NEWNS);
	WORKS(raw(
		SYS_mount, NULL, "/", NULL, (long)(MS_REC | MS_PRIVATE), NULL));
	unmounted_lazily();
	child_passes(root_unmounted);
	busy();
	busy_elsewhere();
	names();
	child_passes(name_outside_of_root);
	goes_up();
	goes_up_from_below();
	goes_down();
	goes_no_further();
	is_mounted_on();
	is_bound();
	child_passes(becomes_root);
	return 0;
}
