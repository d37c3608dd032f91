/* SPDX-License-Identifier: MIT */
/* Calls that block: ended by a signal, begun again, or jumped out of. */
// rows: open openat accept connect recvfrom recvmsg
#include "probe.h"

#include <poll.h>
#include <setjmp.h>

static volatile sig_atomic_t signals;
static int told[2]; /* a pipe: one byte for each */
static sigjmp_buf back;
static char *fifo;

static void on_alarm(int signal)
{
	(void)signal;
	signals++;
	STEP(write(told[1], "", 1) == 1 || errno == EAGAIN);
}

static void on_alarm_jump(int signal)
{
	(void)signal;
	signals++;
	siglongjmp(back, 1);
}

static void alarms(void (*handler)(int), int flags, int milliseconds)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
	struct itimerval timer = {
		{0, milliseconds * 1000}, {0, milliseconds * 1000}};

	char byte;

	while (read(told[0], &byte, 1) == 1)
		;
	signals = 0;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void no_alarms(void)
{
	struct itimerval none = {{0, 0}, {0, 0}};

	setitimer(ITIMER_REAL, &none, NULL);
}

/* In a child: until its parent has had so many alarms. */
static void wait_for_alarms(int count)
{
	struct pollfd ready = {.fd = told[0], .events = POLLIN};
	char byte;

	while (count > 0)
		if (poll(&ready, 1, -1) == 1 && read(told[0], &byte, 1) == 1)
			count--;
}

static pid_t writer(int after_alarms)
{
	pid_t pid = fork();

	if (pid == 0) {
		wait_for_alarms(after_alarms);
		_exit(open(fifo, O_WRONLY) < 0);
	}
	return pid;
}

static void opening(void)
{
	pid_t pid;
	int fd;

	alarms(on_alarm, 0, 20);
	FAILS(EINTR, raw(SYS_open, fifo, O_RDONLY));
	STEP(signals > 0);
	FAILS(EINTR, raw(SYS_openat, AT_FDCWD, "fifo", O_WRONLY));
	no_alarms();
	alarms(on_alarm, SA_RESTART, 7);
	pid = writer(4);
	WORKS(fd = (int)raw(SYS_open, fifo, O_RDONLY));
	STEP(signals > 3);
	no_alarms();
	close(fd);
	EQUAL(0, status_of(pid));
}

/* No handler: the call goes on as if nothing had happened. */
static void stopped(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		int fd = open(fifo, O_RDONLY);

		_exit(fd < 0 ? errno : 0);
	}
	for (int i = 0; i < 3; i++) {
		await_state(pid, 'S');
		kill(pid, SIGSTOP);
		WORKS(waitpid(pid, &status, WUNTRACED));
		STEP(WIFSTOPPED(status));
		kill(pid, SIGCONT);
	}
	WORKS(close(open(fifo, O_WRONLY)));
	EQUAL(0, status_of(pid));
	/* An ignored signal does not end it either. */
	signal(SIGALRM, SIG_IGN);
	pid = writer(0);
	WORKS(close(open(fifo, O_RDONLY)));
	EQUAL(0, status_of(pid));
}

static void jumping(void)
{
	struct stat status;

	alarms(on_alarm_jump, SA_NODEFER, 20);
	if (sigsetjmp(back, 1) == 0) {
		open(fifo, O_RDONLY);
		STEP(!"reached");
	}
	WORKS(stat(absolute("file"), &status));
	no_alarms();
	/* Out of calls that do not block, at any moment. */
	alarms(on_alarm_jump, 0, 1);
	for (volatile int i = 0; i < 300; i++) {
		if (sigsetjmp(back, 1) == 0)
			for (;;) {
				int fd = openat(AT_FDCWD, absolute("file"), 0);

				if (fd < 0)
					STEP(errno == EMFILE);
				close(fd);
				readlink("/proc/self/cwd", (char[64]){0}, 64);
			}
	}
	no_alarms();
	STEP(signals >= 300);
	WORKS(stat(absolute("file"), &status));
}

static void sockets(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	socklen_t size = sizeof(name);
	struct iovec vector = {&size, sizeof(size)};
	struct msghdr message = {.msg_name = &name,
		.msg_namelen = sizeof(name),
		.msg_iov = &vector,
		.msg_iovlen = 1};
	char byte;
	int server = socket(AF_UNIX, SOCK_STREAM, 0);
	int datagram = socket(AF_UNIX, SOCK_DGRAM, 0);
	pid_t pid;

	strcpy(name.sun_path, "server");
	WORKS(bind(server, (struct sockaddr *)&name, size));
	WORKS(listen(server, 1));
	alarms(on_alarm, 0, 20);
	FAILS(EINTR, raw(SYS_accept, server, &name, &size));
	FAILS(EINTR, raw(SYS_recvfrom, datagram, &byte, 1, 0, &name, &size));
	FAILS(EINTR, raw(SYS_recvmsg, datagram, &message, 0));
	no_alarms();
	alarms(on_alarm, SA_RESTART, 7);
	pid = fork();
	if (pid == 0) {
		int client = socket(AF_UNIX, SOCK_STREAM, 0);
		struct sockaddr_un to = {.sun_family = AF_UNIX};

		wait_for_alarms(4);
		strcpy(to.sun_path, absolute("server"));
		if (strlen(absolute("server")) >= sizeof(to.sun_path))
			strcpy(to.sun_path, "server");
		_exit(connect(client, (struct sockaddr *)&to, sizeof(to)) < 0);
	}
	size = sizeof(name);
	WORKS(raw(SYS_accept, server, &name, &size));
	STEP(signals > 3);
	EQUAL(2, size);
	no_alarms();
	EQUAL(0, status_of(pid));
	close(server);
	close(datagram);
}

int main(void)
{
	scratch_open();
	WORKS(pipe2(told, O_NONBLOCK | O_CLOEXEC));
	WORKS(mkfifo("fifo", 0600));
	fifo = strdup(absolute("fifo"));
	file_make("file", "");
	opening();
	stopped();
	jumping();
	sockets();
	return 0;
}
