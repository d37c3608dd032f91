/* SPDX-License-Identifier: MIT */
/* Stores and their locks, intents and counts. */
#include "emulate/bodies.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define INTENT	      BODY_MARK "intent"
#define FRESH	      BODY_MARK "new" /* becomes another symlink by rename */
#define COUNT_SUFFIX  ".count"
#define COUNT_UNKNOWN 2 /* too many is safe */
#define COUNT_OLD_MAX 9999
#define EXCHANGE      2 /* RENAME_EXCHANGE, <linux/fs.h> */

/* A body, by the store that is held and what its names' texts end with. */
struct body {
	int store; /* a descriptor, which also is the lock */
	struct host_path directory;
	char base[NAME_MAX + 1];
	enum body_kind kind; /* BODY_NEW or BODY_OLD */
};

/* What is done to a name of a body. */
enum operation {
	OP_MAKE = 'm',
	OP_ADD = '+',
	OP_REMOVE = '-', /* or to put something else there */
	OP_FOLD = 'f',
};

enum presence { GONE, THERE, UNKNOWN };

struct intent {
	enum operation operation;
	unsigned long count; /* before it */
	/* The name's directory, so that another one is not taken for it. */
	unsigned long device;
	unsigned long inode;
	const char *path;
};

static const char *wanted_directory;

/* --- names and texts --- */

/* What names of the body point to. */
static int body_text(const struct body *b, struct text *text)
{
	text_copy(text, &b->directory.text);
	return path_join(text, b->base, strlen(b->base));
}

/* Where the file itself is, in the store. */
static int body_file(const struct body *b, char *file)
{
	ssize_t size;
	char *slash;

	if (b->kind == BODY_NEW) {
		strcpy(file, b->base);
		return 0;
	}
	size = readlinkat(b->store, b->base, file, TEXT_MAX - 1);
	if (size < 0)
		return -errno;
	file[size] = '\0';
	slash = strrchr(file, '/');
	if (slash)
		memmove(file, slash + 1, strlen(slash));
	return strlen(file) > NAME_MAX ? -ENAMETOOLONG : 0;
}

static enum presence presence_of(const struct body *b, const char *name)
{
	char text[TEXT_MAX];
	ssize_t size = readlink(name, text, sizeof(text) - 1);
	const char *base;

	if (size < 0)
		return GONE;
	text[size] = '\0';
	base = strrchr(text, '/');
	return strcmp(base ? base + 1 : text, b->base) == 0 ? THERE : GONE;
}

static bool stat_parent(const char *name, struct stat *status)
{
	struct text parent;

	return text_set(&parent, name, strlen(name)) == 0 &&
	       (path_remove_last(&parent), stat(parent.bytes, status) == 0);
}

/* Replace, or make, the symlink BASE of the store. */
static int put_symlink(const struct body *b, const char *text, const char *base)
{
	unlinkat(b->store, FRESH, 0);
	if (symlinkat(text, b->store, FRESH) < 0 ||
		renameat(b->store, FRESH, b->store, base) < 0)
		return -errno;
	return 0;
}

/* --- counts --- */

static void count_name(const struct body *b, char *name)
{
	snprintf(name, NAME_MAX + 1, "%.200s" COUNT_SUFFIX, b->base);
}

static unsigned long count_read(const struct body *b)
{
	char name[NAME_MAX + 1];
	char text[TEXT_MAX];
	ssize_t size;

	if (b->kind == BODY_OLD) {
		if (body_file(b, text) < 0 ||
			body_kind(text, strlen(text)) != BODY_OLD_FILE)
			return COUNT_UNKNOWN;
		return strtoul(strrchr(text, '.') + 1, NULL, 10);
	}
	count_name(b, name);
	size = readlinkat(b->store, name, text, sizeof(text) - 1);
	if (size <= 0)
		return COUNT_UNKNOWN;
	text[size] = '\0';
	return strtoul(text, NULL, 10);
}

/*
 * The older convention has the count in the file's name. Twice is as good as
 * once: whoever was killed half-way left the file by one of both names.
 */
static void count_write_old(
	const struct body *b, unsigned long before, unsigned long count)
{
	char from[NAME_MAX + 1];
	char to[NAME_MAX + 1];
	struct text text;

	snprintf(from, sizeof(from), "%.250s.%04lu", b->base, before);
	snprintf(to, sizeof(to), "%.250s.%04lu", b->base, count);
	if (count == 0) {
		unlinkat(b->store, from, 0);
		unlinkat(b->store, b->base, 0);
		return;
	}
	renameat(b->store, from, b->store, to);
	text_copy(&text, &b->directory.text);
	if (path_join(&text, to, strlen(to)) == 0)
		put_symlink(b, text.bytes, b->base);
}

