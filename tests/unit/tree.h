/* SPDX-License-Identifier: MIT */
/* A temporary directory with files to be seen in views. */
/*
 * TOP/root is the guest's root, TOP/other and TOP/file are bound into it. A
 * host path is told without TOP. Included once by each program, as unit.h is.
 */
#ifndef TREE_H
#define TREE_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "view/build.h"

/* Views are made once and never freed. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static char top[] = "/tmp/test_views.XXXXXX";
static struct view *view;

/* A path below TOP; two take turns. */
static inline const char *host(const char *path)
{
	static char buffers[2][8192];
	static unsigned int turn;
	char *buffer = buffers[++turn % 2];

	snprintf(buffer, sizeof(buffers[0]), "%s%s", top, path);
	return buffer;
}

static inline void must(bool holds, const char *what)
{
	if (holds)
		return;
	printf("Bail out! %s: %s\n", what, strerror(errno));
	exit(1);
}

static inline void make_directory(const char *path)
{
	must(mkdir(host(path), 0755) == 0, path);
}

static inline void make_file(const char *path)
{
	int fd = open(host(path), O_WRONLY | O_CREAT, 0644);

	must(fd >= 0, path);
	close(fd);
}

static inline void make_link(const char *path, const char *target)
{
	must(symlink(target, host(path)) == 0, path);
}

static inline void make_tree(void)
{
	must(mkdtemp(top) != NULL, top);
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

static inline struct view *make_view(const char *root)
{
	must(view_create(host(root), &view) == 0, "view_create");
	return view;
}

static inline int bind(const char *path, const char *guest, bool follow)
{
	char source[4096];

	snprintf(source, sizeof(source), "%s", host(path));
	return view_bind(view, source, guest, follow);
}

static inline void set_guest(struct guest_path *path, const char *text)
{
	text_set(&path->text, text, strlen(text));
}

static inline const struct binding *binding_at(const char *guest)
{
	struct guest_path path;

	set_guest(&path, guest);
	return view_binding_at(view, &path);
}

static inline bool is_host(const struct host_path *path, const char *below)
{
	if (text_is(&path->text, host(below)))
		return true;
	printf("# %s\n", path->text.bytes);
	return false;
}

static inline void remove_tree(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", top);
	must(system(command) == 0, command);
}

#endif
