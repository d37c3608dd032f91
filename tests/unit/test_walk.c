/* SPDX-License-Identifier: MIT */
/* Unit tests of view/: the walk along a path, its links and its limits. */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "view/build.h"
#include "view/resolve.h"
#include "tree.h"
#include "unit.h"

static struct resolution r;

static int is_guest(
	const struct viewer *viewer, int pid, struct guest_path *path)
{
	(void)viewer;
	set_guest(path, "/a/b/f");
	return pid == getpid() ? 0 : -ESRCH;
}

static struct viewer viewer;

static int resolve_at(int dirfd, const char *path, unsigned int lookup)
{
	char *copy = strdup(path); /* to be read up to its NUL only */
	int status = view_resolve(
		view, &viewer, dirfd, copy, strlen(copy), lookup, &r);

	free(copy);
	return status;
}

static bool leads_at(
	int dirfd, const char *path, unsigned int lookup, const char *below)
{
	int status = resolve_at(dirfd, path, lookup | LOOKUP_NAMED);

	if (status == 0)
		return is_host(&r.host, below);
	printf("# status %d\n", status);
	return false;
}

static bool leads(const char *path, unsigned int lookup, const char *below)
{
	return leads_at(AT_FDCWD, path, lookup, below);
}

static void test_walk(void)
{
	make_view("/root");
	check(leads("/", 0, "/root") || leads("/", 0, "/root/"),
		"/ is the root directory");
	check(leads("/a/b/f", LOOKUP_FOLLOW, "/root/a/b/f") && r.links == 0,
		"a path without symlinks");
	check(leads("//a///b/./f", LOOKUP_FOLLOW, "/root/a/b/f"),
		"with slashes and dots");
	check(leads("/../../a/../a/b", LOOKUP_FOLLOW, "/root/a/b"),
		"with .., which stop at the root");
	check(leads("/absolute/f", 0, "/root/a/b/f") && r.links == 1,
		"an absolute symlink starts at the guest's root");
	check(leads("/relative/f", 0, "/root/a/b/f"),
		"a relative one does not");
	check(leads("/relative", 0, "/root/relative") &&
			leads("/relative", LOOKUP_FOLLOW, "/root/a/b"),
		"one at the end is followed when asked for");
	check(leads("/relative/", 0, "/root/a/b/") &&
			leads("/relative/.", 0, "/root/a/b/."),
		"or when a slash or a dot follows it");
	check(leads("/slashed", LOOKUP_FOLLOW, "/root/a/b/"),
		"a slash in its text is kept");
	check(leads("/relative/../b", 0, "/root/a/b"),
		".. behind it is the target's parent");
	check(leads("/a/up", LOOKUP_FOLLOW, "/root/a/b/f"),
		".. in its text is the link's own");
	check(leads("/out", LOOKUP_FOLLOW, "/root/a"),
		"it does not lead out of the root");
	check(leads("/dangling", LOOKUP_FOLLOW, "/root/a/nothing"),
		"a dangling one leads to where a file can be made");
	check(leads("/relative", LOOKUP_PARENT, "/root/relative") &&
			leads("/relative/", LOOKUP_PARENT, "/root/relative/"),
		"a name that is made or removed is not followed");
	check(leads("/relative/", LOOKUP_CREATE | LOOKUP_FOLLOW,
		      "/root/relative/"),
		"nor is one that open(2) is to make with a slash");
}

static void test_endings(void)
{
	make_view("/root");
	check(leads("/a/b/", LOOKUP_FOLLOW, "/root/a/b/") &&
			leads("/a/b/.", LOOKUP_FOLLOW, "/root/a/b/.") &&
			leads("/f/", LOOKUP_FOLLOW, "/root/f/"),
		"endings stay as they were written");
	check(leads("/a/.", LOOKUP_PARENT, "/root/a/.") && !r.binding,
		"a dot that is to be removed stays one");
	check(leads("/a/..", LOOKUP_PARENT, "/root/a/..") && !r.binding,
		"so does a double dot");
	check(leads("/..", LOOKUP_PARENT, "/root/..") && !r.binding,
		"even at the root, which is no binding then");
}

