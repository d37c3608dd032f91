/* SPDX-License-Identifier: MIT */
/*
 * Remembering the owner, mode and device number that a fake root gave a file.
 *
 * On regular files and directories a record is the extended attribute
 * user.containers.override_stat, "USER:GROUP:MODE:TYPE", which fuse-overlayfs
 * and podman read and write, too. It lives and dies with the file, and goes
 * with it through link and rename, whoever does it.
 *
 * Symlinks, FIFOs and sockets can have no such attributes, and some file
 * systems have none at all. Their records are lines of one file beside the root
 * directory, ROOT.proot-attributes. A file is known there by its inode number
 * and its time of birth: that pair never comes again, so that records of
 * removed files are not mistaken for others'. Lines are appended by one write
 * each and never straddle a page; several proots and kill -9 do no harm. Where
 * even that file cannot be written, and in a tmpfs without times of birth,
 * which never uses a number again, records last as long as proot.
 *
 * Whether a file has an access control list nothing tells that has to be looked
 * at anyway. So the file beside the root also says whether there ever was one
 * in this tree: in most there is none, and nobody asks.
 *
 * It knows paths that the tracer can open; no calls, no identities.
 */
#ifndef EMULATE_RECORD_H
#define EMULATE_RECORD_H

#include "base/text.h"
#include "emulate/file.h"

#include <sys/types.h>

/* Extended attributes that we add, hidden from guests. */
#define RECORD_PREFIX	 "user.containers."
#define RECORD_ATTRIBUTE RECORD_PREFIX "override_stat"

#define RECORD_SIZE 64 /* the longest text: two ids, mode, device */

struct record {
	uint32_t user;
	uint32_t group;
	mode_t mode; /* with the type that is shown */
	uint32_t device_major;
	uint32_t device_minor;
};

/*
 * What a record says, of a file of this TYPE (S_IFMT) on the host: that is kept
 * but where an empty file stands for a device. False: it is none. Dual code.
 */
bool record_parse(const char *text, mode_t type, struct record *record);

/* As text, whose length it returns. Dual code. */
size_t record_print(const struct record *record, char out[RECORD_SIZE]);

/* Keep records beside this root directory (a host path). Null: in memory. */
void record_set_up(const char *root);

#define RECORD_WORDS 1024

/*
 * For guests to read: what is known of the file beside the root directory, how
 * much of it, and one bit for the inodes that it may have a line about.
 */
struct record_summary {
	uint64_t size;
	uint64_t has_lists; /* record_has_lists() */
	uint64_t inodes[RECORD_WORDS];
	char path[TEXT_MAX]; /* empty: there is none */
};

/* Keep this summary true from now on, for guests to read. */
void record_share(struct record_summary *summary);

/*
 * Guests change records themselves, and write to these two words: who reads a
 * record to write it anew holds the lock meanwhile, and *CHANGES counts what
 * was written. A holder is a number that nobody else has; 0: nobody.
 */
void record_share_changes(uint64_t *lock, uint64_t *changes);

/*
 * The tracer waits for a holder, which may itself wait for the tracer, or be
 * gone: then FREE_IDLE frees the lock and says so.
 */
void record_free_idle(bool (*free_idle)(uint64_t holder));

/* Dual code. False: somebody else holds it. */
static inline bool record_lock(uint64_t *lock, uint64_t holder)
{
	uint64_t nobody = 0;

	return __atomic_compare_exchange_n(lock, &nobody, holder, false,
		__ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Dual code. Nothing happens if this one does not hold it any more. */
static inline void record_unlock(uint64_t *lock, uint64_t holder)
{
	__atomic_compare_exchange_n(
		lock, &holder, 0, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED);
}

/*
 * The tracer holds the lock; as often as it is released. A guest that does not
 * let go of it loses it after a while.
 */
void record_hold(void);
void record_release(void);

static inline unsigned int record_bit(uint64_t inode)
{
	return inode % (RECORD_WORDS * 64);
}

static inline bool record_may_be(
	const struct record_summary *summary, uint64_t inode)
{
	unsigned int bit = record_bit(inode);

	return (summary->inodes[bit / 64] >> bit % 64 & 1) != 0;
}

/* ATTRIBUTES: the kernel's, of the same file. Is there a record? */
bool record_read(const struct file *file, const struct statx *attributes,
	struct record *record);

/* 0, or -errno: it will be forgotten, or -EROFS: it must not change. */
int record_write(const struct file *file, const struct statx *attributes,
	const struct record *record);
int record_remove(const struct file *file, const struct statx *attributes);

/* A file has got an access control list; has any ever had one? */
void record_note_lists(void);
bool record_has_lists(void);

#endif
