/* SPDX-License-Identifier: MIT */
/* Access control lists: what is one, and what is none; fs/posix_acl.c. */
// rows: setxattr lsetxattr getxattr removexattr
// options: -0
// flags: -pthread
#include "hot.h"
#include "lists.h"

#include <pthread.h>

static const struct list minimal = {2, {OWNER(6), GROUP(4), OTHER(0)}};
static const struct list named = {
	2, {OWNER(6), {ACL_USER, 7, 5}, GROUP(0), MASK(6), OTHER(0)}};

/* Whoever sets one without entries removes it, and leaves the mode alone. */
static void empty_ones(void)
{
	WORKS(chmod("file", 0600));
	for (int turn = 0; turn < 3; turn++) {
		long size = turn == 0 ? 0 : LIST_SIZE(0);

		WORKS(raw(SYS_setxattr, "directory", DEFAULT, &named,
			LIST_SIZE(5), 0L));
		WORKS(raw(SYS_setxattr, "file", ACCESS, &named, LIST_SIZE(5),
			0L));
		EQUAL(LIST_SIZE(5),
			raw(SYS_getxattr, "directory", DEFAULT, NULL, 0L));
		EQUAL(LIST_SIZE(5),
			raw(SYS_getxattr, "file", ACCESS, NULL, 0L));
		for (int again = 0; again < 2; again++) {
			WORKS(raw(SYS_setxattr, "directory", DEFAULT, &named,
				size, 0L));
			WORKS(raw(SYS_setxattr, "file", ACCESS, &named, size,
				0L));
		}
		has_none("directory", DEFAULT);
		has_none("file", ACCESS);
		EQUAL(0755, mode_of("directory"));
		EQUAL(0660, mode_of("file"));
	}
}

static const struct {
	int count;
	struct list list;
} malformed[] = {
	{1, {2, {OWNER(6)}}},
	{2, {2, {OWNER(6), GROUP(4)}}},
	{3, {2, {GROUP(4), OWNER(6), OTHER(0)}}},
	{3, {2, {OWNER(6), GROUP(4), GROUP(4)}}},
	{3, {2, {OWNER(6), GROUP(8), OTHER(0)}}},
	{3, {2, {OWNER(6), GROUP(4), {64, 0, NOBODY}}}},
	{3, {2, {OWNER(6), MASK(4), OTHER(0)}}},
	{4, {2, {OWNER(6), OWNER(6), GROUP(4), OTHER(0)}}},
	{4, {2, {OWNER(6), {ACL_USER, 7, 5}, GROUP(4), OTHER(0)}}},
	{4, {2, {OWNER(6), GROUP(4), OTHER(0), MASK(7)}}},
	{5, {2, {OWNER(6), {ACL_USER, 7, NOBODY}, GROUP(4), MASK(7),
			OTHER(0)}}},
	{5, {2, {OWNER(6), {ACL_GROUP, 7, 5}, GROUP(4), MASK(7), OTHER(0)}}},
};

static void are_malformed(void)
{
	for (size_t i = 0; i < ARRAY_COUNT(malformed); i++) {
		long size = LIST_SIZE(malformed[i].count);

		FAILS(EINVAL, raw(SYS_setxattr, "file", ACCESS,
				      &malformed[i].list, size, 0L));
		FAILS(EINVAL, raw(SYS_setxattr, "directory", DEFAULT,
				      &malformed[i].list, size, 0L));
	}
	FAILS(EINVAL, raw(SYS_setxattr, "file", ACCESS, &named, 1L, 0L));
	FAILS(EINVAL, raw(SYS_setxattr, "file", ACCESS, &minimal,
			      LIST_SIZE(3) - 1, 0L));
}

/* Also where such calls are many. */
static void malformed_ones(void)
{
	const struct list later = {3, {OWNER(6), GROUP(4), OTHER(0)}};

	WORKS(chmod("file", 0641));
	are_malformed();
	HEAT WORKS(raw(
		SYS_setxattr, "heated", ACCESS, &minimal, LIST_SIZE(3), 0L));
	for (int i = 0; i < 16; i++)
		are_malformed();
	FAILS(EOPNOTSUPP,
		raw(SYS_setxattr, "file", ACCESS, &later, LIST_SIZE(3), 0L));
	FAILS(EOPNOTSUPP,
		raw(SYS_setxattr, "file", ACCESS, &later, LIST_SIZE(0), 0L));
	EQUAL(0641, mode_of("file"));
	has_none("file", ACCESS);
	has_none("directory", DEFAULT);
}

