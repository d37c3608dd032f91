/* SPDX-License-Identifier: MIT */
/* access(2) of rights, of what the user owns and of what others do. */
/*
 * The agent answers from the mode where that decides; so every mode is tried,
 * and each answer compared with what opening says, or the kernel's own rules.
 */
// rows: access faccessat faccessat2
#include "hot.h"

static void mode_is_judged(const char *path, mode_t mode)
{
	WORKS(chmod(path, mode));
	HEAT EQUAL(mode & S_IRUSR ? 0 : -1, access(path, R_OK));
	EQUAL(mode & S_IWUSR ? 0 : -1, access(path, W_OK));
	EQUAL(mode & S_IXUSR ? 0 : -1, access(path, X_OK));
	EQUAL((mode & 0600) == 0600 ? 0 : -1, access(path, R_OK | W_OK));
	EQUAL((mode & 0500) == 0500 ? 0 : -1, access(path, R_OK | X_OK));
	EQUAL(0, access(path, F_OK));
	WORKS(chmod(path, 0700));
}

static void all_modes(const char *path)
{
	static const mode_t modes[] = {
		0, 0400, 0200, 0100, 0600, 0500, 0700, 0044, 0077, 0377, 04755};

	for (size_t i = 0; i < ARRAY_COUNT(modes); i++)
		mode_is_judged(path, modes[i]);
}

/* With flags, which only the newer call has. */
static void newer_says(int wanted, const char *path, int mode)
{
	if (older_than(5, 8))
		return;
	EQUAL(wanted, raw((long)CALL_faccessat2, AT_FDCWD, path, mode, 0));
	EQUAL(wanted,
		raw((long)CALL_faccessat2, AT_FDCWD, path, mode, AT_EACCESS));
}

static void readable_is(int wanted, const char *path)
{
	HEAT EQUAL(wanted, access(path, R_OK));
	EQUAL(wanted, faccessat(AT_FDCWD, path, R_OK, 0));
	newer_says(wanted, path, R_OK);
}

static void exists(int wanted, const char *path)
{
	HEAT EQUAL(wanted, access(path, F_OK));
	EQUAL(wanted, faccessat(AT_FDCWD, path, F_OK, 0));
	newer_says(wanted, path, F_OK);
}

/* Whether it is there, whatever it is, and whatever it is called. */
static void existence(const char *absolute)
{
	char name[NAME_MAX + 2];

	exists(0, "file");
	exists(0, "directory");
	exists(0, "directory/");
	exists(0, "directory/..");
	exists(0, "link");
	exists(0, absolute);
	exists(0, "fifo");
	exists(0, "/");
	exists(0, "/proc/self");
	exists(0, "/dev/null");
	exists(-1, "nowhere");
	FAILS(ENOENT, access("nowhere", F_OK));
	exists(-1, "none");
	FAILS(ENOENT, access("none", F_OK));
	FAILS(ENOENT, access("", F_OK));
	FAILS(ENOTDIR, access("file/", F_OK));
	FAILS(ENOTDIR, access("link/", F_OK));
	FAILS(ENOTDIR, access("file/none", F_OK));
	WORKS(symlink("circle", "circle"));
	exists(-1, "circle");
	FAILS(ELOOP, access("circle", F_OK));
	memset(name, 'n', sizeof(name));
	name[NAME_MAX + 1] = '\0';
	exists(-1, name);
	FAILS(ENAMETOOLONG, access(name, F_OK));
	file_make("odd: \\ *?\x80", "text");
	exists(0, "odd: \\ *?\x80");
	exists(-1, "odd: \\ *?\x81");
	WORKS(chmod("file", 0));
	exists(0, "link");
	WORKS(chmod("directory", 0));
	exists(0, "directory");
	exists(-1, "directory/x");
	FAILS(EACCES, access("directory/x", F_OK));
	WORKS(chmod("directory", 0700));
}

int main(void)
{
	char absolute[256];

	if (geteuid() == 0)
		probe_skip("root may do everything");
	file_make("file", "text");
	WORKS(mkdir("directory", 0700));
	WORKS(symlink("file", "link"));
	WORKS(symlink("none", "nowhere"));
	WORKS(mkfifo("fifo", 0600));
	STEP(getcwd(absolute, sizeof(absolute) - 8) != NULL);
	strcat(absolute, "/link");
	all_modes("file");
	all_modes("directory");
	all_modes("link");
	all_modes("fifo");
	all_modes(absolute);
	existence(absolute);

	readable_is(-1, "nowhere");
	FAILS(ENOENT, access("nowhere", R_OK));
	FAILS(ENOENT, access("none", R_OK));
	FAILS(ENOTDIR, access("file/", R_OK));
	FAILS(ENOTDIR, access("link/", R_OK));
	FAILS(EINVAL, access("file", 8));
	FAILS(EFAULT, access((char *)1, R_OK));
	readable_is(0, "directory/");
	readable_is(0, "directory/.");
	readable_is(0, "/dev/null");
	readable_is(0, "/proc/self/maps");
	readable_is(0, "/");
	WORKS(chmod("directory", 0));
	readable_is(-1, "directory");
	readable_is(-1, "directory/x");
	FAILS(EACCES, access("directory/x", R_OK));
	WORKS(chmod("file", 0));
	readable_is(-1, "link");
	FAILS(EACCES, access("link", R_OK));
	WORKS(unlink("file"));
	readable_is(-1, "link");
	FAILS(ENOENT, access("link", R_OK));
	return 0;
}
