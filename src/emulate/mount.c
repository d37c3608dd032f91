/* SPDX-License-Identifier: MIT */
/*
 * mount(2), umount2(2) and pivot_root(2).
 *
 * For guests that may mount, what is shown where is the view's business, and
 * nothing is really mounted: bind mounts are bindings, a tmpfs is a directory
 * of ours, proc and its like are the host's. What only the kernel can have, a
 * disk's file system, is left to it. Guests without the privilege are told so
 * by the kernel, too.
 *
 * The interface of file descriptors for mounts (fsopen(2) and so on, Linux
 * 5.2) is missing for those who may mount: programs then use this one.
 */
#include "emulate/handlers.h"
#include "emulate/paths.h"
#include "emulate/root.h"
#include "emulate/tmpfs.h"
#include "emulate/usage.h"
#include "emulate/user_namespace.h"

#include "view/storage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/mount.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROPAGATION (MS_SHARED | MS_PRIVATE | MS_SLAVE | MS_UNBINDABLE)
#define WORD_MAX    64

/* In its user namespace, and are the mounts of that one? */
static bool may_mount(const struct task *task)
{
	return task_may(task, CAP_SYS_ADMIN) &&
	       user_namespace_number(task->process) ==
		       root_owner(task->process);
}

/* --- left to the kernel --- */

/* A block device, a directory to bind, or just a word like "proc". */
static bool source_is_path(struct call *call)
{
	char first = '\0';

	if (call->arguments[3] & (MS_BIND | MS_MOVE))
		return true;
	return guest_read(call->task, call->arguments[0], &first, 1) == 0 &&
	       first == '/';
}

static void leave_to_kernel(struct call *call)
{
	if (source_is_path(call))
		path_rewrite(call, 0);
	if (!call->is_done)
		path_rewrite(call, 1);
}

/* --- what can be mounted --- */

static unsigned int shown_flags(uint64_t flags)
{
	return (flags & MS_RDONLY ? MOUNT_READ_ONLY : 0) |
	       (flags & MS_NOSUID ? MOUNT_NO_SUID : 0) |
	       (flags & MS_NODEV ? MOUNT_NO_DEVICES : 0) |
	       (flags & MS_NOEXEC ? MOUNT_NO_EXEC : 0) |
	       (flags & MS_NOATIME ? MOUNT_NO_ACCESS_TIMES : 0);
}

/* File systems without a disk of which there is one, and everybody's. */
static bool is_shared_type(const char *type)
{
	static const char *const TYPES[] = {"proc", "sysfs", "devtmpfs",
		"devpts", "mqueue", "cgroup", "cgroup2", "hugetlbfs", "debugfs",
		"tracefs", "securityfs", "configfs", "pstore", "bpf",
		"binfmt_misc", "fusectl", "efivarfs"};

	for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++)
		if (strcmp(type, TYPES[i]) == 0)
			return true;
	return false;
}

/*
 * proc tells of a PID namespace, sysfs of a network namespace, to the root of
 * the user namespace that owns that: the first one, here. Files fs/proc/root.c,
 * fs/sysfs/mount.c.
 */
static bool is_of_first_namespace(const char *type)
{
	return strcmp(type, "proc") == 0 || strcmp(type, "sysfs") == 0;
}

/* Where the host has it: the shortest path. */
static int find_on_host(const char *type, struct host_path *host)
{
	FILE *file = setmntent("/proc/self/mounts", "re");
	const struct mntent *entry;

	text_clear(&host->text);
	while (file && (entry = getmntent(file))) {
		size_t size = strlen(entry->mnt_dir);

		if (strcmp(entry->mnt_type, type) == 0 &&
			(host->text.length == 0 || size < host->text.length))
			text_set(&host->text, entry->mnt_dir, size);
	}
	if (file)
		endmntent(file);
	/* In a container, /dev is made by hand. */
	if (host->text.length == 0 && strcmp(type, "devtmpfs") == 0)
		text_set(&host->text, "/dev", 4);
	return host->text.length > 0 ? 0 : -ENODEV;
}

/*
 * A new instance of devpts has a ptmx that everybody may open, where the
 * host's often has one for nobody, and a /dev/ptmx instead.
 */
static void add_ptmx(struct new_mount *new)
{
	struct host_path ptmx;

	text_copy(&ptmx.text, &new->host.text);
	if (path_join(&ptmx.text, "ptmx", 4) < 0 ||
		access(ptmx.text.bytes, R_OK | W_OK) == 0 ||
		access(ptmx.text.bytes, F_OK) < 0 ||
		access("/dev/ptmx", R_OK | W_OK) < 0)
		return;
	new->inner_name = "/ptmx";
	text_set(&new->inner.text, "/dev/ptmx", 9);
}

