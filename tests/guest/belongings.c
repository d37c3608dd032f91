/* SPDX-License-Identifier: MIT */
/* What is in no file system belongs to who has it, also to others than root. */
// rows: open stat newfstatat=fstatat chmod chown connect mknod execve=execv
// options: -0
// guest only
#include "probe.h"

#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/un.h>

#define USER  5
#define GROUP 6

static char link_name[32];

static const char *link_to(int fd)
{
	WORKS(fd);
	snprintf(link_name, sizeof(link_name), "/proc/self/fd/%d", fd);
	return link_name;
}

static void belongs_to_me(int fd)
{
	struct stat status;

	WORKS(fstat(fd, &status));
	EQUAL(USER, status.st_uid);
	EQUAL(GROUP, status.st_gid);
	WORKS(stat(link_to(fd), &status));
	EQUAL(USER, status.st_uid);
}

/* --- as another user --- */

static void process_of_mine(void)
{
	char other[32];

	WORKS(close(open("/proc/self/fd", O_RDONLY | O_DIRECTORY)));
	WORKS(close(open("/proc/self/environ", O_RDONLY)));
	WORKS(close(open("/proc/self/comm", O_WRONLY)));
	WORKS(raw(SYS_access, "/proc/self/environ", R_OK));
	snprintf(other, sizeof(other), "/proc/%d/environ", (int)getppid());
	FAILS(EACCES, open(other, O_RDONLY));
	FAILS(EACCES, raw(SYS_access, other, R_OK));
}

static void descriptors_of_mine(void)
{
	int ends[2];
	int memory = (int)raw(SYS_memfd_create, "x", 0L);
	char got = 0;

	WORKS(pipe(ends));
	belongs_to_me(ends[0]);
	WORKS(write(ends[1], "x", 1));
	WORKS(read(open(link_to(ends[0]), O_RDONLY), &got, 1));
	EQUAL('x', got);
	WORKS(close(open(link_to(ends[1]), O_WRONLY)));
	if (memory >= 0) { /* Linux 3.17 */
		belongs_to_me(memory);
		WORKS(close(open(link_to(memory), O_RDWR)));
	}
	WORKS(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
	belongs_to_me(ends[0]);
}

static void terminal_of(uid_t user)
{
	int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	struct stat status;
	const char *name;

	WORKS(master);
	WORKS(grantpt(master));
	WORKS(unlockpt(master));
	name = ptsname(master);
	STEP(name != NULL);
	WORKS(stat(name, &status));
	EQUAL(user, status.st_uid);
	WORKS(chmod(name, 0600));
	WORKS(chown(name, user, (gid_t)-1));
	WORKS(chmod(name, 0620));
	WORKS(stat(name, &status));
	EQUAL(S_IFCHR | 0620, status.st_mode);
	WORKS(close(open(name, O_RDWR | O_NOCTTY)));
	WORKS(close(master));
}

static long connect_to(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	long status;

	WORKS(fd);
	strcpy(address.sun_path, name);
	status = connect(fd, (struct sockaddr *)&address, sizeof(address));
	close(fd);
	return status;
}

/* mode_strip_sgid(): the directory's group is none of mine. */
static void programs_of_mine(void)
{
	struct stat status;

	umask(0);
	WORKS(close(open("group/strange", O_CREAT | O_WRONLY, 02775)));
	WORKS(stat("group/strange", &status));
	EQUAL(S_IFREG | 0775, status.st_mode);
	WORKS(raw(SYS_mknod, "group/fifo", (long)(S_IFIFO | 02755), 0L));
	WORKS(stat("group/fifo", &status));
	EQUAL(S_IFIFO | 0755, status.st_mode);
	WORKS(mkdir("group/below", 02755));
	WORKS(stat("group/below", &status));
	EQUAL(S_IFDIR | 02755, status.st_mode);
}

static void as_user(void)
{
	process_of_mine();
	descriptors_of_mine();
	terminal_of(USER);
	FAILS(EACCES, connect_to("socket"));
	WORKS(connect_to("open"));
	programs_of_mine();
}

/* --- as root --- */

static void start(const char *what)
{
	char *arguments[] = {"belongings", (char *)what, NULL};

	execv("/proc/self/exe", arguments);
	_exit(254);
}

static void become_user(void)
{
	WORKS(raw(SYS_setgid, (long)GROUP));
	WORKS(raw(SYS_setuid, (long)USER));
	start("user");
}

/* Who is somebody else by half is not to be trusted, bprm->secureexec. */
static void become_half(void)
{
	WORKS(raw(SYS_setresuid, (long)USER, 7L, 7L));
	start("secure");
}

/* A directory of /proc is whose process it is of, however it is reached. */
static void process_of_others(void)
{
	struct stat status;
	char name[32];
	int fds[2];
	char byte;
	int fd;
	pid_t pid;

	WORKS(pipe(fds));
	pid = fork();
	if (pid == 0) {
		WORKS(raw(
			SYS_setresgid, (long)GROUP, (long)GROUP, (long)GROUP));
		WORKS(raw(SYS_setresuid, (long)USER, (long)USER, (long)USER));
		WORKS(write(fds[1], "x", 1));
		for (;;)
			pause();
	}
	EQUAL(1, read(fds[0], &byte, 1));
	snprintf(name, sizeof(name), "/proc/%d", (int)pid);
	fd = open(name, O_RDONLY | O_DIRECTORY);
	WORKS(fstat(fd, &status));
	STEP(status.st_uid == USER && status.st_gid == GROUP);
	WORKS(fstatat(fd, "task", &status, 0));
	STEP(status.st_uid == USER && status.st_gid == GROUP);
	close(fd);
	fd = open("/proc", O_RDONLY | O_DIRECTORY);
	WORKS(fstatat(fd, name + sizeof("/proc"), &status, 0));
	STEP(status.st_uid == USER && status.st_gid == GROUP);
	WORKS(fstat(fds[0], &status));
	EQUAL(0, status.st_uid);
	WORKS(kill(pid, SIGKILL));
	WORKS(waitpid(pid, NULL, 0));
	close(fd);
	close(fds[0]);
	close(fds[1]);
}

static void listen_at(const char *name, mode_t mode)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	WORKS(fd);
	strcpy(address.sun_path, name);
	WORKS(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	WORKS(listen(fd, 5));
	WORKS(chmod(name, mode));
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "user") == 0) {
		as_user();
		return 0;
	}
	if (argc > 1)
		return getauxval(AT_SECURE) == 1 ? 0 : 253;
	STEP(scratch_open() >= 0);
	WORKS(chmod(".", 0777));
	WORKS(mkdir("group", 0));
	WORKS(chown("group", 0, 1003));
	WORKS(chmod("group", 02777));
	listen_at("socket", 0600);
	listen_at("open", 0666);
	terminal_of(0);
	child_passes(become_user);
	child_passes(become_half);
	process_of_others();
	WORKS(chmod("socket", 0));
	WORKS(connect_to("socket"));
	return 0;
}