/* 0: the file goes, too. */
static void count_write(
	const struct body *b, unsigned long before, unsigned long count)
{
	char name[NAME_MAX + 1];
	char text[32];

	if (b->kind == BODY_OLD) {
		count_write_old(b, before, count);
		return;
	}
	count_name(b, name);
	snprintf(text, sizeof(text), "%lu", count);
	if (count > 0) {
		put_symlink(b, text, name);
	} else {
		unlinkat(b->store, b->base, 0);
		unlinkat(b->store, name, 0);
	}
}

/* --- intents --- */

static int intent_write(const struct body *b, struct intent *intent)
{
	char text[TEXT_MAX];
	struct stat parent = {0};
	int size;

	stat_parent(intent->path, &parent);
	intent->device = (unsigned long)parent.st_dev;
	intent->inode = (unsigned long)parent.st_ino;
	size = snprintf(text, sizeof(text), "%c %s %lu %lx %lu %s",
		intent->operation, b->base, intent->count, intent->device,
		intent->inode, intent->path);
	if (size >= (int)sizeof(text))
		return -ENAMETOOLONG;
	return symlinkat(text, b->store, INTENT) < 0 ? -errno : 0;
}

static void intent_strike(const struct body *b)
{
	unlinkat(b->store, INTENT, 0);
}

static bool is_plain_file(const struct body *b)
{
	struct stat status;

	return fstatat(b->store, b->base, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       !S_ISDIR(status.st_mode) && !S_ISLNK(status.st_mode);
}

/*
 * A body was to be made. If its file came, and the name did not: that was
 * between the two renames of make_by_renames(), so it goes back.
 */
static void settle_make(const struct body *b, const struct intent *intent,
	enum presence presence)
{
	struct stat status;

	if (presence == THERE || (presence == UNKNOWN && is_plain_file(b)))
		return;
	if (is_plain_file(b) && (lstat(intent->path, &status) == 0 ||
					renameat(b->store, b->base, AT_FDCWD,
						intent->path) < 0))
		return; /* left over, rather than lost */
	count_write(b, 1, 0);
}

/* The file is there again by its name, or still in the store. */
static void settle_fold(const struct body *b)
{
	if (!is_plain_file(b))
		count_write(b, 1, 0);
}

/* Make the count agree with what has become of the name. */
static void settle(const struct body *b, const struct intent *intent,
	enum presence presence)
{
	unsigned long before = intent->count;

	switch (intent->operation) {
	case OP_MAKE:
		settle_make(b, intent, presence);
		break;
	case OP_ADD:
		if (presence != GONE)
			count_write(b, before, before + 1);
		break;
	case OP_REMOVE:
		if (presence == GONE)
			count_write(b, before, before - 1);
		break;
	case OP_FOLD:
		settle_fold(b);
		break;
	}
}

/* Somebody was killed, and left TEXT. */
static void recover(int store, const struct host_path *directory, char *text)
{
	struct body b = {.store = store};
	struct intent intent;
	struct stat parent;
	char operation;
	int at = 0;

	text_copy(&b.directory.text, &directory->text);
	sscanf(text, "%c %255s %lu %lx %lu %n", &operation, b.base,
		&intent.count, &intent.device, &intent.inode, &at);
	b.kind = body_kind(b.base, strlen(b.base));
	if (at > 0 && (b.kind == BODY_NEW || b.kind == BODY_OLD)) {
		intent.operation = (enum operation)operation;
		intent.path = text + at;
		settle(&b, &intent,
			stat_parent(intent.path, &parent) &&
					parent.st_dev == intent.device &&
					parent.st_ino == intent.inode
				? presence_of(&b, intent.path)
				: UNKNOWN);
	}
	unlinkat(store, FRESH, 0);
	intent_strike(&b);
}

/* --- stores --- */

/* Nobody else's directory is trusted with files, or waited for. */
static int store_open(const struct host_path *directory)
{
	struct stat status;
	int fd = open(directory->text.bytes,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) < 0 || status.st_uid != geteuid()) {
		close(fd);
		return -EPERM;
	}
	return fd;
}

/*
 * A descriptor that holds the lock; what a killed holder had begun is settled.
 */