static void test_failures(void)
{
	make_view("/root");
	check(resolve_at(AT_FDCWD, "/loop", LOOKUP_FOLLOW) == -ELOOP,
		"a loop is ELOOP");
	check(access(r.host.text.bytes, F_OK) < 0 && errno == ELOOP,
		"and the host path tells the kernel so");
	check(leads("/loop", 0, "/root/loop"), "it is itself unfollowed");
	check(resolve_at(AT_FDCWD, "/nothing/x/../../../../../f", 0) == 0 &&
			access(r.host.text.bytes, F_OK) < 0 && errno == ENOENT,
		"what is behind a missing directory is missing");
	check(resolve_at(AT_FDCWD, "/f/../f", 0) == 0 &&
			access(r.host.text.bytes, F_OK) < 0 && errno == ENOTDIR,
		"a file is no directory");
	check(resolve_at(AT_FDCWD, "/dangling/../f", 0) == 0 &&
			access(r.host.text.bytes, F_OK) < 0 && errno == ENOENT,
		"a dangling symlink none either");
}

static void test_bindings_on_the_way(void)
{
	make_view("/root");
	must(bind("/other", "/mnt", true) == 0, "bind");
	must(bind("/file", "/a/b", true) == 0, "bind");
	check(leads("/mnt", LOOKUP_FOLLOW, "/other") &&
			r.binding == binding_at("/mnt"),
		"a binding's own place is told");
	check(leads("/mnt/x", 0, "/other/x") && !r.binding,
		"what is below it is not");
	check(leads("/mnt/", LOOKUP_FOLLOW, "/other/") &&
			leads("/a/b/", LOOKUP_FOLLOW, "/file/"),
		"slashes behind bindings are kept");
	check(leads("/mnt/..", LOOKUP_FOLLOW, "/root/."),
		".. in a binding is its guest parent");
	check(leads("/mnt/abs", LOOKUP_FOLLOW, "/root/a"),
		"an absolute symlink leads out of it");
	check(leads("/mnt/back", LOOKUP_FOLLOW, "/root/a"),
		"so does .. in a symlink");
	check(leads("/to-mnt", LOOKUP_FOLLOW, "/other/x"),
		"symlinks lead into it");
	check(leads("/absolute", LOOKUP_FOLLOW, "/file"),
		"and to a file over a directory");
	check(leads("/mnt", LOOKUP_PARENT, "/other") && r.binding,
		"one that is to be removed is known as a binding");
}

/* A chain of COUNT symlinks to /f. */
static void make_chain(unsigned int count)
{
	char name[32];
	char target[32];

	for (unsigned int i = 1; i <= count; i++) {
		snprintf(name, sizeof(name), "/root/chain%u", i);
		snprintf(target, sizeof(target), "chain%u", i - 1);
		make_link(name, i > 1 ? target : "f");
	}
}

static void test_limits(void)
{
	char path[TEXT_MAX + 64] = "/";
	char name[300];

	make_view("/root");
	make_chain(41);
	check(leads("/chain40", LOOKUP_FOLLOW, "/root/f") && r.links == 40,
		"40 symlinks are followed");
	check(resolve_at(AT_FDCWD, "/chain41", LOOKUP_FOLLOW) == -ELOOP,
		"41 are not");
	memset(name, 'n', sizeof(name));
	name[255] = '\0';
	memcpy(path + 1, name, 256);
	check(resolve_at(AT_FDCWD, path, LOOKUP_FOLLOW) == 0 &&
			access(r.host.text.bytes, F_OK) < 0 && errno == ENOENT,
		"a name of 255 bytes may exist");
	strcat(path, "n");
	check(resolve_at(AT_FDCWD, path, LOOKUP_FOLLOW) == 0 &&
			access(r.host.text.bytes, F_OK) < 0 &&
			errno == ENAMETOOLONG,
		"one of 256 cannot");
	memset(path, '/', sizeof(path));
	path[TEXT_MAX - 1] = '\0';
	path[TEXT_MAX - 2] = 'a';
	check(leads(path, LOOKUP_FOLLOW, "/root/a"),
		"a path of 4095 bytes is walked");
	path[TEXT_MAX - 1] = 'a';
	path[TEXT_MAX] = '\0';
	check(resolve_at(AT_FDCWD, path, LOOKUP_FOLLOW) == -ENAMETOOLONG,
		"one of 4096 is not");
}