/* get_fs_type(), fs/filesystems.c: only those of FUSE have a part after a dot.
 */
static bool is_known_type(const char *type)
{
	size_t size = strncmp(type, "fuse", 4) == 0 ? strcspn(type, ".")
						    : strlen(type);
	FILE *file = fopen("/proc/filesystems", "re");
	char line[WORD_MAX + 8];
	bool is_found = !file;

	while (!is_found && fgets(line, sizeof(line), file)) {
		const char *name = strrchr(line, '\t');

		is_found = name && strcspn(name + 1, "\n") == size &&
			   strncmp(name + 1, type, size) == 0;
	}
	if (file)
		fclose(file);
	return is_found;
}

/* 1: it is for the kernel to say. */
static int new_of_type(
	struct call *call, const char *type, struct new_mount *new)
{
	bool is_ramfs = strcmp(type, "ramfs") == 0;
	int status;

	if (is_ramfs || strcmp(type, "tmpfs") == 0)
		return tmpfs_create(call, is_ramfs, new);
	if (!is_shared_type(type) && !call->task->identity)
		return 1;
	if (!is_shared_type(type))
		return is_known_type(type) ? -EPERM : -ENODEV;
	if (is_of_first_namespace(type) &&
		user_namespace_number(call->task->process) != 0)
		return -EPERM;
	status = find_on_host(type, &new->host);
	if (status == 0 && strcmp(type, "devpts") == 0)
		add_ptmx(new);
	return status;
}

/* --- mount(2) --- */

static int read_word(struct task *task, uint64_t address, char *word)
{
	long size;

	word[0] = '\0';
	if (address == 0)
		return 0;
	size = guest_read_string(task, address, word, WORD_MAX);
	if (size == -ENAMETOOLONG)
		word[WORD_MAX - 1] = '\0';
	return size == -EFAULT ? -EFAULT : 0;
}

static int mount_fresh(struct call *call, const struct place *place)
{
	static struct new_mount new; /* large, and one at a time */
	char type[WORD_MAX];
	char device[WORD_MAX];
	struct standpoint *standpoint;
	int status = read_word(call->task, call->arguments[2], type);

	new = (struct new_mount){.is_directory = true,
		.flags = shown_flags(call->arguments[3]),
		.device = device};
	if (status == 0)
		status = read_word(call->task, call->arguments[0], device);
	if (status == 0 && call->arguments[2] == 0)
		status = -EINVAL;
	if (status == 0)
		status = new_of_type(call, type, &new);
	if (status != 0)
		return status;
	standpoint = root_for_mounting(call->task->process);
	if (!standpoint) {
		storage_leave(new.storage);
		return -ENOMEM;
	}
	return mount_new(standpoint, &new, place);
}

/*
 * A file that no path of the view leads to, but a descriptor: it is in a mount
 * that others cover, or what it is on the host is shown. A tmpfs that is not
 * mounted here is nothing to bind, may_copy_tree() in fs/namespace.c.
 */
static int bind_unnamed(struct standpoint *standpoint,
	const struct resolution *r, const struct place *place,
	bool with_submounts)
{
	static struct new_mount new;
	const struct text *storages = &storage_directory()->text;
	int status;

	new = (struct new_mount){.is_directory = file_is_directory(&r->host)};
	status = path_real(&r->host, &new.host);
	if (status == 0)
		status = mount_bind_covered(
			standpoint, &new.host, place, with_submounts);
	if (status != -ENOENT)
		return status;
	if (storages->length > 0 && path_below(&new.host.text, storages))
		return -EINVAL;
	return mount_new(standpoint, &new, place);
}

/* Of a descriptor by O_PATH, stat(2) tells that. */
static bool is_symlink(const struct host_path *host)
{
	struct stat status;

	return stat(host->text.bytes, &status) == 0 && S_ISLNK(status.st_mode);
}

/* MS_BIND and MS_MOVE: from what is there already. */
static int mount_again(struct call *call, const struct place *place)
{
	uint64_t flags = call->arguments[3];
	struct standpoint *standpoint;
	struct resolution *r;
	int status = path_find(call, 0, LOOKUP_FOLLOW, &r);

	if (status < 0)
		return status;
	if (is_symlink(&r->host)) /* its text would be the host's to follow */
		return -ENOENT;
	standpoint = root_for_mounting(call->task->process);
	if (!standpoint)
		return -ENOMEM;
	if (!r->has_guest)
		return flags & MS_BIND ? bind_unnamed(standpoint, r, place,
						 (flags & MS_REC) != 0)
				       : -EINVAL;
	if (flags & MS_BIND)
		return mount_bind(
			standpoint, &r->guest, place, (flags & MS_REC) != 0);
	return mount_move(standpoint, &r->guest, place);
}