static int store_lock(const struct host_path *directory)
{
	char text[TEXT_MAX];
	struct stat status = {0};
	ssize_t size;
	int store;

	for (;;) {
		store = store_open(directory);
		if (store < 0)
			return store;
		while (flock(store, LOCK_EX) < 0 && errno == EINTR)
			;
		if (fstat(store, &status) < 0 || status.st_nlink > 0)
			break;
		close(store); /* its last holder found it empty */
	}
	size = readlinkat(store, INTENT, text, sizeof(text) - 1);
	if (size > 0) {
		text[size] = '\0';
		recover(store, directory, text);
	}
	return store;
}

static int store_lock_or_make(const struct host_path *directory)
{
	int store;

	do {
		store = store_lock(directory);
		if (store != -ENOENT)
			return store;
		/* Who may reach a name may reach its body, and only so. */
	} while (mkdir(directory->text.bytes, 0711) == 0 || errno == EEXIST);
	return -errno;
}

static void store_unlock(
	int store, const struct host_path *directory, bool may_be_empty)
{
	if (may_be_empty &&
		strcmp(path_last(&directory->text), STORE_NAME) == 0)
		rmdir(directory->text.bytes);
	close(store);
}

/* The directories that a file may have its body in, the best first. */
struct search {
	const struct host_path *name;
	size_t end; /* of the next directory in the name; 0: there is none */
	bool has_wanted;
	struct host_path directory;
};

static struct search search_begin(
	const struct host_path *name, const struct host_path *top)
{
	struct search s = {.name = name, .end = 1};

	if (path_below(&name->text, &top->text))
		s.end = top->text.length;
	s.has_wanted = wanted_directory != NULL;
	return s;
}

static bool search_next(struct search *s)
{
	const char *path = s->name->text.bytes;
	const char *slash;

	if (s->has_wanted) {
		s->has_wanted = false;
		return text_set(&s->directory.text, wanted_directory,
			       strlen(wanted_directory)) == 0;
	}
	if (s->end == 0 || (s->end > 1 && path[s->end] != '/'))
		return false;
	text_set(&s->directory.text, path, s->end);
	slash = strchr(path + s->end + (s->end > 1), '/');
	s->end = slash ? (size_t)(slash - path) : 0;
	return path_join(&s->directory.text, STORE_NAME, strlen(STORE_NAME)) ==
	       0;
}

int bodies_lock(const struct host_path *name, const struct host_path *top,
	struct host_path *store)
{
	struct search s = search_begin(name, top);

	while (search_next(&s)) {
		int lock = store_lock(&s.directory);

		if (lock >= 0) {
			text_copy(&store->text, &s.directory.text);
			return lock;
		}
	}
	return -1;
}

void bodies_unlock(int lock, const struct host_path *store)
{
	/* Who was killed may have left it empty. */
	if (lock >= 0)
		store_unlock(lock, store, true);
}

/* Whoever gets the lock settles what was left. */
static void store_settle(const struct host_path *directory)
{
	int store = store_lock(directory);

	if (store >= 0)
		store_unlock(store, directory, true);
}

void bodies_forget_empty(const struct host_path *directory)
{
	struct host_path path;

	text_copy(&path.text, &directory->text);
	if (path_join(&path.text, STORE_NAME, strlen(STORE_NAME)) == 0)
		store_settle(&path);
}

void bodies_set_up(const char *directory, const struct view *view)
{
	struct host_path path;

	wanted_directory = directory;
	if (directory &&
		text_set(&path.text, directory, strlen(directory)) == 0)
		store_settle(&path);
	for (unsigned int i = 0; i < view->count; i++)
		bodies_forget_empty(view->bindings[i]->host);
}

/* --- bodies --- */

/* From a body's path; its store gets locked. */
static int body_lock(const struct host_path *path, struct body *b)
{
	const char *base = path_last(&path->text);
	size_t size = strlen(base);

	b->kind = body_kind(base, size);
	if (b->kind == BODY_NONE || size > NAME_MAX)
		return -EAGAIN;
	text_copy(&b->directory.text, &path->text);
	path_remove_last(&b->directory.text);
	if (b->kind == BODY_OLD_FILE) {
		b->kind = BODY_OLD;
		size -= strlen(strrchr(base, '.'));
	}
	memcpy(b->base, base, size);
	b->base[size] = '\0';
	b->store = store_lock(&b->directory);
	return b->store < 0 ? b->store : 0;
}

/*
 * The lock is held, the intent is written down: after the call on the name that
 * RESULT tells of, the count is made to agree.
 */
static int finish(
	struct body *b, const struct intent *intent, int result, bool is_empty)
{
	bool is_there =
		intent->operation == OP_REMOVE ? result < 0 : result == 0;

