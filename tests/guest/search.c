/* SPDX-License-Identifier: MIT */
/* Directories on the way, for a guest that has dropped its root: EACCES. */
// options: -0
// guest only
#include "probe.h"

#include <sys/un.h>

static int connect_to(const char *path)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	strcpy(name.sun_path, path);
	return (int)raw(SYS_connect, (long)fd, &name, sizeof(name));
}

static int run(const char *path)
{
	char *const argv[] = {(char *)path, NULL};

	return (int)raw(SYS_execve, path, argv, environ);
}

/* What is below directories of root's: closed (0700), shut (0), way (0711). */
static void make_tree(void)
{
	static const char *const directories[] = {"closed", "shut", "way"};
	char path[64];

	for (unsigned int i = 0; i < 3; i++) {
		WORKS(mkdir(directories[i], 0755));
		snprintf(path, sizeof(path), "%s/in", directories[i]);
		WORKS(mkdir(path, 0777));
		WORKS(chmod(path, 0777));
		snprintf(path, sizeof(path), "%s/in/file", directories[i]);
		file_make(path, "x");
		snprintf(path, sizeof(path), "%s/link", directories[i]);
		WORKS(symlink("../way/in/file", path));
	}
	WORKS(symlink("closed/in/file", "to-closed"));
	WORKS(symlink("/tmp/closed/in", "to-closed-absolute"));
	WORKS(symlink("way/in", "to-way"));
	WORKS(symlink("/probes/search", "way/program"));
	WORKS(symlink("/probes/search", "closed/program"));
	WORKS(mkdir("its", 0));
	WORKS(mkdir("its/in", 0777));
	WORKS(chown("its", 5, 6));
	WORKS(chmod("its", 0100));
	WORKS(mkdir("of-group", 0710));
	WORKS(mkdir("of-group/in", 0777));
	WORKS(chown("of-group", 0, 6));
	WORKS(chmod("closed", 0700));
	WORKS(chmod("shut", 0));
	WORKS(chmod("way", 0711));
}

static void drop(void)
{
	WORKS(raw(SYS_setgroups, 0L, 0L));
	WORKS(raw(SYS_setgid, 6L));
	WORKS(raw(SYS_setuid, 5L));
}

static void closed_ways(void)
{
	struct stat got;
	char text[64];

	drop();
	WORKS(stat("closed", &got));
	WORKS(stat("closed/", &got));
	FAILS(EACCES, raw(SYS_stat, "closed/.", &got));
	FAILS(EACCES, raw(SYS_stat, "closed/..", &got));
	FAILS(EACCES, raw(SYS_stat, "closed/in", &got));
	FAILS(EACCES, raw(SYS_lstat, "closed/link", &got));
	FAILS(EACCES, raw(SYS_stat, "closed/missing", &got));
	FAILS(EACCES, raw(SYS_stat, "closed/../way/in", &got));
	FAILS(EACCES, raw(SYS_stat, "/tmp/shut/in/file", &got));
	FAILS(EACCES, raw(SYS_readlink, "shut/link", text, 64L));
	FAILS(EACCES, raw(SYS_access, "closed/in", F_OK));
	FAILS(EACCES, open("closed/in/file", O_RDONLY));
	FAILS(EACCES, open("closed/in/new", O_WRONLY | O_CREAT, 0600));
	FAILS(EACCES, raw(SYS_mkdir, "closed/in/new", 0700L));
	FAILS(EACCES, raw(SYS_mkdir, "closed/in", 0700L));
	FAILS(EACCES, raw(SYS_unlink, "closed/in/file"));
	FAILS(EACCES, raw(SYS_rmdir, "closed/in/missing"));
	FAILS(EACCES, raw(SYS_rename, "closed/in/file", "way/in/new"));
	FAILS(EACCES, raw(SYS_rename, "way/in/file", "closed/in/new"));
	FAILS(EACCES, raw(SYS_link, "closed/in/file", "way/in/new"));
	FAILS(EACCES, raw(SYS_chmod, "closed/in", 0700L));
	FAILS(EACCES, raw(SYS_chown, "closed/in", 5L, 6L));
	FAILS(EACCES, raw(SYS_truncate, "closed/in/file", 0L));
	FAILS(EACCES, raw(SYS_chdir, "closed/in"));
	FAILS(EACCES, connect_to("closed/in/file"));
	FAILS(EACCES, run("closed/program"));
	/* Other symlinks lead there, too. */
	FAILS(EACCES, raw(SYS_stat, "to-closed", &got));
	WORKS(raw(SYS_lstat, "to-closed", &got));
	FAILS(EACCES, raw(SYS_stat, "to-closed-absolute/file", &got));
	FAILS(EACCES, raw(SYS_lstat, "to-closed-absolute/file", &got));
}

