/* SPDX-License-Identifier: MIT */
/* Unit tests of view/: making views, mapping both ways, names in /proc. */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "view/build.h"
#include "view/procfs.h"
#include "tree.h"
#include "unit.h"

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

int main(void)
{
	make_tree();
	test_join();
	test_create();
	test_order();
	test_spellings();
	test_glue();
	test_detranslate();
	test_names();
	test_proc_entries();
	test_proc_names();
	remove_tree();
	return unit_end();
}
