/* SPDX-License-Identifier: MIT */
/* Pointers with a tag in their top byte, which aarch64 lets a program use. */
// rows: openat newfstatat readlinkat getcwd execve connect
#include "probe.h"

#include <sys/prctl.h>

#ifdef __aarch64__

#define SET_TAGGED_ADDRESSES 55 /* linux/prctl.h, Linux 5.4 */

static long tagged(const void *pointer)
{
	return (long)((uintptr_t)pointer | 0x5aull << 56);
}

static void executing(void)
{
	const char *arguments[] = {"program", "again", NULL};
	const char **pointers = calloc(3, sizeof(*pointers));

	for (int i = 0; i < 2; i++)
		pointers[i] = (const char *)tagged(arguments[i]);
	raw(SYS_execve, tagged("program"), tagged(pointers), tagged(environ));
	_exit(100);
}

int main(int argc, char **argv)
{
	static char buffer[PATH_MAX];
	static struct stat status;
	struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "none"};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (argc > 1)
		return strcmp(argv[1], "again") != 0;
	if (prctl(SET_TAGGED_ADDRESSES, 1, 0, 0, 0) < 0)
		probe_skip("this kernel takes no tagged pointers");
	scratch_open();
	file_make("file", "");
	program_copy("program");
	WORKS(symlink("file", "link"));
	WORKS(close((int)raw(SYS_openat, AT_FDCWD, tagged("file"), O_RDONLY)));
	WORKS(raw(SYS_openat, AT_FDCWD, tagged(absolute("link")), O_RDONLY));
	FAILS(ENOENT, raw(SYS_openat, AT_FDCWD, tagged("none"), O_RDONLY));
	FAILS(EFAULT, raw(SYS_openat, AT_FDCWD, tagged(BAD_POINTER), 0));
	WORKS(raw(
		SYS_newfstatat, AT_FDCWD, tagged("file"), tagged(&status), 0));
	STEP(S_ISREG(status.st_mode));
	EQUAL(4, raw(SYS_readlinkat, AT_FDCWD, tagged("link"), tagged(buffer),
			 sizeof(buffer)));
	WORKS(raw(SYS_readlinkat, AT_FDCWD, tagged("/proc/self/cwd"),
		tagged(buffer), sizeof(buffer)));
	buffer[strlen(absolute("")) - 1] = '\0';
	STEP(strncmp(absolute(""), buffer, strlen(buffer)) == 0);
	memset(buffer, 0, sizeof(buffer));
	WORKS(raw(SYS_getcwd, tagged(buffer), sizeof(buffer)));
	STEP(strncmp(absolute(""), buffer, strlen(buffer)) == 0);
	FAILS(ENOENT, raw(SYS_connect, fd, tagged(&name), sizeof(name)));
	child_passes(executing);
	return 0;
}

#else

int main(void)
{
	probe_skip("written for aarch64");
}

#endif