	settle(b, intent, is_there ? THERE : GONE);
	intent_strike(b);
	store_unlock(b->store, &b->directory, is_empty);
	return result;
}

static int negative_errno(int status)
{
	return status < 0 ? -errno : 0;
}

/* --- making --- */

static int exchange(int store, const char *base, const char *name)
{
	return negative_errno((int)syscall(
		SYS_renameat2, store, base, AT_FDCWD, name, EXCHANGE));
}

/* Without RENAME_EXCHANGE (Linux 3.15) the name is missing for a moment. */
static int make_by_renames(const struct body *b, const char *name)
{
	struct text text;
	int status;

	unlinkat(b->store, b->base, 0);
	if (renameat(AT_FDCWD, name, b->store, b->base) < 0)
		return -errno;
	status = body_text(b, &text);
	if (status == 0 && symlink(text.bytes, name) == 0)
		return 0;
	status = status < 0 ? status : -errno;
	renameat(b->store, b->base, AT_FDCWD, name);
	return status;
}

static int swap_in(const struct body *b, const char *name)
{
	int status = exchange(b->store, b->base, name);

	if (status == -ENOSYS || status == -EINVAL)
		return make_by_renames(b, name);
	if (status == 0 && !is_plain_file(b)) {
		/* It was another one's when the lock came, or was replaced. */
		exchange(b->store, b->base, name);
		return -EAGAIN;
	}
	return status;
}

static int name_freshly(struct body *b)
{
	uint64_t id;

	b->kind = BODY_NEW;
	if (getrandom(&id, sizeof(id), 0) != sizeof(id)) {
		int fd = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
		bool is_read = fd >= 0 &&
			       read(fd, &id, sizeof(id)) == (ssize_t)sizeof(id);

		if (fd >= 0)
			close(fd);
		if (!is_read)
			return -EIO;
	}
	snprintf(b->base, sizeof(b->base), BODY_OURS "%016llx",
		(unsigned long long)id);
	return 0;
}

static int make_in_store(struct body *b, const char *name)
{
	struct intent intent = {.operation = OP_MAKE, .path = name};
	struct stat file;
	struct text text;
	int status = body_text(b, &text);

	/* Another run's, before we got the lock? */
	if (status == 0 && lstat(name, &file) == 0 && S_ISLNK(file.st_mode))
		status = -EAGAIN;
	if (status == 0)
		status = intent_write(b, &intent);
	if (status < 0)
		goto out;
	/* Not the body yet, but what the name will be. */
	status = negative_errno(symlinkat(text.bytes, b->store, b->base));
	if (status == 0) {
		count_write(b, 0, 1);
		status = swap_in(b, name);
	}
	return finish(b, &intent, status, status < 0);
out:
	store_unlock(b->store, &b->directory, true);
	return status;
}

/*
 * Lock the best store that is on a device and can be made. Call it again after
 * an EXDEV: one file system may be mounted twice. -EPERM: there are no more.
 */
static int search_lock(struct search *s, dev_t device)
{
	struct stat parent;

	while (search_next(s)) {
		int store;

		if (!stat_parent(s->directory.text.bytes, &parent) ||
			parent.st_dev != device)
			continue;
		store = store_lock_or_make(&s->directory);
		if (store >= 0)
			return store;
	}
	return -EPERM;
}

int body_make(const struct host_path *name, const struct host_path *top,
	struct host_path *body)
{
	struct search s = search_begin(name, top);
	struct stat file;
	struct body b;
	int status;

	if (lstat(name->text.bytes, &file) < 0)
		return -errno;
	do {
		b.store = search_lock(&s, file.st_dev);
		if (b.store < 0)
			return b.store;
		text_copy(&b.directory.text, &s.directory.text);
		status = name_freshly(&b);
		if (status < 0)
			store_unlock(b.store, &b.directory, true);
		else
			status = make_in_store(&b, name->text.bytes);
	} while (status == -EXDEV);
	return status < 0 ? status : body_text(&b, &body->text);
}

/* --- copies --- */

static int copy_content(int from, int to)
{
	static char buffer[65536];
	off_t at = 0;
	ssize_t size;

	while ((size = pread(from, buffer, sizeof(buffer), at)) > 0) {
		if (pwrite(to, buffer, (size_t)size, at) != size)
			return -ENOSPC;
		at += size;
	}
	return size < 0 ? -errno : 0;
}

static int copy_attributes(int from, int to)
{
	struct stat status;

	if (fstat(from, &status) < 0)
		return -errno;
	const struct timespec times[2] = {status.st_atim, status.st_mtim};

	if (fchmod(to, status.st_mode & 07777) < 0 || futimens(to, times) < 0)
		return -errno;
	return 0;
}

