/* SPDX-License-Identifier: MIT */
/* What root has closed to all others is open to root, by every call. */
// rows: openat2 execve execveat connect chroot mount open stat
// options: -0
// guest only
#include "probe.h"

#include <linux/openat2.h>
#include <sys/mount.h>

/* Not open to the real user, either: nobody has asked for it yet. */
static const char *closed(void)
{
	static char name[32];
	static int number;

	snprintf(name, sizeof(name), "closed-%d", ++number);
	WORKS(mkdir(name, 0600));
	return name;
}

static const char *below(const char *name)
{
	static char path[64];

	snprintf(path, sizeof(path), "%s/%s", closed(), name);
	return path;
}

static void opens(uint64_t resolve)
{
	struct open_how how = {
		.flags = O_RDWR | O_CREAT, .mode = 0644, .resolve = resolve};
	long fd = raw(
		(long)CALL_openat2, AT_FDCWD, below("made"), &how, sizeof(how));

	STEP(fd >= 0 || errno == ENOSYS);
}

static void connects(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	WORKS(fd);
	strcpy(name.sun_path, below("none"));
	FAILS(ENOENT, connect(fd, (void *)&name, sizeof(name)));
	WORKS(close(fd));
}

static const char *root;

static void changes_root(void)
{
	WORKS(chroot(root));
	WORKS(chdir("/"));
	FAILS(ENOENT, access("/bin", F_OK));
}

static void looks_up(void)
{
	struct stat status;

	FAILS(ENOENT, open(below("none"), O_RDONLY));
	FAILS(ENOENT, stat(below("none"), &status));
}

int main(void)
{
	char *arguments[] = {"none", NULL};
	char *environment[] = {NULL};

	opens(0);
	opens(RESOLVE_BENEATH);
	opens(RESOLVE_IN_ROOT);
	looks_up();
	FAILS(ENOENT, execve(below("none"), arguments, environment));
	if (!older_than(3, 19)) /* or proot may have it all the same */
		FAILS(ENOENT, raw(SYS_execveat, AT_FDCWD, below("none"),
				      arguments, environment, 0L));
	connects();
	root = below(".");
	child_passes(changes_root);
	WORKS(mkdir("here", 0755));
	WORKS(mount(below("."), "here", NULL, MS_BIND, NULL));
	WORKS(access("here/..", F_OK));
	return 0;
}