/* A mount of the host's own, which is no binding. */
static bool is_host_mount(const struct resolution *r)
{
	FILE *file = setmntent("/proc/self/mounts", "re");
	const struct mntent *entry = NULL;
	struct host_path host;

	text_copy(&host.text, &r->host.text);
	while (host.text.length > 1 &&
		strchr("/.", host.text.bytes[host.text.length - 1]))
		text_truncate(&host.text, host.text.length - 1);
	while (file && (entry = getmntent(file)))
		if (text_is(&host.text, entry->mnt_dir))
			break;
	if (file)
		endmntent(file);
	return entry != NULL;
}

/* MS_REMOUNT. What the host has mounted is first bound to its own place. */
static int remount(struct call *call, const struct resolution *r,
	const struct guest_path *place)
{
	unsigned int flags = shown_flags(call->arguments[3]);
	struct standpoint *standpoint = root_for_mounting(call->task->process);
	int status;

	if (!standpoint)
		return -ENOMEM;
	status = mount_change(standpoint, place, flags);
	if (status != -EINVAL || !is_host_mount(r))
		return status;
	status = mount_bind(
		standpoint, place, &(struct place){.guest = place}, false);
	return status < 0 ? status : mount_change(standpoint, place, flags);
}

/* Shared mounts do not exist here: all are private. But it must be a mount. */
static int set_propagation(uint64_t flags, const struct resolution *r)
{
	uint64_t kind = flags & PROPAGATION;

	if ((kind & (kind - 1)) != 0 ||
		(flags & ~(uint64_t)(PROPAGATION | MS_REC | MS_SILENT)) != 0)
		return -EINVAL;
	return r->has_guest && (r->binding || is_host_mount(r)) ? 0 : -EINVAL;
}

static int mount_as_asked(struct call *call)
{
	uint64_t flags = call->arguments[3] & 0xffffffff;
	struct resolution *r;
	struct guest_path guest;
	struct host_path host;
	struct place place = {.covered = &host};
	int status = path_find(call, 1, LOOKUP_FOLLOW, &r);

	if ((flags & MS_MGC_MSK) == MS_MGC_VAL)
		flags &= ~(uint64_t)MS_MGC_MSK;
	if (status == 0 && !r->has_guest)
		status = path_real(&r->host, &host);
	if (status < 0)
		return status;
	if (r->has_guest) {
		text_copy(&guest.text, &r->guest.text);
		place.guest = &guest;
	}
	if (flags & MS_REMOUNT)
		return r->has_guest ? remount(call, r, &guest) : -EINVAL;
	if (flags & (MS_BIND | MS_MOVE))
		return mount_again(call, &place);
	if (flags & PROPAGATION)
		return set_propagation(flags, r);
	return mount_fresh(call, &place);
}

void mount_enter(struct call *call)
{
	int status = may_mount(call->task) ? mount_as_asked(call) : 1;

	if (status == 1)
		leave_to_kernel(call);
	else
		call_finish(call, status);
}

/* --- umount2(2), pivot_root(2) --- */

/* oldumount(2) of 32 bits has no flags. */
static uint64_t umount_flags(const struct call *call)
{
	return argument_of(call, UMOUNT_FLAGS) & 0xffffffff;
}

/* "." is the current directory, whatever is mounted over it. */
static bool means_directory(struct call *call)
{
	char path[4];

	return guest_read_string(call->task, call->arguments[0], path,
		       sizeof(path)) == 1 &&
	       path[0] == '.';
}

/* A mount that has no path any more, but a guest is in it, or near. */
static int umount_unnamed(
	struct call *call, const struct resolution *r, bool detaches)
{
	struct host_path host;
	int status = -EINVAL;

	if (means_directory(call))
		status = viewer_host_path(&call->task->viewer, AT_FDCWD, &host);
	else if (!r->has_guest)
		status = path_real(&r->host, &host);
	if (status < 0)
		return status;
	return mount_remove_hidden(
		root_for_mounting(call->task->process), &host, detaches);
}

struct use {
	const struct standpoint *standpoint;
	const struct guest_path *place;
	bool is_found;
};

/* Is a guest's current directory there? */
static void look_for_use(struct task *task, void *data)
{
	struct use *use = data;
	const struct process *process = task->process;
	struct host_path host;
	struct guest_path guest;

	if (!process || process->standpoint != use->standpoint ||
		viewer_host_path(&task->viewer, AT_FDCWD, &host) < 0 ||
		!viewer_remembers(process->view, &task->viewer, &host, &guest))
		return;
	use->is_found |= path_below(&guest.text, &use->place->text) != NULL;
}

