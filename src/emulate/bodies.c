/* SPDX-License-Identifier: MIT */
/* Making bodies and copies, and what is done to names. */
#include "emulate/bodies.h"

#include "emulate/intents.h"
#include "emulate/stores.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define COUNT_OLD_MAX 9999

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

	intent_settle(b, intent, is_there ? THERE : GONE);
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
		SYS_renameat2, store, base, AT_FDCWD, name, RENAME_EXCHANGE));
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
	if (status == 0 && !body_is_plain(b)) {
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

int body_make(const struct host_path *name, const struct host_path *top,
	struct host_path *body)
{
	struct store_search s = store_search_begin(name, top);
	struct stat file;
	struct body b;
	int status;

	if (lstat(name->text.bytes, &file) < 0)
		return -errno;
	do {
		b.store = store_search_lock(&s, file.st_dev);
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
	struct store_search s = store_search_begin(name, top);
	struct stat parent;
	int status;

	if (!parent_stat(name->text.bytes, &parent))
		return -errno;
	do {
		int store = store_search_lock(&s, parent.st_dev);

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
	if (body_presence(&b, name) != THERE)
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
		body_presence(&b, name->text.bytes) == THERE &&
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
