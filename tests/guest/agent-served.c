/* SPDX-License-Identifier: MIT */
/* Every call that an agent may serve, often, and from one call site. */
/*
 * Here it matters that they are made: tests/engine.bats looks at who has served
 * them. What they do is shown by other probes; children, by agent-spawns.c.
 */
// also as a fake root
#include "hot.h"

#ifndef SYS_open

int main(void)
{
	probe_skip("the agent is for x86-64");
}

#else

/* Times that the counters of a test can tell from chance. */
#define OFTEN	  for (volatile int often_ = 0; often_ < effort(40); often_++)

/* Made for its own sake: what comes of it depends on kernel and file system. */
#define MADE(...) OFTEN syscall(__VA_ARGS__)

static int file;
static int directory;

static void attributes(void)
{
	static char buffer[4096]; /* larger than any of these structures */

	OFTEN
	{
		WORKS(raw(SYS_lstat, "link", buffer));
		WORKS(raw(SYS_newfstatat, AT_FDCWD, "file", buffer, 0L));
		WORKS(raw(SYS_fstat, file, buffer));
		WORKS(raw(SYS_statfs, "file", buffer));
		WORKS(raw(SYS_access, "file", (long)R_OK));
		WORKS(raw(SYS_faccessat, AT_FDCWD, "file", (long)R_OK));
	}
	MADE(SYS_statx, AT_FDCWD, "file", 0L, 0x7ffL, buffer);
	MADE(CALL_faccessat2, AT_FDCWD, "file", (long)R_OK, 0L);
	MADE(CALL_file_getattr, AT_FDCWD, "file", buffer, 24L, 0L);
	MADE(CALL_file_setattr, AT_FDCWD, "file", BAD_POINTER, 24L, 0L);
	MADE(SYS_name_to_handle_at, AT_FDCWD, "file", BAD_POINTER, buffer, 0L);
}

static void opening(void)
{
	uint64_t how[3] = {O_RDONLY};

	OFTEN
	{
		WORKS(close(raw(SYS_open, "file", (long)O_RDONLY)));
		WORKS(close(raw(SYS_openat, AT_FDCWD, "file", (long)O_RDONLY)));
		WORKS(close(raw(SYS_creat, "made", 0644L)));
		WORKS(raw(SYS_truncate, "made", 10L));
		close(raw(CALL_openat2, AT_FDCWD, "file", how, sizeof(how)));
	}
}

static void directories(void)
{
	static char buffer[4096] __attribute__((aligned(8)));

	OFTEN
	{
		WORKS(raw(SYS_chdir, "/tmp"));
		WORKS(raw(SYS_fchdir, directory));
		WORKS(raw(SYS_getcwd, buffer, sizeof(buffer)));
		WORKS(raw(SYS_getdents, directory, buffer, sizeof(buffer)));
		WORKS(raw(SYS_getdents64, directory, buffer, sizeof(buffer)));
		WORKS(raw(SYS_mkdir, "new", 0755L));
		WORKS(raw(SYS_rmdir, "new"));
		WORKS(raw(SYS_mkdirat, AT_FDCWD, "new", 0755L));
		WORKS(raw(SYS_unlinkat, AT_FDCWD, "new", (long)AT_REMOVEDIR));
	}
}

static void names(void)
{
	char text[16];

	OFTEN
	{
		WORKS(raw(SYS_mknod, "new", S_IFIFO | 0644L, 0L));
		WORKS(raw(SYS_rename, "new", "newer"));
		WORKS(raw(SYS_unlink, "newer"));
		WORKS(raw(SYS_mknodat, AT_FDCWD, "new", S_IFREG | 0644L, 0L));
		WORKS(raw(SYS_renameat, AT_FDCWD, "new", AT_FDCWD, "newer"));
		WORKS(raw(SYS_unlink, "newer"));
		WORKS(raw(SYS_symlink, "file", "new"));
		WORKS(raw(SYS_readlink, "new", text, sizeof(text)));
		WORKS(raw(SYS_readlinkat, AT_FDCWD, "new", text, sizeof(text)));
		WORKS(raw(SYS_unlink, "new"));
		WORKS(raw(SYS_symlinkat, "file", AT_FDCWD, "new"));
		WORKS(raw(SYS_unlink, "new"));
		WORKS(raw(SYS_link, "file", "new"));
		WORKS(raw(SYS_unlink, "new"));
		WORKS(raw(SYS_linkat, AT_FDCWD, "file", AT_FDCWD, "new", 0L));
		WORKS(raw(SYS_unlink, "new"));
	}
	MADE(SYS_renameat2, AT_FDCWD, "none", AT_FDCWD, "new", 0L);
}

