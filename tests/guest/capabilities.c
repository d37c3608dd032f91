/* SPDX-License-Identifier: MIT */
/* A fake root's capabilities(7), and those of its programs. */
// rows: capget capset prctl execve=execl setxattr setuid
// options: -0
// guest only
#include "attributes.h"
#include "capabilities.h"

#include <linux/securebits.h>
#include <sys/prctl.h>

static void capabilities_change(void)
{
	EQUAL(1, prctl(PR_CAPBSET_READ, CAP_MKNOD, 0, 0, 0));
	WORKS(prctl(PR_CAPBSET_DROP, CAP_MKNOD, 0, 0, 0));
	EQUAL(0, prctl(PR_CAPBSET_READ, CAP_MKNOD, 0, 0, 0));
	FAILS(EINVAL, prctl(PR_CAPBSET_READ, 64, 0, 0, 0));
	WORKS(prctl(PR_SET_SECUREBITS, SECBIT_NOROOT, 0, 0, 0));
	EQUAL(SECBIT_NOROOT, prctl(PR_GET_SECUREBITS, 0, 0, 0, 0));
	WORKS(prctl(PR_SET_SECUREBITS, 0, 0, 0, 0));
	WORKS(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0));
	EQUAL(1, prctl(PR_GET_KEEPCAPS, 0, 0, 0, 0));
	WORKS(raw(SYS_setuid, 5L));
	EQUAL(0, effective_capabilities());
	STEP(caps[0].permitted & 1u << CAP_CHOWN);
	caps[0].effective = 1u << CAP_CHOWN;
	caps[0].permitted = caps[0].inheritable = 1u << CAP_CHOWN;
	caps[1].permitted = 0;
	WORKS(set_capabilities());
	EQUAL(1u << CAP_CHOWN, effective_capabilities());
	WORKS(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0));
	EQUAL(1, prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0));
	FAILS(EPERM,
		prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0));
	caps[0].permitted |= 1u << CAP_KILL;
	FAILS(EPERM, set_capabilities());
	FAILS(EPERM, prctl(PR_CAPBSET_DROP, CAP_KILL, 0, 0, 0));
}

#define UNKNOWN_CAPABILITIES (~0u << (CAP_LAST_CAP + 1 - 32))

/* mk_kernel_cap(): asking for all means for all that there are. */
static void unknown_capabilities(void)
{
	uint64_t effective = effective_capabilities();

	caps[1].effective |= UNKNOWN_CAPABILITIES;
	caps[1].permitted |= UNKNOWN_CAPABILITIES;
	caps[1].inheritable |= UNKNOWN_CAPABILITIES;
	WORKS(set_capabilities());
	STEP(effective == effective_capabilities());
}

static const char *program;

static void run_program(const char *path, const char *what)
{
	execl(path, path, what, (char *)NULL);
}

/* cap_bprm_creds_from_file(): what was given away does not come back. */
static void nothing_is_gained(void)
{
	WORKS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	memset(caps, 0, sizeof(caps));
	WORKS(set_capabilities());
	run_program(program, "without");
}

static void all_is_kept(void)
{
	WORKS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	run_program(program, "with");
}

/* Run to see which capabilities are left. */
static int look_at_capabilities(const char *what)
{
	uint64_t effective = effective_capabilities();

	if (strcmp(what, "granted") != 0)
		EQUAL(1, prctl(PR_GET_DUMPABLE));
	if (strcmp(what, "without") == 0)
		EQUAL(0, effective | caps[0].permitted | caps[1].permitted);
	else
		STEP(effective >> CAP_CHOWN & 1);
	return 0;
}

/* struct vfs_cap_data: effective, and these permitted */
static void set_file_capabilities(const char *path, uint32_t low, uint32_t high)
{
	const uint32_t data[5] = {0x02000001, low, 0, high};

	WORKS(raw(SYS_setxattr, path, "security.capability", data, sizeof(data),
		0L));
}

/* A program that wants what is not to be had does not start. */
static void file_wants_too_much(void)
{
	set_file_capabilities("copy", 1u << CAP_NET_RAW, 0);
	WORKS(prctl(PR_CAPBSET_DROP, CAP_NET_RAW, 0, 0, 0));
	FAILS(EPERM, execl("copy", "copy", "with", (char *)NULL));
}

static void file_wants_what_is_unknown(void)
{
	set_file_capabilities("copy", 1u << CAP_CHOWN, UNKNOWN_CAPABILITIES);
	WORKS(execl("copy", "copy", "with", (char *)NULL));
}

/* struct vfs_ns_cap_data: in the namespaces whose user 0 this is */
static void set_namespace_capabilities(const char *path, uint32_t root)
{
	const uint32_t data[6] = {0x03000001, 1u << CAP_CHOWN, 0, 0, 0, root};

	WORKS(raw(SYS_setxattr, path, "security.capability", data, sizeof(data),
		0L));
}

static void execute_as_nobody(const char *what)
{
	WORKS(raw(SYS_setuid, 65534L));
	WORKS(execl("copy", "copy", what, (char *)NULL));
}

static void file_is_for_this_namespace(void)
{
	set_namespace_capabilities("copy", 0);
	execute_as_nobody("granted");
}

static void file_is_for_another_namespace(void)
{
	set_namespace_capabilities("copy", 1);
	execute_as_nobody("without");
}

static void file_copy(const char *from, const char *to)
{
	static char bytes[1 << 16];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
	ssize_t size;

	while ((size = read(in, bytes, sizeof(bytes))) > 0)
		EQUAL(size, write(out, bytes, (size_t)size));
	close(in);
	close(out);
}

int main(int argc, char **argv)
{
	int directory;

	if (argc > 1)
		return look_at_capabilities(argv[1]);
	program = realpath(argv[0], NULL);
	directory = scratch_open();
	umask(022);
	STEP(program && directory >= 0);
	WORKS(chmod(".", 0777));
	child_passes(capabilities_change);
	child_passes(unknown_capabilities);
	if (!older_than(3, 5)) { /* PR_SET_NO_NEW_PRIVS */
		child_passes(nothing_is_gained);
		child_passes(all_is_kept);
	}
	file_copy(program, "copy");
	if (keeps_attributes("copy")) {
		child_passes(file_wants_too_much);
		child_passes(file_wants_what_is_unknown);
		child_passes(file_is_for_this_namespace);
		child_passes(file_is_for_another_namespace);
	}
	return 0;
}
