/* SPDX-License-Identifier: MIT */
/* Unit tests of view/: making views, mapping both ways, and the path walk. */
/*
 * They work in a temporary directory: TOP/root is the guest's root, TOP/other
 * and TOP/file are bound into it. A host path is told without TOP.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "view/build.h"
#include "view/procfs.h"
#include "view/resolve.h"
#include "unit.h"

/* Views are made once and never freed. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static char top[] = "/tmp/test_paths.XXXXXX";
static struct view *view;
static struct resolution r;

/* A path below TOP; two take turns. */
static const char *host(const char *path)
{
	static char buffers[2][8192];
	static unsigned int turn;
	char *buffer = buffers[++turn % 2];

	snprintf(buffer, sizeof(buffers[0]), "%s%s", top, path);
	return buffer;
}

static void must(bool holds, const char *what)
{
	if (holds)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static void make_directory(const char *path)
{
	must(mkdir(host(path), 0755) == 0, path);
}

static void make_file(const char *path)
{
	int fd = open(host(path), O_WRONLY | O_CREAT, 0644);

	must(fd >= 0, path);
	close(fd);
}

static void make_link(const char *path, const char *target)
{
	must(symlink(target, host(path)) == 0, path);
}

static void make_tree(void)
{
	make_directory("/root");
	make_directory("/root/a");
	make_directory("/root/a/b");
	make_file("/root/a/b/f");
	make_directory("/root/mnt");
	make_file("/root/f");
	make_link("/root/absolute", "/a/b");
	make_link("/root/relative", "a/b");
	make_link("/root/a/up", "../a/b/f");
	make_link("/root/slashed", "a/b/");
	make_link("/root/dangling", "a/nothing");
	make_link("/root/loop", "loop");
	make_link("/root/out", "/../../../../a");
	make_link("/root/to-mnt", "/mnt/x");
	make_directory("/other");
	make_directory("/other/x");
	make_link("/other/abs", "/a");
	make_link("/other/back", "../a");
	make_file("/file");
}

static struct view *make_view(const char *root)
{
	must(view_create(host(root), &view) == 0, "view_create");
	return view;
}

static int bind(const char *path, const char *guest, bool follow)
{
	char source[4096];

	snprintf(source, sizeof(source), "%s", host(path));
	return view_bind(view, source, guest, follow);
}

static void set_guest(struct guest_path *path, const char *text)
{
	text_set(&path->text, text, strlen(text));
}

static const struct binding *binding_at(const char *guest)
{
	struct guest_path path;

	set_guest(&path, guest);
	return view_binding_at(view, &path);
}

static bool is_host(const struct host_path *path, const char *below)
{
	if (text_is(&path->text, host(below)))
		return true;
	printf("# %s\n", path->text.bytes);
	return false;
}

static bool maps(const char *guest, const char *below)
{
	struct guest_path path;
	struct host_path mapped;

	set_guest(&path, guest);
	return view_map(view, &path, &mapped) == 0 && is_host(&mapped, below);
}

/* --- Paths as text --- */

static void test_join(void)
{
	struct text text;
	struct text prefix;
	char name[TEXT_MAX];

	text_set(&text, "/", 1);
	check(path_join(&text, "a", 1) == 0 && text_is(&text, "/a"),
		"a name joins the root directory");
	check(path_join(&text, "b/c", 3) == 0 && text_is(&text, "/a/b/c"),
		"names join a directory");
	path_remove_last(&text);
	check(text_is(&text, "/a/b") && !strcmp(path_last(&text), "b"),
		"the last one is removed");
	text_set(&prefix, "/a", 2);
	check(!strcmp(path_below(&text, &prefix), "/b"), "/a/b is below /a");
	text_set(&text, "/ab", 3);
	check(!path_below(&text, &prefix), "/ab is not");
	text_set(&text, "/a", 2);
	check(!strcmp(path_below(&text, &prefix), ""), "/a is /a");
	text_set(&prefix, "/", 1);
	check(!strcmp(path_below(&text, &prefix), "/a"), "all is below /");
	check(!strcmp(path_below(&prefix, &prefix), ""), "/ is /");
	path_remove_last(&text);
	path_remove_last(&text);
	check(text_is(&text, "/"), "nothing is above /");
	memset(name, 'n', sizeof(name));
	check(path_join(&text, name, TEXT_MAX - 2) == 0 &&
			text.length == TEXT_MAX - 1,
		"a path of 4095 bytes fits");
	text_set(&text, "/", 1);
	check(path_join(&text, name, TEXT_MAX - 1) == -ENAMETOOLONG &&
			text_is(&text, "/"),
		"one of 4096 does not, and changes nothing");
}

/* --- Making views --- */

static void test_create(void)
{
	check(view_create(host("/root/f"), &view) == -ENOTDIR && !view,
		"a file is no root directory");
	check(view_create(host("/nothing"), &view) == -ENOENT && !view,
		"what is missing is none");
	make_view("/root/relative/..");
	check(is_host(view->bindings[0]->host, "/root/a"),
		"the root's own path is resolved");
	check(view->bindings[0]->kind == BINDING_ROOT && view->count == 1,
		"it is the first binding");
}

static void test_order(void)
{
	make_view("/root");
	check(bind("/other", "/mnt", true) == 0 && maps("/mnt/x", "/other/x"),
		"a binding hides what is under it");
	check(bind("/root/a", "/mnt/x", true) == 0 &&
			maps("/mnt/x/b", "/root/a/b") &&
			maps("/mnt/y", "/other/y"),
		"a deeper one hides part of it");
	check(bind("/file", "/mnt/x", true) == 0 && view->count == 3 &&
			maps("/mnt/x", "/file"),
		"of two at one place, the last wins");
	make_view("/root");
	check(bind("/file", "/mnt/x", true) == 0 &&
			bind("/other", "/mnt", true) == 0 &&
			maps("/mnt/x", "/file") && maps("/mnt/y", "/other/y"),
		"the deepest wins in any order");
	check(maps("/mntx", "/root/mntx"), "a longer name is not hidden");
	check(bind("/nothing", "/mnt", true) == -ENOENT,
		"what is missing is not bound");
	check(bind("/other", "/", true) == 0 && maps("/x", "/other/x") &&
			view->count == 3,
		"the root directory can be bound, too");
}

static void test_spellings(void)
{
	make_view("/root");
	check(bind("/other", "//a/./../absolute/", true) == 0 &&
			binding_at("/a/b"),
		"a guest path is resolved first");
	check(bind("/other", "/relative", false) == 0 &&
			binding_at("/relative"),
		"with !, a symlink is hidden");
	check(bind("/other", "/slashed//", false) == 0 &&
			binding_at("/slashed"),
		"whatever slashes follow it");
	check(bind("/other", "/dangling", true) == 0 &&
			binding_at("/a/nothing"),
		"a dangling one leads to where it leads");
	check(bind("/other", "/loop", true) == -ELOOP, "a loop leads nowhere");
	check(bind("/other", "/out/x", true) == 0 && binding_at("/a/x"),
		".. in a symlink stops at the guest's root");
	check(bind("/root/a", "/relative/abs/y", true) == 0 &&
			binding_at("/a/y"),
		"symlinks of bindings given before are followed");
}

static bool has_ghost(const char *directory, const char *name)
{
	struct guest_path path;
	unsigned int at = 0;
	const struct binding *ghost;

	set_guest(&path, directory);
	while ((ghost = view_next_ghost(view, &path, &at)))
		if (!strcmp(path_last(&ghost->guest->text), name))
			return true;
	return false;
}

static void test_glue(void)
{
	struct stat status;
	char glue[2 * TEXT_MAX];
	struct guest_path path;
	struct host_path mapped;

	make_view("/root");
	must(bind("/other", "/mnt", true) == 0, "bind");
	must(bind("/file", "/new", true) == 0, "bind");
	must(bind("/other", "/p/q/r", true) == 0, "bind");
	must(bind("/file", "/p/s", true) == 0, "bind");
	check(view_complete(view, top) == 0, "bindings get places to hang");
	check(!has_ghost("/", "mnt"), "what exists is no ghost");
	check(has_ghost("/", "new") && !has_ghost("/a", "new"),
		"what does not is one, in its own directory");
	check(has_ghost("/", "p") && binding_at("/p")->kind == BINDING_GLUE,
		"so is a missing parent");
	check(!binding_at("/p/q"), "which holds the next one itself");
	set_guest(&path, "/p/q/r");
	path_remove_last(&path.text);
	check(view_map(view, &path, &mapped) == 0 &&
			stat(mapped.text.bytes, &status) == 0 &&
			S_ISDIR(status.st_mode) &&
			(status.st_mode & 0777) == 0555,
		"glue is real, and nothing is made in it");
	snprintf(glue, sizeof(glue), "%s/r", mapped.text.bytes);
	check(stat(glue, &status) == 0 && S_ISDIR(status.st_mode),
		"a binding's own name is there");
	check(!has_ghost("/p", "q") && !has_ghost("/p", "s"),
		"and therefore no ghost");
	check(access(host("/root/p"), F_OK) < 0 &&
			access(host("/root/new"), F_OK) < 0,
		"the root file system is left alone");
	view_clean_up();
	check(access(glue, F_OK) < 0, "glue goes away");
}

/* --- Mapping back --- */

static bool detranslates(const char *below, const char *guest)
{
	struct host_path path;
	struct guest_path answer;
	const char *text = host(below);

	text_set(&path.text, text, strlen(text));
	if (view_detranslate_top(view, &path, &answer) < 0 ||
		view_below_base(view, &answer) < 0)
		return !guest;
	if (guest && text_is(&answer.text, guest))
		return true;
	printf("# %s\n", answer.text.bytes);
	return false;
}

/* What getcwd(2) would say: also of what is hidden. */
static bool names(const char *below, const char *guest)
{
	struct host_path path;
	struct guest_path answer;
	const char *text = host(below);

	text_set(&path.text, text, strlen(text));
	return view_detranslate(view, &path, &answer) == 0 &&
	       text_is(&answer.text, guest);
}

static void test_detranslate(void)
{
	make_view("/root");
	must(bind("/other", "/mnt", true) == 0, "bind");
	must(bind("/file", "/mnt/x", true) == 0, "bind");
	check(detranslates("/root", "/") && detranslates("/root/a", "/a"),
		"host paths below the root have guest paths");
	check(detranslates("/other", "/mnt") &&
			detranslates("/other/y", "/mnt/y") &&
			detranslates("/file", "/mnt/x"),
		"so have those below bindings");
	check(detranslates("/other/x", NULL) && detranslates("/root/mnt", NULL),
		"what a binding hides has none");
	check(names("/root/mnt", "/mnt") && !names("/otherwise", "/otherwise"),
		"but a name can be told for it");
	check(detranslates("/otherwise", NULL) && detranslates("", NULL),
		"what is elsewhere has none");
	must(bind("/root/a", "/mnt/y", true) == 0, "bind");
	check(detranslates("/root/a/b", "/mnt/y/b"),
		"of two ways, the binding's is told");
	text_set(&view->base.text, "/mnt", 4);
	check(detranslates("/other", "/") && detranslates("/other/z", "/z") &&
			detranslates("/file", "/x"),
		"below a chroot, paths start at its root");
	check(detranslates("/root/f", NULL), "what is above it has none");
}

static void test_names(void)
{
	struct guest_path path;

	make_view("/root");
	must(bind("/other", "/mnt", true) == 0, "bind");
	check(view_binds_name(view, "mnt", 3) &&
			!view_binds_name(view, "mn", 2),
		"the names of bindings are known");
	set_guest(&path, "/mnt/x");
	check(view_find_binding(view, &path) == binding_at("/mnt") &&
			!view_binding_at(view, &path),
		"a path falls in the binding above it");
}

/* --- The walk --- */

static bool no_program(int pid, struct guest_path *path)
{
	(void)pid;
	(void)path;
	return false;
}

static bool is_guest(int pid, struct guest_path *path)
{
	set_guest(path, "/a/b/f");
	return pid == getpid();
}

static struct viewer viewer = {.program = no_program};

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
	viewer.program = no_program;
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

/* --- /proc --- */

static bool entry_is(const char *path, enum proc_kind kind, int pid)
{
	struct host_path name;
	struct proc_entry entry;

	text_set(&name.text, path, strlen(path));
	entry = proc_entry(&name);
	return entry.kind == kind && (pid < 0 || entry.pid == pid);
}

static void test_proc_entries(void)
{
	check(entry_is("/proc/self", PROC_SELF, -1) &&
			entry_is("/proc/thread-self", PROC_THREAD_SELF, -1),
		"self and thread-self");
	check(entry_is("/proc/12/exe", PROC_EXE, 12) &&
			entry_is("/proc/12/cwd", PROC_CWD, 12) &&
			entry_is("/proc/12/root", PROC_ROOT, 12),
		"exe, cwd and root");
	check(entry_is("/proc/12/task/34/exe", PROC_EXE, 12),
		"those of a thread");
	check(entry_is("/proc/1/fd/0", PROC_FD, 1) &&
			entry_is("/proc/1/map_files/1-2", PROC_MAP_FILE, 1) &&
			entry_is("/proc/1/ns/net", PROC_NAMESPACE, 1),
		"fd, map_files and ns");
	check(entry_is("/proc/1/maps", PROC_MAPS, 1) &&
			entry_is("/proc/1/mounts", PROC_MOUNTS, 1) &&
			entry_is("/proc/1/mountinfo", PROC_MOUNTINFO, 1) &&
			entry_is("/proc/1/status", PROC_STATUS, 1),
		"files with a version of ours");
	check(entry_is("/proc/1", PROC_NONE, -1) &&
			entry_is("/proc/1/", PROC_NONE, -1) &&
			entry_is("/proc/", PROC_NONE, -1) &&
			entry_is("/proc", PROC_NONE, -1) &&
			entry_is("/process/1/exe", PROC_NONE, -1) &&
			entry_is("/x/proc/1/exe", PROC_NONE, -1),
		"other names are none of them");
	check(entry_is("/proc/1/fd", PROC_NONE, -1) &&
			entry_is("/proc/1/fd/", PROC_NONE, -1) &&
			entry_is("/proc/1/fd/3/x", PROC_NONE, -1) &&
			entry_is("/proc/1/cwd/x", PROC_NONE, -1) &&
			entry_is("/proc/1/cwd/", PROC_NONE, -1) &&
			entry_is("/proc/1/exes", PROC_NONE, -1),
		"nor is what is above or below them");
	check(entry_is("/proc/1/task/exe", PROC_NONE, -1) &&
			entry_is("/proc/x/exe", PROC_NONE, -1) &&
			entry_is("/proc/-1/exe", PROC_NONE, -1) &&
			entry_is("/proc/99999999999999999999/exe", PROC_NONE,
				-1),
		"nor what has no number");
}

static void test_proc_names(void)
{
	static const char *const names[] = {"self", "thread-self", "exe", "cwd",
		"root", "maps", "mounts", "status", "0", "4194304",
		"7f0000000000-7f0000001000"};
	bool all = true;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		all &= proc_may_name(names[i], strlen(names[i]));
	check(all, "components that may name them are known");
	check(!proc_may_name("selfish", 7) && !proc_may_name("a", 1),
		"others are not");
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
	viewer.program = no_program;
	must(chdir("/") == 0, "chdir");
}

int main(void)
{
	char command[64];

	must(mkdtemp(top) != NULL, top);
	viewer.pid = viewer.tid = getpid();
	make_tree();
	test_join();
	test_create();
	test_order();
	test_spellings();
	test_glue();
	test_detranslate();
	test_names();
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
	test_proc_entries();
	test_proc_names();
	test_proc_walk();
	snprintf(command, sizeof(command), "rm -rf %s", top);
	must(system(command) == 0, command);
	return unit_end();
}
