/* SPDX-License-Identifier: MIT */
/* Bad pointers at hot call sites give EFAULT, and never a signal. */
/*
 * Whatever SIGSEGV is set to: caught, blocked, ignored, or left alone. What it
 * was set to is so afterwards, and a fault of the program's own comes through.
 */
// rows: stat openat access readlink mkdir rename statx utimensat getcwd
#include "hot.h"

#include <setjmp.h>

static volatile sig_atomic_t faults;
static sigjmp_buf back;
static size_t size;	/* of a page */
static char *page;	/* writable; behind it nothing is mapped */
static char *read_only; /* the same, with a path at its start */
static char *forbidden; /* PROT_NONE */
static char *unended;	/* a string that runs over the end of page */
static char *at_end;	/* a path whose last byte is page's last */

static void on_fault(int signal)
{
	(void)signal;
	faults++;
	siglongjmp(back, 1);
}

static void memory_make(void)
{
	char *all;

	size = (size_t)sysconf(_SC_PAGESIZE);
	all = mmap(NULL, 6 * size, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	STEP(all != MAP_FAILED);
	page = all;
	munmap(all + size, size);
	read_only = all + 2 * size;
	strcpy(read_only, "known/file");
	WORKS(mprotect(read_only, size, PROT_READ));
	munmap(all + 3 * size, size);
	forbidden = all + 4 * size;
	WORKS(mprotect(forbidden, size, PROT_NONE));
	unended = page + size - 100;
	memset(unended, 'a', 100);
	at_end = page + size - sizeof("known/file");
}

static long call_stat(const char *path, void *out)
{
	return raw(SYS_stat, path, out);
}

static long call_newfstatat(const char *path, void *out)
{
	return raw(SYS_newfstatat, AT_FDCWD, path, out, 0);
}

static long call_readlink(const char *path, void *out)
{
	return raw(SYS_readlink, path, out, 100L);
}

static long call_openat(const char *path, void *out)
{
	(void)out;
	return raw(SYS_openat, AT_FDCWD, path, O_RDONLY);
}

static long call_access(const char *path, void *out)
{
	(void)out;
	return raw(SYS_access, path, R_OK);
}

static long call_mkdir(const char *path, void *out)
{
	(void)out;
	return raw(SYS_mkdir, path, 0755);
}

static long call_rename(const char *path, void *out)
{
	(void)out;
	return raw(SYS_rename, "known/none", path);
}

static long call_utimensat(const char *path, void *out)
{
	(void)out;
	return raw(SYS_utimensat, AT_FDCWD, path, NULL, 0);
}

typedef long call_function(const char *path, void *out);

/* A bad path wherever there is a path, and a bad buffer where there is one. */
static void paths(call_function *call)
{
	static struct stat status;
	char *const bad[] = {BAD_POINTER, (char *)-1L, (char *)-4096L,
		page + size, forbidden, unended, forbidden + size - 1};

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		for (int again = 0; again < 3; again++)
			FAILS(EFAULT, call(bad[i], &status));
	strcpy(at_end, "known/file");
	EQUAL(strlen(at_end) + 1, page + size - at_end);
	FAILS(ENOENT, call("", &status));
	memset(unended, 'a', 100);
}

static void buffers(call_function *call)
{
	char *const bad[] = {NULL, BAD_POINTER, page + size, forbidden,
		read_only, read_only + size - 96, page + size - 16};

	for (size_t i = 0; i < ARRAY_COUNT(bad); i++)
		FAILS(EFAULT, call("known/file", bad[i]));
	FAILS(ENOENT, call("known/none", NULL));
}

static void all_pointers(void)
{
	static call_function *const calls[] = {call_stat, call_newfstatat,
		call_readlink, call_openat, call_access, call_mkdir};
	static struct stat status;

	for (size_t i = 0; i < ARRAY_COUNT(calls); i++)
		paths(calls[i]);
	FAILS(older_than(4, 11) ? ENOSYS : EFAULT,
		raw(SYS_statx, AT_FDCWD, NULL, 0, 0x7ff, forbidden));
	FAILS(EFAULT, call_rename(unended, NULL));
	FAILS(EFAULT, call_utimensat(forbidden, NULL));
	buffers(call_stat);
	buffers(call_newfstatat);
	FAILS(EFAULT, raw(SYS_readlink, "known/link", forbidden, 100L));
	FAILS(EFAULT, raw(SYS_readlink, "known/link", read_only, 100L));
	/* Before process_vm_writev(2) a tracer cannot tell. */
	if (!older_than(3, 2))
		FAILS(EFAULT, raw(SYS_getcwd, forbidden, 4096L));
	/* What is readable counts, up to its last byte. */
	strcpy(at_end, "known/file");
	WORKS(stat(at_end, &status));
	WORKS(stat(read_only, &status));
	memset(unended, 'a', 100);
	EQUAL(0, known_calls());
}

/*
 * Pointers that nothing can be at. Others make the agent fault, and if SIGSEGV
 * is blocked or ignored at that moment, the kernel forgets that: see "What is
 * not covered" in docs/architecture.md.
 */
static void impossible_pointers(void)
{
	static struct stat status;

	FAILS(EFAULT, raw(SYS_stat, NULL, &status));
	FAILS(EFAULT, raw(SYS_stat, 4096L, &status));
	FAILS(EFAULT, raw(SYS_stat, -1L, &status));
	FAILS(EFAULT, raw(SYS_stat, 0x7ffffffff000L, &status));
	FAILS(EFAULT, raw(SYS_openat, AT_FDCWD, -4096L, O_RDONLY));
}

/* The program's own faults are its own. */
static void own_fault(void)
{
	int before = faults;

	if (sigsetjmp(back, 1) == 0)
		*(volatile char *)forbidden = 1;
	EQUAL(before + 1, faults);
}

static void is_set(void (*handler)(int), bool is_blocked)
{
	struct sigaction action;
	sigset_t set;

	sigaction(SIGSEGV, NULL, &action);
	STEP(action.sa_handler == handler);
	sigprocmask(SIG_SETMASK, NULL, &set);
	EQUAL(is_blocked, sigismember(&set, SIGSEGV));
}

int main(void)
{
	sigset_t both;

	memory_make();
	known_make();
	all_pointers();
	signal(SIGSEGV, on_fault);
	signal(SIGBUS, on_fault);
	HEAT all_pointers();
	EQUAL(0, faults);
	is_set(on_fault, false);
	own_fault();
	HEAT EQUAL(0, known_calls());

	sigemptyset(&both);
	sigaddset(&both, SIGSEGV);
	sigaddset(&both, SIGBUS);
	sigprocmask(SIG_BLOCK, &both, NULL);
	for (int i = 0; i < 10; i++)
		impossible_pointers();
	is_set(on_fault, true);
	EQUAL(0, sigpending(&both));
	EQUAL(0, sigismember(&both, SIGSEGV));
	sigaddset(&both, SIGSEGV);
	sigaddset(&both, SIGBUS);
	sigprocmask(SIG_UNBLOCK, &both, NULL);

	signal(SIGSEGV, SIG_IGN);
	for (int i = 0; i < 10; i++)
		impossible_pointers();
	is_set(SIG_IGN, false);
	EQUAL(1, faults);
	return 0;
}