/* What the walk finds before it comes there goes first. */
static void earlier_errors(void)
{
	struct stat got;

	drop();
	FAILS(ENOENT, raw(SYS_stat, "missing/../closed/in", &got));
	FAILS(ENOTDIR, raw(SYS_stat, "way/in/file/../closed/in", &got));
	FAILS(ENOENT, raw(SYS_rename, "missing/x", "closed/in/new"));
	FAILS(EACCES, raw(SYS_rename, "closed/in/x", "missing/new"));
	FAILS(EBADF, raw(SYS_openat, -5L, "closed/in", (long)O_RDONLY));
	FAILS(ENOENT, raw(SYS_stat, "", &got));
}

static void open_ways(void)
{
	struct stat got;
	char name[64];

	drop();
	WORKS(stat("way/in/file", &got));
	WORKS(stat("way/link", &got));
	WORKS(stat("to-way/file", &got));
	WORKS(stat("to-way/../in/.", &got));
	WORKS(stat("its/in", &got));
	WORKS(stat("of-group/in", &got));
	file_make("way/in/made", "x");
	WORKS(unlink("way/in/made"));
	snprintf(name, sizeof(name), "/proc/self/fd/%d/file",
		open("way/in", O_PATH | O_DIRECTORY | O_CLOEXEC));
	WORKS(stat(name, &got));
	WORKS(stat("/dev/null", &got));
	WORKS(stat("/proc/self/status", &got));
}

/* A descriptor, or the current directory, is where the walk starts. */
static void starts(void)
{
	struct stat got;
	int closed = open("closed", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int in = open("closed/in", O_PATH | O_DIRECTORY | O_CLOEXEC);

	WORKS(chdir("closed"));
	drop();
	FAILS(EACCES, raw(SYS_stat, "in", &got));
	FAILS(EACCES, raw(SYS_stat, ".", &got));
	FAILS(EACCES, raw(SYS_stat, "..", &got));
	FAILS(EACCES, open("in/file", O_RDONLY));
	WORKS(raw(SYS_stat, "/tmp", &got));
	FAILS(EACCES, raw(SYS_openat, (long)closed, "in", (long)O_RDONLY));
	WORKS(raw(SYS_newfstatat, (long)closed, "", &got, (long)AT_EMPTY_PATH));
	WORKS(raw(SYS_newfstatat, (long)in, "file", &got, 0L));
	FAILS(EACCES, raw(SYS_newfstatat, (long)in, "../in", &got, 0L));
	WORKS(raw(SYS_newfstatat, (long)closed, "/tmp/way/in", &got, 0L));
}

/* Between the real and the effective user; and who may search anything. */
static void others(void)
{
	struct stat got;

	WORKS(raw(SYS_stat, "shut/in", &got));
	WORKS(raw(SYS_setresuid, 0L, 5L, 0L));
	FAILS(EACCES, raw(SYS_stat, "closed/in", &got));
	WORKS(raw(SYS_access, "closed/in", F_OK));
	WORKS(raw(SYS_setresuid, 5L, 0L, 0L));
	WORKS(raw(SYS_stat, "closed/in", &got));
	FAILS(EACCES, raw(SYS_access, "closed/in", F_OK));
}

static void programs(void)
{
	drop();
	run("way/program");
	_exit(99);
}

int main(int argc, char **argv)
{
	(void)argc;
	umask(022);
	if (strcmp(argv[0], "way/program") == 0)
		return 0; /* we are it */
	STEP(scratch_open() >= 0);
	WORKS(chmod(".", 0755));
	make_tree();
	child_passes(closed_ways);
	child_passes(earlier_errors);
	child_passes(open_ways);
	child_passes(starts);
	child_passes(others);
	child_passes(programs);
	return 0;
}
