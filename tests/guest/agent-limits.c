/* SPDX-License-Identifier: MIT */
/* Hot calls at the limits: descriptors, memory, long names, links, modes. */
// rows: stat open openat mkdir symlink readlink unlink truncate
#include "hot.h"

#ifndef O_TMPFILE
#define O_TMPFILE (020000000 | O_DIRECTORY)
#endif

/* --- Descriptors -----------------------------------------------------------
 */

/* None is free, not even for a moment. */
static void no_descriptors(void)
{
	struct rlimit limit = {3, 3};
	struct stat status;
	int free_one;

	HEAT EQUAL(0, known_calls() + known_open());
	while ((free_one = dup(0)) >= 0 && free_one < 3)
		;
	close(free_one);
	WORKS(setrlimit(RLIMIT_NOFILE, &limit));
	for (int i = 0; i < 100; i++) {
		EQUAL(0, known_calls());
		FAILS(EMFILE, open("known/link", O_RDONLY));
		FAILS(EMFILE, open("known/file", O_RDONLY | O_PATH));
		/* The look-up, or the descriptor, which comes first? */
		FAILS(EMFILE, open("known/none", O_RDONLY));
		FAILS(ENOENT, access("known/none", F_OK));
		WORKS(chdir("known"));
		WORKS(stat("file", &status));
		WORKS(chdir(".."));
		WORKS(mkdir("made", 0700));
		WORKS(rmdir("made"));
	}
	/* One is free, and is the one that open gives. */
	close(0);
	for (int i = 0; i < 100; i++) {
		EQUAL(0, open("known/link", O_RDONLY));
		FAILS(EMFILE, open("known/link", O_RDONLY));
		EQUAL(0, known_calls());
		close(0);
	}
}

static void little_memory(void)
{
	struct rlimit limit = {4096, 4096};

	HEAT EQUAL(0, known_calls() + known_open());
	WORKS(setrlimit(RLIMIT_AS, &limit));
	for (int i = 0; i < 100; i++)
		EQUAL(0, known_calls() + known_open());
}

static void little_stack(void)
{
	struct rlimit limit = {0, 0};

	WORKS(setrlimit(RLIMIT_STACK, &limit));
	WORKS(setrlimit(RLIMIT_DATA, &limit));
	WORKS(setrlimit(RLIMIT_MEMLOCK, &limit));
	for (int i = 0; i < 100; i++)
		EQUAL(0, known_calls() + known_open());
}

/* The file grows no further, the path calls do not mind. */
static void little_files(void)
{
	struct rlimit limit = {0, 0};

	signal(SIGXFSZ, SIG_IGN);
	WORKS(setrlimit(RLIMIT_FSIZE, &limit));
	HEAT EQUAL(0, known_calls() + known_open());
	FAILS(EFBIG, truncate("known/file", 100));
}

/* --- Long and crooked names ------------------------------------------------
 */

static void long_paths(void)
{
	static char path[2 * PATH_MAX];
	struct stat status;
	size_t size = 0;

	/* known/././././file */
	strcpy(path, "known/");
	for (size = 6; size < PATH_MAX - 1 - 4; size += 2)
		memcpy(path + size, "./", 3);
	path[size - (size + 4 > PATH_MAX - 1 ? 2 : 0)] = '\0';
	strcat(path, "file");
	while (strlen(path) < PATH_MAX - 1)
		memmove(path + 6, path + 5, strlen(path + 5) + 1);
	EQUAL(PATH_MAX - 1, strlen(path));
	HEAT WORKS(stat(path, &status));
	EQUAL(6, status.st_size);
	memmove(path + 6, path + 5, strlen(path + 5) + 1);
	HEAT FAILS(ENAMETOOLONG, stat(path, &status));
	FAILS(ENAMETOOLONG, open(path, O_RDONLY));
	FAILS(ENAMETOOLONG, mkdir(path, 0755));
}

static void long_names(void)
{
	char name[300] = "known/";
	struct stat status;

	memset(name + 6, 'n', 255);
	name[6 + 255] = '\0';
	for (int i = 0; i < effort(HOT); i++) {
		WORKS(close(open(name, O_WRONLY | O_CREAT | O_EXCL, 0600)));
		WORKS(stat(name, &status));
		WORKS(unlink(name));
		FAILS(ENOENT, stat(name, &status));
	}
	name[6 + 255] = 'n';
	name[6 + 256] = '\0';
	HEAT FAILS(ENAMETOOLONG, stat(name, &status));
	FAILS(ENAMETOOLONG, open(name, O_WRONLY | O_CREAT, 0600));
}

/* link0 -> file, link1 -> link0 …: forty may be followed. */
static void chains(void)
{
	struct stat status;
	char name[32];
	char text[32] = "file";

	for (int i = 0; i < 45; i++) {
		snprintf(name, sizeof(name), "known/link%d", i);
		WORKS(symlink(text, name));
		snprintf(text, sizeof(text), "link%d", i);
	}
	for (int i = 0; i < effort(HOT); i++) {
		WORKS(stat("known/link39", &status));
		EQUAL(6, status.st_size);
		FAILS(ELOOP, stat("known/link40", &status));
		FAILS(ELOOP, open("known/link44", O_RDONLY));
		FAILS(ELOOP, open("known/link", O_RDONLY | O_NOFOLLOW));
		WORKS(lstat("known/link44", &status));
	}
}

/* --- Files that are made ----------------------------------------------------
 */