/* Of a tmpfs that is nowhere else, descriptors tell, too. */
static bool is_in_use(
	const struct standpoint *standpoint, const struct resolution *r)
{
	struct use use = {standpoint, &r->guest, false};
	const struct host_path *only = mount_only_in(standpoint, &r->guest);

	if (r->binding)
		task_each(look_for_use, &use);
	return use.is_found || (only && usage_find(only, standpoint));
}

static int umount_named(struct standpoint *standpoint,
	const struct resolution *r, uint64_t flags)
{
	bool detaches = (flags & MNT_DETACH) != 0;

	if (!r->has_guest)
		return -EINVAL;
	if (!detaches && is_in_use(standpoint, r)) {
		mount_forget_expiry(standpoint, &r->guest);
		return -EBUSY;
	}
	return flags & MNT_EXPIRE
		       ? mount_expire(standpoint, &r->guest)
		       : mount_remove(standpoint, &r->guest, detaches);
}

/* What is mounted there may be gone from the host: it is a mount all the same.
 */
static int find_mount(
	struct call *call, unsigned int lookup, struct resolution **r)
{
	int status;

	*r = NULL;
	status = path_find(call, 0, lookup, r);
	return status == -ENOENT && *r && (*r)->has_guest && (*r)->binding
		       ? 0
		       : status;
}

static int umount_as_asked(struct call *call)
{
	uint64_t flags = umount_flags(call);
	struct standpoint *standpoint;
	struct resolution *r;
	int status;

	if (flags & ~(uint64_t)(MNT_FORCE | MNT_DETACH | MNT_EXPIRE |
				UMOUNT_NOFOLLOW))
		return -EINVAL;
	status = find_mount(
		call, flags & UMOUNT_NOFOLLOW ? 0 : LOOKUP_FOLLOW, &r);
	if (status < 0)
		return status;
	if ((flags & MNT_EXPIRE) && (flags & (MNT_FORCE | MNT_DETACH)))
		return -EINVAL;
	standpoint = root_for_mounting(call->task->process);
	if (!standpoint)
		return -ENOMEM;
	status = umount_named(standpoint, r, flags);
	if (status == -EINVAL && !(flags & MNT_EXPIRE))
		status = umount_unnamed(call, r, (flags & MNT_DETACH) != 0);
	/* Perhaps one that the kernel knows. */
	return status == -EINVAL && !call->task->identity ? 1 : status;
}

void umount_enter(struct call *call)
{
	int status = may_mount(call->task) ? umount_as_asked(call) : 1;

	if (status == 1)
		path_rewrite(call, 0);
	else
		call_finish(call, status);
	usage_sweep();
}

/* A directory that has a name in the view. */
static int find_named_directory(
	struct call *call, unsigned int argument, struct resolution **r)
{
	int status = path_find(call, argument, LOOKUP_FOLLOW, r);

	if (status == 0 && !file_is_directory(&(*r)->host))
		status = -ENOTDIR;
	if (status == 0 && !(*r)->has_guest)
		status = -EINVAL;
	return status;
}

static int pivot_as_asked(struct call *call)
{
	struct standpoint *standpoint;
	struct resolution *r;
	struct guest_path new_root;
	int status = find_named_directory(call, 0, &r);

	if (status < 0)
		return status;
	text_copy(&new_root.text, &r->guest.text);
	status = find_named_directory(call, 1, &r);
	if (status < 0)
		return status;
	standpoint = root_for_mounting(call->task->process);
	return standpoint ? mount_pivot(standpoint, &new_root, &r->guest)
			  : -ENOMEM;
}

void pivot_enter(struct call *call)
{
	if (!may_mount(call->task)) {
		path_rewrite(call, 0);
		if (!call->is_done)
			path_rewrite(call, 1);
		return;
	}
	call_finish(call, pivot_as_asked(call));
}

/* --- the interface of file descriptors --- */

void newmount_enter(struct call *call)
{
	if (call->task->identity && may_mount(call->task))
		call_finish(call, -ENOSYS);
	else
		rewrite_enter(call);
}

/* Without OPEN_TREE_CLONE it is open(2) with O_PATH. */
void opentree_enter(struct call *call)
{
	if (call->arguments[2] & OPEN_TREE_CLONE)
		newmount_enter(call);
	else
		rewrite_enter(call);
}

/* The value is argument 3, the directory that it starts from argument 4. */
void fsconfig_enter(struct call *call)
{
	char path[TEXT_MAX];
	struct resolution *r;
	long size = guest_read_string(
		call->task, call->arguments[3], path, sizeof(path));
	int status;

	if (size <= 0)
		return;
	status = path_resolve(call, (int)call->arguments[4], path, (size_t)size,
		LOOKUP_FOLLOW, &r);
	if (status < 0)
		call_finish(call, status);
	else if (!r->is_untouched)
		path_set(call, 3, r);
}
