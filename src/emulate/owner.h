/* SPDX-License-Identifier: MIT */
/*
 * Who owns a file, for guests with a shown identity.
 *
 * A file of the user who runs proot belongs to the identity that was asked for
 * on the command line, unless it has a record. Other files of the host belong
 * to whom they belong. A record is made when the file shall look like something
 * that this user could not make: another owner, a set-user-ID or set-group-ID
 * program, a device, or a mode without rights for its owner.
 *
 * The host's mode is then the one that is implied by the record: permission
 * bits as they are shown, with reading and writing (and searching) for the
 * owner, who is the user of proot and to whom nothing is new; never set-user-ID
 * or set-group-ID on a program, which on the host would give this user's rights
 * to others. So the fake root gets at its files without temporary changes, and
 * nothing is ever opened to anybody else.
 *
 * Where proot is run by the real root there are no records: the host's file
 * system can do all this itself.
 */
#ifndef EMULATE_OWNER_H
#define EMULATE_OWNER_H

#include "emulate/file.h"
#include "emulate/identity.h"
#include "emulate/owner_rules.h"
#include "emulate/record.h"

#include <stdbool.h>
#include <sys/stat.h>

/* Is it the real user's, so that its mode and records can be changed? */
bool owner_is_self(const struct statx *attributes);

/* What is shown of a file; ATTRIBUTES are the kernel's. */
void owner_read(const struct file *file, const struct statx *attributes,
	struct record *shown);

/* The same, put in place: one of attributes_show()'s features. */
void owner_show(const struct identity *who, const struct file *file,
	struct statx *attributes);

/*
 * Where nothing has a name but those of processes, descriptors and terminals:
 * st_dev of /proc, which is first, of /dev/pts, pipes, sockets, files in
 * memory, and of descriptors of all else.
 */
const dev_t *owner_kernel_devices(void);

/*
 * One of the host's terminals: its mode is the kernel's, and if it is the real
 * user's it belongs to WHO asks (null: that is unknown).
 */
bool owner_is_terminal(const struct statx *attributes);
void owner_claim(const struct identity *who, const struct statx *attributes,
	struct record *shown);

/*
 * The host's device of the number that is shown, if it is one that everybody
 * may use: it is opened in the place of a guest's own node.
 */
bool owner_find_device(const struct record *shown, struct stat *device,
	struct host_path *found);

/* Its security.capability, the guest's own or the host's. */
void owner_read_capabilities(const struct file *file, struct set_id *set_id);

/* Who changes a file takes them away: ATTR_KILL_PRIV, fs/attr.c. */
void owner_lose_capabilities(
	const struct file *file, const struct statx *attributes);

/*
 * Make it look so from now on: 0, or -EROFS. What cannot be remembered is
 * forgotten silently.
 */
int owner_set(const struct file *file, const struct statx *attributes,
	const struct record *wanted);

#endif