/* What the same id may do is said twice, and a mask of nobody. */
static void odd_ones(void)
{
	static const struct list twice = {
		2, {OWNER(6), {ACL_USER, 7, 5}, {ACL_USER, 6, 5}, GROUP(4),
			   MASK(2), OTHER(1)}};
	static const struct list masked = {
		2, {OWNER(6), GROUP(7), MASK(1), OTHER(0)}};

	WORKS(raw(SYS_setxattr, "file", ACCESS, &twice, LIST_SIZE(6), 0L));
	EQUAL(LIST_SIZE(6), raw(SYS_getxattr, "file", ACCESS, NULL, 0L));
	EQUAL(0621, mode_of("file"));
	WORKS(raw(SYS_setxattr, "file", ACCESS, &masked, LIST_SIZE(4), 0L));
	EQUAL(LIST_SIZE(4), raw(SYS_getxattr, "file", ACCESS, NULL, 0L));
	EQUAL(0610, mode_of("file"));
	WORKS(raw(SYS_removexattr, "file", ACCESS));
	EQUAL(0610, mode_of("file"));
}

/* Directories alone have default lists, and symlinks have none at all. */
static void misplaced_ones(void)
{
	FAILS(EACCES,
		raw(SYS_setxattr, "file", DEFAULT, &minimal, LIST_SIZE(3), 0L));
	WORKS(raw(SYS_setxattr, "file", DEFAULT, &minimal, LIST_SIZE(0), 0L));
	WORKS(raw(SYS_removexattr, "file", DEFAULT));
	has_none("file", DEFAULT);
	FAILS(EOPNOTSUPP,
		raw(SYS_lsetxattr, "link", ACCESS, &minimal, LIST_SIZE(3), 0L));
	FAILS(EOPNOTSUPP, raw(SYS_lsetxattr, "link", DEFAULT, &minimal,
				  LIST_SIZE(0), 0L));
	FAILS(EOPNOTSUPP, raw(SYS_setxattr, "file", "system.posix_acl_x",
				  &minimal, LIST_SIZE(3), 0L));
	FAILS(EINVAL,
		raw(SYS_setxattr, "file", ACCESS, &minimal, LIST_SIZE(3), 8L));
}

/* What is in no file system has none. */
static void of_a_pipe(void)
{
	int pipes[2];

	WORKS(pipe(pipes));
	for (int i = 0; i < effort(HOT); i++) {
		FAILS(EOPNOTSUPP, raw(SYS_fremovexattr, pipes[0], ACCESS));
		FAILS(EOPNOTSUPP, raw(SYS_fremovexattr, pipes[0], DEFAULT));
	}
	WORKS(close(pipes[0]));
	WORKS(close(pipes[1]));
}

/* Where there is no room for one, nobody gets more than it gives. */
static void of_a_fifo(void)
{
	WORKS(mkfifo("fifo", 0640));
	if (raw(SYS_setxattr, "fifo", ACCESS, &named, LIST_SIZE(5), 0L) == 0) {
		EQUAL(LIST_SIZE(5),
			raw(SYS_getxattr, "fifo", ACCESS, NULL, 0L));
	} else {
		EQUAL(EOPNOTSUPP, errno);
		EQUAL(0640, mode_of("fifo"));
	}
	WORKS(raw(SYS_setxattr, "fifo", ACCESS, &minimal, LIST_SIZE(3), 0L));
	EQUAL(0640, mode_of("fifo"));
}

static volatile bool is_over;

/* "changing" is a file, or a symlink to one. */
static void *changes(void *unused)
{
	(void)unused;
	while (!is_over) {
		symlink("file", "next");
		rename("next", "changing");
		link("file", "next");
		rename("next", "changing");
		unlink("next");
	}
	return NULL;
}

/* At no moment it is something that has no lists. */
static void while_it_is_replaced(void)
{
	pthread_t thread;

	WORKS(link("file", "changing"));
	EQUAL(0, pthread_create(&thread, NULL, changes, NULL));
	for (int i = 0; i < effort(20000); i++)
		FAILS(ENODATA, raw(SYS_getxattr, absolute("changing"), ACCESS,
				       NULL, 0L));
	is_over = true;
	EQUAL(0, pthread_join(thread, NULL));
}

int main(void)
{
	umask(022);
	file_make("file", "x");
	file_make("heated", "x");
	WORKS(mkdir("directory", 0755));
	WORKS(symlink("file", "link"));
	if (!keeps_attributes("file") ||
		setxattr("directory", DEFAULT, &minimal, 28, 0) < 0)
		probe_skip("no access control lists in this file system");
	WORKS(removexattr("directory", DEFAULT));
	empty_ones();
	malformed_ones();
	odd_ones();
	misplaced_ones();
	of_a_pipe();
	of_a_fifo();
	while_it_is_replaced();
	return 0;
}
