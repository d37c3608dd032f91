/* SPDX-License-Identifier: MIT */
/* prctl and seccomp answer as they do without a tracer. */
// rows: prctl seccomp landlock_restrict_self
#include "probe.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>

static char **program_arguments;

static void dumpable(void)
{
	struct stat status;

	EQUAL(1, prctl(PR_GET_DUMPABLE));
	WORKS(prctl(PR_SET_DUMPABLE, 0));
	EQUAL(0, prctl(PR_GET_DUMPABLE));
	/* Its paths are still looked up. */
	WORKS(stat(absolute("file"), &status));
	STEP(fork() || (prctl(PR_GET_DUMPABLE) == 0 ? (_exit(0), 1) : 0));
	wait(NULL);
	WORKS(prctl(PR_SET_DUMPABLE, 1));
	EQUAL(1, prctl(PR_GET_DUMPABLE));
	FAILS(EINVAL, prctl(PR_SET_DUMPABLE, 2));
	FAILS(EINVAL, prctl(PR_SET_DUMPABLE, 3));
	EQUAL(1, prctl(PR_GET_DUMPABLE));
}

/* It belongs to the memory, with whomever that is shared. */
static void dumpable_together(void)
{
	pid_t child = vfork();

	if (child == 0) {
		prctl(PR_SET_DUMPABLE, 0);
		_exit(0);
	}
	EQUAL(0, status_of(child));
	EQUAL(0, prctl(PR_GET_DUMPABLE));
	child = fork();
	if (child == 0) {
		prctl(PR_SET_DUMPABLE, 1);
		_exit(0);
	}
	EQUAL(0, status_of(child));
	EQUAL(0, prctl(PR_GET_DUMPABLE));
	/* A program has memory of its own. */
	child = vfork();
	if (child == 0) {
		execve("/probes/static", (char *[]){"static", NULL}, environ);
		_exit(0);
	}
	EQUAL(0, status_of(child));
	EQUAL(0, prctl(PR_GET_DUMPABLE));
	WORKS(prctl(PR_SET_DUMPABLE, 1));
}

static void names(void)
{
	char name[17] = "";

	WORKS(prctl(PR_GET_NAME, name));
	SAME("control", name);
	WORKS(prctl(PR_SET_NAME, "a name that is too long"));
	WORKS(prctl(PR_GET_NAME, name));
	SAME("a name that is ", name);
}

static void death(void)
{
	int signal = -1;

	WORKS(prctl(PR_GET_PDEATHSIG, &signal));
	EQUAL(0, signal);
	WORKS(prctl(PR_SET_PDEATHSIG, SIGUSR1));
	WORKS(prctl(PR_GET_PDEATHSIG, &signal));
	EQUAL(SIGUSR1, signal);
	WORKS(prctl(PR_SET_PDEATHSIG, 0));
	if (older_than(3, 4)) /* subreapers */
		return;
	EQUAL(0, prctl(PR_GET_CHILD_SUBREAPER, &signal));
	EQUAL(0, signal);
}

static const char *status_line(const char *key)
{
	static char line[256];
	FILE *file = fopen("/proc/self/status", "r");
	size_t size = strlen(key);

	while (fgets(line, sizeof(line), file))
		if (strncmp(line, key, size) == 0 && line[size] == ':') {
			fclose(file);
			line[strcspn(line, "\n")] = '\0';
			return line + size + 2;
		}
	fclose(file);
	return "?";
}

