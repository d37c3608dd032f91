/* SPDX-License-Identifier: MIT */
/* Symlinks at the end of hot paths are followed as the kernel follows them. */
/*
 * A few are followed by their text alone, if their directory has one name only;
 * what is not that simple is looked up by all rules. So: texts that are
 * absolute, that go up, up to the root and beyond it, that are chained, that
 * loop, that dangle, that are long, that end in a slash or in dots.
 */
// rows: stat open access truncate chdir readlink
// also as a fake root
#include "hot.h"

struct link {
	const char *name;
	const char *text;
	int error;	 /* of a stat that follows */
	const char *end; /* what it leads to, else */
};

static char up_and_down[PATH_MAX]; /* more often up than there is to go */
static char up_enough[PATH_MAX];
static char absolute_file[PATH_MAX];
static char long_text[700]; /* x/../x/../…file */

static const struct link links[] = {
	{"d/e/near", "file", 0, "d/e/file"},
	{"d/e/up", "../file", 0, "d/file"},
	{"d/e/up2", "../../file", 0, "file"},
	{"d/e/slashes", "..///..//file", 0, "file"},
	{"d/e/dots", "./.././e/file", 0, "d/e/file"},
	{"d/e/absolute", absolute_file, 0, "file"},
	{"d/e/root", up_and_down, 0, "file"},
	{"d/e/enough", up_enough, 0, "file"},
	{"d/e/long", long_text, 0, "d/e/file"},
	{"d/e/chain1", "near", 0, "d/e/file"},
	{"d/e/chain2", "../e/chain1", 0, "d/e/file"},
	{"d/e/chain3", "../../d/e/chain2", 0, "d/e/file"},
	{"d/e/chain4", "chain3", 0, "d/e/file"},
	{"d/e/chain5", "chain4", 0, "d/e/file"},
	{"d/e/chain6", "chain5", 0, "d/e/file"},
	{"d/e/parent", "..", 0, "d"},
	{"d/e/parents", "../..", 0, "."},
	{"d/e/here", ".", 0, "d/e"},
	{"d/e/directory", "../e/", 0, "d/e"},
	{"d/e/through", "parent/e/../e/up", 0, "d/file"},
	{"d/e/no-directory", "file/", ENOTDIR, NULL},
	{"d/e/below-file", "file/x", ENOTDIR, NULL},
	{"d/e/dangling", "../none", ENOENT, NULL},
	{"d/e/self", "self", ELOOP, NULL},
	{"d/e/ping", "../e/pong", ELOOP, NULL},
	{"d/e/pong", "ping", ELOOP, NULL},
	{"d/e/proc", "/proc/self/cwd/file", 0, "file"},
};

static bool is_same(const char *one, const struct stat *other)
{
	struct stat status;

	return stat(one, &status) == 0 && status.st_ino == other->st_ino &&
	       status.st_dev == other->st_dev;
}

static void check_good(const struct link *link, const char *path)
{
	struct stat status;
	struct stat opened;
	int fd;

	WORKS(stat(path, &status));
	STEP(is_same(absolute(link->end), &status));
	WORKS(access(path, F_OK));
	WORKS(access(path, R_OK));
	if (!older_than(5, 8))
		WORKS(raw((long)CALL_faccessat2, AT_FDCWD, path, R_OK,
			AT_EACCESS));
	WORKS(fd = open(path, O_RDONLY | O_CLOEXEC));
	WORKS(fstat(fd, &opened));
	close(fd);
	STEP(opened.st_ino == status.st_ino);
	if (!S_ISREG(status.st_mode)) {
		FAILS(EISDIR, truncate(path, 3));
		FAILS(ENOTDIR, open(path, O_RDONLY | O_NOFOLLOW | O_DIRECTORY));
		return;
	}
	FAILS(ELOOP, open(path, O_RDONLY | O_NOFOLLOW));
	WORKS(truncate(path, 7));
	WORKS(stat(absolute(link->end), &status));
	EQUAL(7, status.st_size);
	WORKS(truncate(path, 5));
	FAILS(ENOTDIR, chdir(path));
}

