/* SPDX-License-Identifier: MIT */
/* File systems, security modules and capabilities, found out at the start. */
#include "emulate/local.h"

#include "view/view.h"

#include <linux/capability.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define OVERFLOW_USER 65534 /* user_namespaces(7): whoever has no number */
#define XFS_MAGIC     0x58465342

/* Those of SELinux and Smack judge each inode; they bring a file system. */
static bool has_security_module(void)
{
	FILE *file = fopen("/proc/filesystems", "re");
	char line[64];
	bool found = !file;

	while (file && fgets(line, sizeof(line), file))
		if (strstr(line, "selinuxfs") || strstr(line, "smackfs"))
			found = true;
	if (file)
		fclose(file);
	return found;
}

static bool has_capabilities(void)
{
	struct __user_cap_header_struct header = {
		_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	return syscall(SYS_capget, &header, data) < 0 ||
	       (data[0].permitted | data[1].permitted) != 0;
}

static bool has_one_user(void)
{
	uid_t real, effective, saved;

	return getresuid(&real, &effective, &saved) == 0 && real == effective &&
	       real == saved && real != 0 && real != OVERFLOW_USER;
}

/*
 * They leave rights to generic_permission(), and whatever changes an inode or
 * its attributes sets its time of change to the present one.
 */
static bool is_local(const struct statfs *system)
{
	switch ((unsigned long)system->f_type) {
	case EXT4_SUPER_MAGIC:
	case XFS_MAGIC:
	case BTRFS_SUPER_MAGIC:
	case TMPFS_MAGIC:
		return true;
	default:
		return false;
	}
}

/* By its UUID, of all that have one. */
static uint64_t name_of(const struct statfs *system, uint64_t device)
{
	uint64_t name = 0;

	_Static_assert(sizeof(system->f_fsid) == sizeof(name), "statfs(2)");
	memcpy(&name, &system->f_fsid, sizeof(name));
	return name ? name : device;
}

static void add(
	struct local *local, const struct statfs *system, uint64_t device)
{
	for (uint32_t i = 0; i < local->count; i++)
		if (local->devices[i] == device)
			return;
	if (local->count == LOCAL_COUNT)
		return;
	local->names[local->count] = name_of(system, device);
	local->devices[local->count++] = device;
}

void local_find(struct local *local, const struct view *view)
{
	struct statfs system;
	struct stat status;

	if (has_one_user() && !has_capabilities() && !has_security_module())
		local->reader = getuid();
	for (unsigned int i = 0; i < view->count; i++) {
		const char *path = view->bindings[i]->host->text.bytes;

		if (stat(path, &status) == 0 && statfs(path, &system) == 0 &&
			is_local(&system))
			add(local, &system, status.st_dev);
	}
	local_settle(local);
}

/* The clock of files, which this one is, goes by at most so much at once. */
#define TICK 10000000 /* ns, with HZ=100 */

void local_settle(struct local *local)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME_COARSE, &now);
	__atomic_store_n(&local->calm,
		now.tv_sec * 1000000000ll + now.tv_nsec - TICK,
		__ATOMIC_RELAXED);
}