static void owners(void)
{
	long user = getuid();
	long group = getgid();

	OFTEN
	{
		WORKS(raw(SYS_chmod, "file", 0600L));
		WORKS(raw(SYS_fchmodat, AT_FDCWD, "file", 0644L));
		WORKS(raw(SYS_fchmod, file, 0640L));
		WORKS(raw(SYS_chown, "file", user, group));
		WORKS(raw(SYS_lchown, "link", user, group));
		WORKS(raw(SYS_fchownat, AT_FDCWD, "file", user, group, 0L));
		WORKS(raw(SYS_fchown, file, user, group));
		WORKS(raw(SYS_utime, "file", NULL));
		WORKS(raw(SYS_utimes, "file", NULL));
		WORKS(raw(SYS_futimesat, AT_FDCWD, "file", NULL));
		WORKS(raw(SYS_utimensat, AT_FDCWD, "file", NULL, 0L));
	}
	MADE(CALL_fchmodat2, AT_FDCWD, "file", 0644L, 0L);
}

static void extended_attributes(void)
{
	static const char name[] = "user.x";
	static char text[64];
	uint64_t value[2] = {(uintptr_t)text, sizeof(text)};

	OFTEN
	{
		syscall(SYS_setxattr, "file", name, "1", 1L, 0L);
		syscall(SYS_lsetxattr, "file", name, "1", 1L, 0L);
		syscall(SYS_fsetxattr, file, name, "1", 1L, 0L);
		syscall(SYS_getxattr, "file", name, text, sizeof(text));
		syscall(SYS_lgetxattr, "file", name, text, sizeof(text));
		syscall(SYS_fgetxattr, file, name, text, sizeof(text));
		syscall(SYS_listxattr, "file", text, sizeof(text));
		syscall(SYS_llistxattr, "file", text, sizeof(text));
		syscall(SYS_flistxattr, file, text, sizeof(text));
		syscall(SYS_removexattr, "file", name);
		syscall(SYS_lremovexattr, "file", name);
		syscall(SYS_fremovexattr, file, name);
		syscall(CALL_setxattrat, AT_FDCWD, "file", 0L, name, value,
			sizeof(value));
		syscall(CALL_getxattrat, AT_FDCWD, "file", 0L, name, value,
			sizeof(value));
		syscall(CALL_listxattrat, AT_FDCWD, "file", 0L, text,
			sizeof(text));
		syscall(CALL_removexattrat, AT_FDCWD, "file", 0L, name);
	}
}

/* Nobody here may do these; there is a path in them all the same. */
static void privileged(void)
{
	MADE(SYS_uselib, "none");
	MADE(SYS_swapon, "none", 0L);
	MADE(SYS_swapoff, "none");
	MADE(SYS_acct, "none");
	MADE(SYS_quotactl, 0L, "none", 0L, NULL);
	MADE(SYS_inotify_add_watch, -1L, "file", 1L);
	MADE(SYS_fanotify_mark, -1L, 1L, 1L, AT_FDCWD, "file");
}

static void identity(void)
{
	unsigned int ids[3];

	OFTEN
	{
		WORKS(raw(SYS_getuid));
		WORKS(raw(SYS_geteuid));
		WORKS(raw(SYS_getgid));
		WORKS(raw(SYS_getegid));
		WORKS(raw(SYS_getresuid, &ids[0], &ids[1], &ids[2]));
		WORKS(raw(SYS_getresgid, &ids[0], &ids[1], &ids[2]));
	}
}

static void mapping(void)
{
	OFTEN
	{
		void *code = (void *)raw(SYS_mmap, NULL, 4096L,
			(long)(PROT_READ | PROT_EXEC),
			(long)(MAP_PRIVATE | MAP_ANONYMOUS), -1L, 0L);

		STEP(code != MAP_FAILED);
		WORKS(munmap(code, 4096));
	}
}

int main(void)
{
	struct stat status;

	file_make("file", "content");
	WORKS(symlink("file", "link"));
	WORKS(file = open("file", O_RDWR | O_CLOEXEC));
	WORKS(directory = scratch_open());
	HEAT WORKS(raw(SYS_stat, "file", &status));
	attributes();
	opening();
	directories();
	names();
	owners();
	extended_attributes();
	privileged();
	identity();
	mapping();
	return 0;
}

#endif