static void check_bad(const struct link *link, const char *path)
{
	struct stat status;

	FAILS(link->error, stat(path, &status));
	FAILS(link->error, access(path, F_OK));
	FAILS(link->error, access(path, W_OK));
	FAILS(link->error, open(path, O_RDONLY));
	FAILS(link->error, truncate(path, 5));
	FAILS(link->error, chdir(path));
}

/* Without the first SKIPPED bytes of their names, if these are RELATIVE. */
static void check_all(bool is_relative, size_t skipped)
{
	struct stat status;
	char text[1000];

	for (size_t i = 0; i < ARRAY_COUNT(links); i++) {
		const struct link *link = &links[i];
		const char *path = is_relative ? link->name + skipped
					       : absolute(link->name);

		if (skipped > 0 && strcmp(path, "proc") == 0)
			continue; /* it says where one is */
		WORKS(lstat(path, &status));
		STEP(S_ISLNK(status.st_mode));
		EQUAL(strlen(link->text), readlink(path, text, sizeof(text)));
		if (link->error == 0)
			check_good(link, path);
		else
			check_bad(link, path);
	}
}

/* Below a descriptor, and its names as all others. */
static void check_below(void)
{
	int directory = open("d/e", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat status;
	int result;

	for (size_t i = 0; i < ARRAY_COUNT(links); i++) {
		const struct link *link = &links[i];
		const char *name = link->name + strlen("d/e/");

		result = fstatat(directory, name, &status, 0);
		EQUAL(link->error, result < 0 ? errno : 0);
		if (link->error == 0)
			STEP(is_same(link->end, &status));
		result = faccessat(directory, name, F_OK, 0);
		EQUAL(link->error, result < 0 ? errno : 0);
	}
	WORKS(close(directory));
}

/* Links of /proc lead to what they mean, not to what they say. */
static void check_magic(void)
{
	int directory = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool has_namespaces = access("/proc/self/ns/mnt", F_OK) == 0;
	int pipes[2];
	char name[32];
	struct stat expected;
	struct stat status;

	WORKS(pipe(pipes));
	WORKS(fstat(pipes[0], &expected));
	snprintf(name, sizeof(name), "%d", pipes[0]);
	for (int i = 0; i < effort(HOT); i++) {
		WORKS(chdir("/proc/self/fd"));
		WORKS(stat(name, &status));
		STEP(status.st_ino == expected.st_ino);
		WORKS(access(name, R_OK));
		WORKS(chdir(".."));
		WORKS(stat("cwd", &status));
		STEP(S_ISDIR(status.st_mode));
		WORKS(chdir(absolute("")));
		WORKS(fstatat(directory, "cwd", &status, 0));
		STEP(is_same(".", &status));
		WORKS(fstatat(directory, "exe", &status, 0));
		STEP(S_ISREG(status.st_mode));
		if (!has_namespaces)
			continue;
		WORKS(fstatat(directory, "ns/mnt", &status, 0));
		STEP(S_ISREG(status.st_mode));
		WORKS(chdir("/proc/self"));
		WORKS(stat("ns/mnt", &status));
		STEP(S_ISREG(status.st_mode));
		WORKS(access("ns/mnt", F_OK));
		WORKS(chdir(absolute("")));
	}
	WORKS(close(pipes[0]));
	WORKS(close(pipes[1]));
	WORKS(close(directory));
}

/* A descriptor of a symlink is no directory, whatever that leads to. */
static void check_descriptors(void)
{
	static const char *const TEXTS[] = {"d", "/", "/usr"};
	char path[64];
	struct stat status;
	int fd;

	for (size_t i = 0; i < ARRAY_COUNT(TEXTS); i++) {
		WORKS(symlink(TEXTS[i], "held"));
		WORKS(fd = open("held", O_PATH | O_NOFOLLOW | O_CLOEXEC));
		snprintf(path, sizeof(path), "/proc/self/fd/%d/file", fd);
		for (int j = 0; j < effort(20); j++) {
			FAILS(ENOTDIR, stat(path, &status));
			FAILS(ENOTDIR, open(path, O_RDWR | O_CREAT, 0600));
			FAILS(ENOTDIR, fstatat(fd, "file", &status, 0));
			FAILS(ENOTDIR, fstatat(fd, "lib/../file", &status, 0));
			FAILS(ENOTDIR, mkdirat(fd, "e/../made", 0755));
		}
		WORKS(close(fd));
		WORKS(unlink("held"));
	}
}

/* Each change of a link counts at once. */
static void check_changes(const char *path, const char *next)
{
	struct stat status;

	for (int i = 0; i < effort(HOT); i++) {
		WORKS(symlink(i % 2 ? "../../file" : "up", next));
		WORKS(rename(next, path));
		WORKS(stat(path, &status));
		STEP(is_same(i % 2 ? "file" : "d/file", &status));
	}
}

/* What is made through a dangling link is where that leads. */
static void check_creation(void)
{
	const char *path = absolute("d/e/dangling");
	int fd;

	for (int i = 0; i < effort(HOT); i++) {
		FAILS(EEXIST, open(path, O_WRONLY | O_CREAT | O_EXCL, 0600));
		WORKS(fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
		close(fd);
		WORKS(access("d/none", F_OK));
		WORKS(unlink("d/none"));
	}
}

/* What has two names: the other one stays as it is. */
static void check_linking(void)
{
	struct stat status;

	file_make("d/e/a-file-whose-name-is-longer", "");
	WORKS(symlink("d/e/a-file-whose-name-is-longer", "s"));
	for (int i = 0; i < effort(HOT); i++) {
		WORKS(linkat(AT_FDCWD, absolute("s"), AT_FDCWD,
			absolute("d/linked"), AT_SYMLINK_FOLLOW));
		WORKS(stat("d/linked", &status));
		STEP(is_same("d/e/a-file-whose-name-is-longer", &status));
		WORKS(rename(absolute("d/linked"), absolute("d/renamed")));
		WORKS(unlink(absolute("d/renamed")));
	}
}

/* Directories that a link leads to are entered by their own names. */
static void check_entering(void)
{
	char wanted[PATH_MAX + 8];
	char start[PATH_MAX];
	char where[PATH_MAX];

	STEP(getcwd(start, sizeof(start)) != NULL);
	snprintf(wanted, sizeof(wanted), "%s/d", start);
	for (int i = 0; i < effort(HOT); i++) {
		WORKS(chdir(absolute("d/e/parent")));
		STEP(getcwd(where, sizeof(where)) != NULL);
		SAME(wanted, where);
		WORKS(chdir("e/parents"));
		STEP(getcwd(where, sizeof(where)) != NULL);
		SAME(start, where);
	}
}

static void make_texts(void)
{
	const char *file = absolute("file");
	size_t size = 0;

	strcpy(absolute_file, file);
	for (const char *at = absolute("d/e"); at; at = strchr(at + 1, '/'))
		strcat(up_enough, "../");
	strcat(up_enough, file + 1);
	strcpy(up_and_down, "../../../../../../../../../../../../../../../..");
	strcat(up_and_down, file);
	while (size < 600)
		size += (size_t)sprintf(long_text + size, "../e/./");
	strcat(long_text, "file");
}

int main(void)
{
	absolute("");
	make_texts();
	WORKS(mkdir("d", 0755));
	WORKS(mkdir("d/e", 0755));
	file_make("file", "first");
	file_make("d/file", "secnd");
	file_make("d/e/file", "third");
	for (size_t i = 0; i < ARRAY_COUNT(links); i++)
		WORKS(symlink(links[i].text, links[i].name));
	for (int i = 0; i < effort(30); i++) {
		check_all(false, 0);
		check_all(true, 0);
		check_below();
		WORKS(chdir("d/e"));
		check_all(true, strlen("d/e/"));
		WORKS(chdir("../.."));
	}
	check_magic();
	check_descriptors();
	check_changes(absolute("d/e/changing"), absolute("d/e/next"));
	check_changes("d/e/changing", "d/e/next");
	check_creation();
	check_linking();
	check_entering();
	return 0;
}