/* Guest paths that fit, whose host paths do not. */
static void test_alias(void)
{
	char path[TEXT_MAX] = "";
	char name[201];
	size_t length = 0;
	struct stat status;

	make_view("/root");
	memset(name, 'd', 200);
	must(chdir(host("/root")) == 0, "chdir");
	while (length < TEXT_MAX - 25) {
		size_t size = TEXT_MAX - 25 - length;

		name[size < 200 ? size : 200] = '\0';
		must(mkdir(name, 0755) == 0 && chdir(name) == 0, "deep");
		length += (size_t)sprintf(path + length, "/%s", name);
	}
	check(resolve_at(AT_FDCWD, path, LOOKUP_FOLLOW) == 0 &&
			strncmp(r.host.text.bytes, "/proc/", 6) == 0 &&
			stat(r.host.text.bytes, &status) == 0,
		"a host path that is too long starts with an alias");
	check(stat(view->bindings[0]->alias->text.bytes, &status) == 0 &&
			S_ISDIR(status.st_mode),
		"which is the directory");
	must(chdir("/") == 0, "chdir");
}

static void test_relative(void)
{
	int fd;

	make_view("/root");
	must(bind("/other", "/mnt", true) == 0, "bind");
	must(chdir(host("/root/a")) == 0, "chdir");
	check(leads("b/f", 0, "/root/a/b/f"),
		"paths start where the viewer is");
	check(leads("../f", 0, "/root/f"), "and lead up from there");
	check(leads("../mnt/x", 0, "/other/x"), "and into bindings");
	fd = open(host("/other"), O_PATH | O_DIRECTORY);
	check(leads_at(fd, "x", 0, "/other/x") &&
			leads_at(fd, "../f", 0, "/root/f"),
		"or where a descriptor is");
	check(resolve_at(fd, "x", LOOKUP_FOLLOW) == 0 && r.is_untouched,
		"a plain path is left to the kernel");
	check(resolve_at(fd, "abs", 0) == 0 && r.is_untouched,
		"so is a symlink that is not followed");
	check(resolve_at(fd, "abs", LOOKUP_FOLLOW) == 0 && !r.is_untouched,
		"one that is followed is not");
	check(resolve_at(fd, "../a", 0) == 0 && !r.is_untouched,
		"nor is one with ..");
	check(resolve_at(AT_FDCWD, "mnt", 0) == 0 && !r.is_untouched,
		"nor one with a binding's name");
	check(resolve_at(fd, "/a", 0) == 0 && !r.is_untouched,
		"nor an absolute one");
	close(fd);
	check(resolve_at(fd, "x", 0) == 0 && r.is_untouched,
		"a closed descriptor is the kernel's to refuse");
	must(chdir("/") == 0, "chdir");
}

static bool exists(void)
{
	return r.is_untouched || access(r.host.text.bytes, F_OK) == 0;
}

static void test_islands(void)
{
	make_view("/root");
	make_directory("/root/gone");
	must(chdir(host("/root/gone")) == 0, "chdir");
	must(rmdir(host("/root/gone")) == 0, "rmdir");
	check(resolve_at(AT_FDCWD, ".", LOOKUP_FOLLOW | LOOKUP_NAMED) == 0 &&
			!r.has_guest && exists(),
		"a removed directory is an island");
	check(resolve_at(AT_FDCWD, "x", LOOKUP_FOLLOW | LOOKUP_NAMED) == 0 &&
			!exists(),
		"with nothing in it");
	check(resolve_at(AT_FDCWD, "/f", LOOKUP_FOLLOW) == 0 && r.has_guest &&
			is_host(&r.host, "/root/f"),
		"from which the root can be reached");
	must(chdir(host("/other")) == 0, "chdir");
	check(resolve_at(AT_FDCWD, "x", LOOKUP_FOLLOW | LOOKUP_NAMED) == 0 &&
			!r.has_guest && exists(),
		"so is one that no guest path leads to");
	check(resolve_at(AT_FDCWD, "abs", LOOKUP_FOLLOW) == 0 &&
			is_host(&r.host, "/root/a"),
		"whose symlinks lead into the view");
	must(chdir("/") == 0, "chdir");
}