static void privileges(void)
{
	if (older_than(3, 5))
		return;
	EQUAL(0, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	SAME("0", status_line("NoNewPrivs"));
	FAILS(EINVAL, prctl(PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0));
	FAILS(EINVAL, prctl(PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0));
	FAILS(EINVAL, prctl(PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0));
	EQUAL(0, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	EQUAL(0, prctl(PR_GET_SECCOMP));
	SAME("0", status_line("Seccomp"));
	SAME("0", status_line("Seccomp_filters"));
	SAME("0", status_line("TracerPid"));
}

static void seccomp_answers(void)
{
	unsigned int action = SECCOMP_RET_ERRNO;

	if (older_than(4, 14))
		return;
	WORKS(raw(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
	action = 0x12340000;
	FAILS(EOPNOTSUPP,
		raw(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
	FAILS(EINVAL, raw(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, NULL));
	FAILS(EINVAL, raw(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, &action));
	FAILS(EINVAL, raw(SYS_seccomp, 100, 0, NULL));
	FAILS(EFAULT, raw(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL));
	EQUAL(0, prctl(PR_GET_SECCOMP));
}

/* Refuses one call with an error of its own. */
static long filter_install(long call, unsigned int answer, bool by_prctl)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (unsigned int)NUMBER(call),
			0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {4, filter};

	if (by_prctl)
		return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
	return raw(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program);
}

/* It takes a privilege, or the promise that execve gives none. */
static void needs_promise(void)
{
	struct sock_fprog program = {0, NULL};

	FAILS(EINVAL, raw(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
	FAILS(EINVAL, raw(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 64, NULL));
	if (geteuid() == 0 || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1)
		return;
	FAILS(EACCES, filter_install(SYS_getppid, SECCOMP_RET_ALLOW, false));
	FAILS(EACCES, filter_install(SYS_getppid, SECCOMP_RET_ALLOW, true));
	SAME("0", status_line("Seccomp"));
	/* The kernel's own order, where it has Landlock. */
	if (raw(SYS_landlock_create_ruleset, NULL, 0L, 1L) > 0)
		FAILS(EPERM, raw(SYS_landlock_restrict_self, -1L, 0L));
}

static volatile sig_atomic_t caught;

static void on_bad_call(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	caught = info->si_syscall;
}

/* A guest's own filter sees the guest's calls, and only those. */
static void own_filter(void)
{
	struct sigaction action = {
		.sa_sigaction = on_bad_call, .sa_flags = SA_SIGINFO};
	struct stat status;

	WORKS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	EQUAL(1, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	SAME("1", status_line("NoNewPrivs"));
	WORKS(filter_install(SYS_getppid, SECCOMP_RET_ERRNO | 99, true));
	EQUAL(2, prctl(PR_GET_SECCOMP));
	SAME("2", status_line("Seccomp"));
	FAILS(99, raw(SYS_getppid));
	WORKS(stat(absolute("file"), &status));
	WORKS(filter_install(SYS_mkdir, SECCOMP_RET_ERRNO | 98, false));
	FAILS(98, raw(SYS_mkdir, absolute("no"), 0755));
	STEP(stat("no", &status) < 0);
	sigaction(SIGSYS, &action, NULL);
	WORKS(filter_install(SYS_rmdir, SECCOMP_RET_TRAP, false));
	raw(SYS_rmdir, absolute("d"));
	EQUAL(NUMBER(SYS_rmdir), caught);
	WORKS(stat("d", &status));
	FAILS(EINVAL, prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
}

/* Nobody traces the guest, as far as it knows. */
static void without_tracer(void)
{
	struct stat status;

	WORKS(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	WORKS(filter_install(SYS_getpgrp, SECCOMP_RET_TRACE, false));
	FAILS(ENOSYS, raw(SYS_getpgrp));
	WORKS(filter_install(SYS_stat, SECCOMP_RET_TRACE, false));
	FAILS(ENOSYS, raw(SYS_stat, absolute("file"), &status));
}

static void killed_by_filter(void)
{
	int status;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (fork() == 0) {
		filter_install(SYS_symlink, SECCOMP_RET_KILL, true);
		symlink(absolute("x"), absolute("y"));
		_exit(0);
	}
	wait(&status);
	STEP(WIFSIGNALED(status));
	EQUAL(SIGSYS, WTERMSIG(status));
}

static void strict(void)
{
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) < 0)
		raw(SYS_exit, 3);
	write(STDERR_FILENO, "", 0);
	raw(SYS_exit, 0);
}

static void strict_open(void)
{
	if (raw(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL) < 0)
		raw(SYS_exit, 3);
	raw(SYS_open, "/", O_RDONLY);
	raw(SYS_exit, 0);
}

/* A new program is dumpable, and keeps no_new_privs. */
static void after_exec(void)
{
	prctl(PR_SET_DUMPABLE, 0);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	execve("/proc/self/exe", program_arguments, environ);
	_exit(1);
}

static int is_after_exec(void)
{
	EQUAL(1, prctl(PR_GET_DUMPABLE));
	EQUAL(1, prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	SAME("1", status_line("NoNewPrivs"));
	return 0;
}

int main(int argc, char **argv)
{
	int status;

	if (argc == 2)
		return is_after_exec();
	program_arguments = (char *[]){argv[0], "again", NULL};
	scratch_open();
	file_make("file", "");
	WORKS(mkdir("d", 0755));
	names();
	death();
	privileges();
	seccomp_answers();
	dumpable();
	dumpable_together();
	if (older_than(3, 17))
		return 0;
	needs_promise();
	child_passes(after_exec);
	child_passes(own_filter);
	child_passes(killed_by_filter);
	status = in_child(strict);
	STEP(WIFEXITED(status));
	EQUAL(0, WEXITSTATUS(status));
	status = in_child(strict_open);
	STEP(WIFSIGNALED(status));
	EQUAL(SIGKILL, WTERMSIG(status));
	child_passes(without_tracer);
	return 0;
}