static void made_through_links(void)
{
	struct stat status;

	WORKS(symlink("new", "known/dangling"));
	WORKS(symlink(absolute("known/dangling"), "known/dangling2"));
	for (int i = 0; i < effort(HOT); i++) {
		FAILS(ENOENT, open("known/dangling2", O_RDONLY));
		FAILS(EEXIST, open("known/dangling2", O_RDWR | O_CREAT | O_EXCL,
				      0600));
		FAILS(EEXIST, mkdir("known/dangling2", 0700));
		WORKS(close(open("known/dangling2", O_RDWR | O_CREAT, 0600)));
		WORKS(stat("known/new", &status));
		WORKS(unlink("known/new"));
	}
}

static void modes(void)
{
	static const mode_t masks[] = {0, 022, 077, 0777, 0137};
	struct stat status;

	for (int i = 0; i < effort(HOT); i++) {
		mode_t mask = masks[(size_t)i % ARRAY_COUNT(masks)];

		umask(mask);
		WORKS(close(open("made", O_WRONLY | O_CREAT, 04755)));
		WORKS(mkdir("directory", 01777));
		WORKS(stat("made", &status));
		EQUAL(S_IFREG | (04755 & ~mask), status.st_mode);
		WORKS(stat("directory", &status));
		EQUAL(S_IFDIR | (01777 & ~mask), status.st_mode);
		WORKS(chmod("made", 0241));
		WORKS(stat("made", &status));
		EQUAL(S_IFREG | 0241, status.st_mode);
		WORKS(rmdir("directory"));
		WORKS(unlink("made"));
	}
	umask(022);
}

/* What F_GETFL and F_GETFD tell is what open(2) was asked for. */
static void flags(void)
{
	static const struct {
		int asked;
		int told;
	} cases[] = {
		{O_RDONLY, O_RDONLY},
		{O_WRONLY | O_TRUNC, O_WRONLY},
		{O_RDWR | O_CREAT | O_NOCTTY, O_RDWR},
		{O_RDONLY | O_NONBLOCK, O_RDONLY | O_NONBLOCK},
		{O_WRONLY | O_APPEND | O_SYNC, O_WRONLY | O_APPEND | O_SYNC},
		{O_RDONLY | O_NOFOLLOW, O_RDONLY | O_NOFOLLOW},
		{O_RDONLY | O_NOATIME, O_RDONLY | O_NOATIME},
	};
	int large = 0;
	int fd;

	file_make("flagged", "x");
	/* Some kernels always tell of O_LARGEFILE. */
	WORKS(fd = open("flagged", O_RDONLY));
	large = fcntl(fd, F_GETFL) & ~O_ACCMODE;
	close(fd);
	for (int i = 0; i < effort(HOT); i++) {
		size_t which = (size_t)i % ARRAY_COUNT(cases);
		int on_exec = i % 2 ? O_CLOEXEC : 0;

		WORKS(fd = open("flagged", cases[which].asked | on_exec, 0600));
		EQUAL(cases[which].told | large, fcntl(fd, F_GETFL) | large);
		EQUAL(on_exec ? FD_CLOEXEC : 0, fcntl(fd, F_GETFD));
		close(fd);
	}
}

static void by_path_only(void)
{
	char text[8];
	int fd;

	if (older_than(3, 6))
		return;
	for (int i = 0; i < effort(HOT); i++) {
		WORKS(fd = open("known/link", O_PATH | O_NOFOLLOW));
		EQUAL(4, readlinkat(fd, "", text, sizeof(text)));
		FAILS(EBADF, read(fd, text, 1));
		close(fd);
		WORKS(fd = open("known", O_PATH | O_DIRECTORY));
		WORKS(faccessat(fd, "file", R_OK, 0));
		FAILS(ENOTDIR, openat(fd, "file/", O_RDONLY));
		close(fd);
	}
}

static void without_names(void)
{
	struct stat status;
	char name[64];
	int fd = open("known", O_TMPFILE | O_RDWR, 0600);

	if (fd < 0)
		return; /* not every file system can */
	close(fd);
	for (int i = 0; i < effort(HOT); i++) {
		WORKS(fd = open("known", O_TMPFILE | O_RDWR, 0640));
		WORKS(fstat(fd, &status));
		EQUAL(0, status.st_nlink);
		EQUAL(S_IFREG | 0640, status.st_mode);
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
		WORKS(linkat(AT_FDCWD, name, AT_FDCWD, "known/linked",
			AT_SYMLINK_FOLLOW));
		close(fd);
		WORKS(unlink("known/linked"));
	}
}

/* Whoever runs cannot be written to, from a site that writes all the time. */
static void busy(void)
{
	int ends[2];
	pid_t pid;
	char byte;

	program_copy("program");
	for (int i = 0; i < effort(40); i++) {
		WORKS(close(open("program", O_WRONLY)));
		WORKS(pipe(ends));
		pid = fork();
		if (pid == 0) {
			char *arguments[] = {"waits", NULL};

			dup2(ends[0], 0);
			dup2(ends[1], 1);
			close(ends[0]);
			close(ends[1]);
			execve("program", arguments, environ);
			_exit(1);
		}
		/* Its first byte says that it runs. */
		EQUAL(1, read(ends[0], &byte, 1));
		FAILS(ETXTBSY, open("program", O_WRONLY));
		FAILS(ETXTBSY, truncate("program", 0));
		WORKS(close(open("program", O_RDONLY)));
		kill(pid, SIGKILL);
		status_of(pid);
		WORKS(close(open("program", O_WRONLY)));
		close(ends[0]);
		close(ends[1]);
	}
}

int main(int argc, char **argv)
{
	if (argc == 1 && strcmp(argv[0], "waits") == 0) {
		write(1, "x", 1);
		for (;;)
			pause();
	}
	known_make();
	child_passes(no_descriptors);
	child_passes(little_memory);
	child_passes(little_stack);
	child_passes(little_files);
	long_paths();
	long_names();
	chains();
	made_through_links();
	modes();
	flags();
	by_path_only();
	without_names();
	busy();
	return 0;
}