static int copy_into(int store, int file, const char *name)
{
	struct stat there;
	int copy;
	int status;

	unlinkat(store, FRESH, 0);
	copy = openat(
		store, FRESH, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (copy < 0)
		return -errno;
	status = copy_content(file, copy);
	if (status == 0)
		status = copy_attributes(file, copy);
	close(copy);
	/* Under the lock; only from outside could a name come now. */
	if (status == 0 && lstat(name, &there) == 0)
		status = -EEXIST;
	if (status == 0)
		status = negative_errno(renameat(store, FRESH, AT_FDCWD, name));
	unlinkat(store, FRESH, 0);
	return status;
}

int bodies_put_copy(
	int file, const struct host_path *name, const struct host_path *top)
{
	struct search s = search_begin(name, top);
	struct stat parent;
	int status;

	if (!stat_parent(name->text.bytes, &parent))
		return -errno;
	do {
		int store = search_lock(&s, parent.st_dev);

		if (store < 0)
			return store;
		status = copy_into(store, file, name->text.bytes);
		store_unlock(store, &s.directory, true);
	} while (status == -EXDEV);
	return status;
}

/* --- names --- */

int body_add_name(const struct host_path *body, const struct host_path *name)
{
	struct intent intent = {.operation = OP_ADD, .path = name->text.bytes};
	struct body b;
	struct stat file;
	struct text text;
	int status = body_lock(body, &b);

	if (status < 0)
		return status == -ENOENT ? -EAGAIN : status;
	intent.count = count_read(&b);
	status = body_text(&b, &text);
	if (fstatat(b.store, path_last(&body->text), &file,
		    AT_SYMLINK_NOFOLLOW) < 0)
		status = -EAGAIN;
	else if (b.kind == BODY_OLD && intent.count >= COUNT_OLD_MAX)
		status = -EMLINK;
	if (status == 0)
		status = intent_write(&b, &intent);
	if (status < 0) {
		store_unlock(b.store, &b.directory, false);
		return status;
	}
	status = negative_errno(symlink(text.bytes, name->text.bytes));
	return finish(&b, &intent, status, false);
}

/* FROM null: the name goes away; otherwise FROM comes there. */
static int take_name(
	const struct host_path *body, const char *name, const char *from)
{
	struct intent intent = {.operation = OP_REMOVE, .path = name};
	struct body b;
	int status = body_lock(body, &b);

	if (status == -ENOENT)
		return -EAGAIN;
	if (status < 0)
		return status;
	if (presence_of(&b, name) != THERE)
		status = -EAGAIN;
	intent.count = count_read(&b);
	if (status == 0)
		status = intent_write(&b, &intent);
	if (status < 0) {
		store_unlock(b.store, &b.directory, false);
		return status;
	}
	status = negative_errno(from ? rename(from, name) : unlink(name));
	return finish(&b, &intent, status, intent.count <= 1);
}

int body_remove_name(const struct host_path *body, const struct host_path *name)
{
	return take_name(body, name->text.bytes, NULL);
}

int body_replace_name(const struct host_path *body,
	const struct host_path *name, const struct host_path *from)
{
	return take_name(body, name->text.bytes, from->text.bytes);
}

void body_fold(const struct host_path *body, const struct host_path *name)
{
	struct intent intent = {
		.operation = OP_FOLD, .count = 1, .path = name->text.bytes};
	struct body b;

	if (body_lock(body, &b) < 0)
		return;
	if (b.kind == BODY_NEW && count_read(&b) == 1 &&
		presence_of(&b, name->text.bytes) == THERE &&
		intent_write(&b, &intent) == 0) {
		renameat(b.store, b.base, AT_FDCWD, name->text.bytes);
		finish(&b, &intent, 0, true);
		return;
	}
	store_unlock(b.store, &b.directory, false);
}

unsigned long body_count(const struct host_path *path)
{
	const char *base = path_last(&path->text);
	struct body b;
	unsigned long count;

	if (body_kind(base, strlen(base)) == BODY_NONE)
		return 0;
	if (body_lock(path, &b) < 0)
		return COUNT_UNKNOWN;
	count = count_read(&b);
	store_unlock(b.store, &b.directory, false);
	return count;
}

bool body_is_same(const struct host_path *a, const struct host_path *b)
{
	return a->text.length == b->text.length &&
	       memcmp(a->text.bytes, b->text.bytes, a->text.length) == 0;
}
