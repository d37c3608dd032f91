/* SPDX-License-Identifier: MIT */
/* Stopped and continued children are reported to their parent as natively. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Its end lets the child end: not before it was seen to continue. */
static int gate[2];

/* Stops itself with SIGNAL, looks up a path afterwards, ends with 5. */
static pid_t child_start(int signal)
{
	struct stat status;
	char byte;
	pid_t pid;

	if (pipe(gate) < 0)
		return -1;
	pid = fork();
	if (pid == 0) {
		close(gate[1]);
		raise(signal);
		while (read(gate[0], &byte, 1) != 0)
			;
		_exit(stat("/proc/self/exe", &status) ? 6 : 5);
	}
	return pid;
}

/* Does the file say so about the process, soon, each time it is opened? */
static void tells(pid_t pid, const char *name, const char *text)
{
	char path[64];
	char content[4096];
	ssize_t size;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	do {
		int fd = open(path, O_RDONLY | O_CLOEXEC);

		size = read(fd, content, sizeof(content) - 1);
		close(fd);
		content[size > 0 ? size : 0] = '\0';
	} while (size > 0 && !strstr(content, text));
}

static int child_check(int signal)
{
	pid_t pid = child_start(signal);
	int status;

	if (waitpid(pid, &status, WUNTRACED) != pid)
		return 1;
	if (!WIFSTOPPED(status) || WSTOPSIG(status) != signal)
		return 2;
	/* Reported once. */
	if (waitpid(pid, &status, WUNTRACED | WNOHANG) != 0)
		return 3;
	tells(pid, "stat", ") T ");
	tells(pid, "status", "State:\tT (stopped)\n");
	if (kill(pid, SIGCONT) < 0)
		return 4;
	tells(pid, "stat", ") S ");
	if (waitpid(pid, &status, WCONTINUED) != pid || !WIFCONTINUED(status))
		return 5;
	close(gate[0]);
	close(gate[1]);
	if (waitpid(pid, &status, 0) != pid)
		return 6;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 5)
		return 7;
	return 0;
}

/* A stopped process can be killed. */
static int killed_check(void)
{
	pid_t pid = child_start(SIGSTOP);
	int status;

	if (waitpid(pid, &status, WUNTRACED) != pid || !WIFSTOPPED(status))
		return 1;
	close(gate[0]);
	close(gate[1]);
	if (kill(pid, SIGKILL) < 0 || waitpid(pid, &status, 0) != pid)
		return 2;
	if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL)
		return 3;
	return 0;
}

int main(void)
{
	int step;

	if ((step = child_check(SIGSTOP)))
		return step;
	if ((step = killed_check()))
		return 20 + step;
	return 0;
}
