/* SPDX-License-Identifier: MIT */
/* What a program of another user than root may do follows what root changes. */
// rows: stat open access readlink fchdir getuid geteuid getgid getegid
// options: -0
// guest only
#include "probe.h"

#include <grp.h>

#define OTHER 4242
#define TIMES 5 /* so often that nobody but the agent answers any more */

static int commands;
static int answers;

static int fd_result(int fd)
{
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

static int result_of(long status)
{
	return status < 0 ? errno : 0;
}

static int serve(char command, const char *directory)
{
	char path[PATH_MAX + 8];
	char text[64];
	struct stat status;
	int fd;
	int result;

	snprintf(path, sizeof(path), "%s/d/f", directory);
	switch (command) {
	case 's':
		return result_of(stat(path, &status));
	case 'r':
		return result_of(stat("d/f", &status));
	case 'o':
		return fd_result(open(path, O_RDONLY));
	case 'w':
		return fd_result(open("own", O_RDWR));
	case 'a':
		return result_of(access("d/f", R_OK));
	case 'l':
		return result_of(readlink("d/link", text, sizeof(text)));
	case 'f': /* a name below a descriptor, and going there */
		fd = open("d", O_PATH | O_DIRECTORY);
		result = result_of(fstatat(fd, "f", &status, 0));
		if (result_of(fchdir(fd)) != result)
			result = -1;
		close(fd);
		return chdir(directory) == 0 ? result : -1;
	case 'i':
		return getuid() == OTHER && geteuid() == OTHER &&
				       getgid() == OTHER && getegid() == OTHER
			       ? 0
			       : -1;
	default: /* how its own file looks */
		return stat("own", &status) == 0 && status.st_uid == OTHER &&
				       (status.st_mode & 07777) == 0600
			       ? 0
			       : -1;
	}
}

/* What the other user runs: every answer must come out the same each time. */
static int program(const char *directory)
{
	char command;

	while (read(0, &command, 1) == 1) {
		int result = serve(command, directory);

		for (int i = 1; i < TIMES; i++)
			if (serve(command, directory) != result)
				result = -1;
		if (write(1, &result, sizeof(result)) != sizeof(result))
			return 1;
	}
	return 0;
}

static int ask(char command)
{
	int result = -2;

	if (write(commands, &command, 1) != 1 ||
		read(answers, &result, sizeof(result)) != sizeof(result))
		return -2;
	return result;
}

static pid_t start(const char *program_path, const char *directory)
{
	int forth[2];
	int back[2];
	pid_t pid;

	WORKS(pipe(forth));
	WORKS(pipe(back));
	pid = fork();
	if (pid == 0) {
		dup2(forth[0], 0);
		dup2(back[1], 1);
		close(forth[1]);
		close(back[0]);
		if (setgroups(0, NULL) < 0 ||
			setresgid(OTHER, OTHER, OTHER) < 0 ||
			setresuid(OTHER, OTHER, OTHER) < 0)
			_exit(98);
		execl("/proc/self/exe", program_path, directory, NULL);
		_exit(99);
	}
	close(forth[0]);
	close(back[1]);
	commands = forth[1];
	answers = back[0];
	return pid;
}

int main(int count, char **arguments)
{
	static const char all[] = "sroalf";
	char directory[PATH_MAX];
	int status;
	pid_t pid;

	if (count > 1)
		return program(arguments[1]);
	WORKS(chmod(".", 0755));
	WORKS(mkdir("d", 0755));
	WORKS(close(creat("d/f", 0644)));
	WORKS(symlink("f", "d/link"));
	WORKS(close(creat("own", 0600)));
	WORKS(chown("own", OTHER, OTHER));
	STEP(getcwd(directory, sizeof(directory)));
	pid = start(arguments[0], directory);
	WORKS(pid);
	STEP(ask('i') == 0 && ask('?') == 0 && ask('w') == 0);

	/* A directory that root closes, opens, and gives away. */
	for (int i = 0; i < 2; i++) {
		for (const char *c = all; *c != '\0'; c++)
			STEP(ask(*c) == 0);
		WORKS(chmod("d", 0700));
		for (const char *c = all; *c != '\0'; c++)
			STEP(ask(*c) == EACCES);
		WORKS(chown("d", OTHER, (gid_t)-1));
		for (const char *c = all; *c != '\0'; c++)
			STEP(ask(*c) == 0);
		WORKS(chown("d", 0, OTHER));
		STEP(ask('s') == EACCES && ask('r') == EACCES);
		WORKS(chmod("d", 0710));
		STEP(ask('s') == 0 && ask('r') == 0);
		WORKS(chown("d", 0, 0));
		STEP(ask('s') == EACCES && ask('f') == EACCES);
		WORKS(chmod("d", 0755));
	}

	/* A file. */
	WORKS(chmod("d/f", 0600));
	STEP(ask('o') == EACCES && ask('a') == EACCES && ask('s') == 0);
	WORKS(chown("d/f", 0, OTHER));
	STEP(ask('o') == EACCES);
	WORKS(chmod("d/f", 0640));
	STEP(ask('o') == 0 && ask('a') == 0);
	WORKS(chown("own", 0, 0));
	STEP(ask('w') == EACCES);

	close(commands);
	STEP(waitpid(pid, &status, 0) == pid && status == 0);
	return 0;
}