/* Down to where no path leads, and back up. */
static void test_depth(void)
{
	char name[256];
	unsigned int depth = 0;
	char up[3 * 20 + 1] = "";

	make_view("/root");
	memset(name, 'n', 255);
	name[255] = '\0';
	must(chdir(host("/root/a")) == 0, "chdir");
	for (; depth < 18; depth++)
		must(mkdir(name, 0755) == 0 && chdir(name) == 0, "deep");
	check(resolve_at(AT_FDCWD, ".", LOOKUP_FOLLOW | LOOKUP_NAMED) == 0 &&
			!r.has_guest && exists(),
		"a directory that is too deep is an island");
	for (unsigned int i = 0; i < depth; i++)
		strcat(up, "../");
	check(leads(up, LOOKUP_FOLLOW, "/root/a/.") ||
			leads(up, LOOKUP_FOLLOW, "/root/a"),
		".. leads back to where there are names");
	check(leads("../../../../../../../../../../../../../../../../../../../"
		    "../../../../f",
		      0, "/root/f"),
		"and stops at the root");
	viewer.program = is_guest;
	check(leads("/proc/self/cwd/../../../../../../../../../../../../../.."
		    "/../../../../../../../../../f",
		      0, "/root/proc/self/cwd/f") ||
			!exists(),
		"without /proc there is no other way");
	must(bind("/../../proc", "/proc", true) == 0, "bind");
	check(leads("/proc/self/cwd/../../../../../../../../../../../../../.."
		    "/../../../../../../../../../f",
		      0, "/root/f"),
		"through /proc it is the same");
	viewer.program = NULL;
	while (depth-- > 0)
		must(chdir("..") == 0 && rmdir(name) == 0, "up");
	must(chdir("/") == 0, "chdir");
}

static void test_base(void)
{
	make_view("/root");
	must(bind("/other", "/a/b", true) == 0, "bind");
	text_set(&view->base.text, "/a", 2);
	check(leads("/b/x", 0, "/other/x") && leads("/../b/x", 0, "/other/x"),
		"below a chroot, / is its root");
	check(leads("/b/abs", LOOKUP_FOLLOW, "/root/a/a"), "for symlinks, too");
	must(chdir(host("/root")) == 0, "chdir");
	check(leads("../f", 0, "/root/f"),
		"a directory above it leads up to the top");
	must(chdir("/") == 0, "chdir");
}

static void test_proc_walk(void)
{
	char text[64];
	int fd;

	make_view("/root");
	make_directory("/root/proc");
	must(bind("/../../proc", "/proc", true) == 0, "bind");
	must(chdir(host("/root/a")) == 0, "chdir");
	viewer.program = is_guest;
	check(leads("/proc/self/cwd/b", 0, "/root/a/b") && r.magic_links == 1,
		"/proc/self/cwd leads to the viewer's directory");
	check(leads("/proc/self/cwd/../f", 0, "/root/f"), "and up from it");
	check(leads("/proc/thread-self/root/f", 0, "/root/f"),
		"/proc/thread-self/root to the guest's root");
	check(leads("/proc/self/exe", LOOKUP_FOLLOW, "/root/a/b/f"),
		"/proc/self/exe to the guest's program");
	fd = open(host("/root/a/b"), O_PATH | O_DIRECTORY);
	snprintf(text, sizeof(text), "/proc/self/fd/%d/f", fd);
	check(leads(text, 0, "/root/a/b/f"), "/proc/self/fd/N to a directory");
	snprintf(text, sizeof(text), "/proc/self/fd/%d/", fd);
	check(resolve_at(AT_FDCWD, text, 0) == 0 &&
			r.host.text.bytes[r.host.text.length - 1] == '/' &&
			exists(),
		"a slash behind a magic link is kept");
	close(fd);
	check(resolve_at(AT_FDCWD, "/proc/self/cwd", 0) == 0 && r.links == 1 &&
			r.magic_links == 0,
		"at the end, a magic link can be itself");
	viewer.program = NULL;
	must(chdir("/") == 0, "chdir");
}

int main(void)
{
	viewer.pid = viewer.tid = getpid();
	make_tree();
	test_walk();
	test_endings();
	test_failures();
	test_bindings_on_the_way();
	test_limits();
	test_alias();
	test_relative();
	test_islands();
	test_depth();
	test_base();
	test_proc_walk();
	remove_tree();
	return unit_end();
}
