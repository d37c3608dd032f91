/* SPDX-License-Identifier: MIT */
/* execve and execveat: programs, scripts, descriptors, and what they refuse. */
// rows: execve execveat
// also as a fake root
#include "probe.h"

#include <elf.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static char *no_environment[] = {NULL};
static int scratch;

/* What a program that was started says about itself, line by line. */
static int report(int argc, char **argv)
{
	char exe[PATH_MAX] = "";
	char comm[17] = "";

	if (argc > 0 && strcmp(argv[argc > 2], "comm") == 0) {
		prctl(PR_GET_NAME, comm);
		dprintf(9, "%s", comm);
		return 0;
	}
	if (readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		strcpy(exe, strerror(errno));
	dprintf(9, "%s|%s", strrchr(exe, '/') ? strrchr(exe, '/') + 1 : exe,
		(char *)getauxval(AT_EXECFN));
	for (int i = 0; i < argc; i++)
		dprintf(9, "|%s", argv[i]);
	return 0;
}

/* Starts something in a child; what it reported, or its errno as text. */
#define STARTED(...)                                                           \
	({                                                                     \
		int ends_[2];                                                  \
		pid_t pid_;                                                    \
		WORKS(pipe(ends_));                                            \
		pid_ = fork();                                                 \
		if (pid_ == 0) {                                               \
			dup2(ends_[1], 9);                                     \
			close(ends_[0]);                                       \
			close(ends_[1]);                                       \
			(void)(__VA_ARGS__);                                   \
			dprintf(9, "errno %d", errno);                         \
			_exit(1);                                              \
		}                                                              \
		close(ends_[1]);                                               \
		ending(pid_, ends_[0]);                                        \
	})

static const char *ending(pid_t pid, int fd)
{
	static char said[8192];
	ssize_t size;
	size_t at = 0;
	int status;

	while ((size = read(fd, said + at, sizeof(said) - 1 - at)) > 0)
		at += (size_t)size;
	said[at] = '\0';
	close(fd);
	status = status_of(pid);
	if (WIFSIGNALED(status))
		snprintf(said + at, sizeof(said) - at, "killed by %d",
			WTERMSIG(status));
	return said;
}

static const char *failure(int number)
{
	static char text[32];

	snprintf(text, sizeof(text), "errno %d", number);
	return text;
}

#define ARGUMENTS(...) ((char *[]){__VA_ARGS__, NULL})
#define EXECVE(path, ...)                                                      \
	STARTED(raw(SYS_execve, path, ARGUMENTS(__VA_ARGS__), no_environment))
#define EXECVEAT(fd, path, flags, ...)                                         \
	STARTED(raw(SYS_execveat, fd, path, ARGUMENTS(__VA_ARGS__),            \
		no_environment, flags))

static void script_make(const char *name, const char *content)
{
	file_make(name, content);
	WORKS(chmod(name, 0755));
}

static const char *joined(const char *format, ...)
{
	static char buffers[4][8192];
	static unsigned int next;
	char *buffer = buffers[next++ % 4];
	va_list list;

	va_start(list, format);
	vsnprintf(buffer, 8192, format, list);
	va_end(list);
	return buffer;
}

static void socket_make(const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	strcpy(address.sun_path, name);
	WORKS(fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
	WORKS(bind(fd, (struct sockaddr *)&address, sizeof(address)));
	close(fd);
}

static void programs(void)
{
	SAME("program|./program|zero|one", EXECVE("./program", "zero", "one"));
	SAME("program|program|", EXECVE("program", ""));
	SAME(joined("program|%s|a", absolute("link")),
		EXECVE(absolute("link"), "a"));
	SAME("program|link|a", EXECVE("link", "a"));
	WORKS(chmod("program", 0111));
	if (geteuid() != 0)
		SAME("program|program|a", EXECVE("program", "a"));
	WORKS(chmod("program", 0644));
	SAME(failure(EACCES), EXECVE("program", "a"));
	WORKS(chmod("program", 0755));
	SAME(failure(ENOENT), EXECVE("missing", "a"));
	SAME(failure(EACCES), EXECVE("d", "a"));
	SAME(failure(EACCES), EXECVE("/", "a"));
	socket_make("socket");
	WORKS(chmod("socket", 0755));
	SAME(failure(EACCES), EXECVE("socket", "a"));
	SAME(failure(ENOTDIR), EXECVE("program/", "a"));
	SAME(failure(ENOENT), EXECVE("dangling", "a"));
	SAME(failure(ELOOP), EXECVE("loop", "a"));
}

static void not_programs(void)
{
	script_make("empty", "");
	SAME(failure(ENOEXEC), EXECVE("empty", "a"));
	script_make("text", "echo no first line\n");
	SAME(failure(ENOEXEC), EXECVE("text", "a"));
	script_make("elf", "\177ELF and then nothing that makes sense");
	SAME(failure(ENOEXEC), EXECVE("elf", "a"));
	/* The interpreter's name is empty: the current directory. */
	script_make("bare", "#!");
	SAME(failure(EACCES), EXECVE("bare", "a"));
	script_make("blank", "#!   \n");
	SAME(failure(ENOEXEC), EXECVE("blank", "a"));
	script_make("lost", "#!/missing/interpreter\n");
	SAME(failure(ENOENT), EXECVE("lost", "a"));
	script_make("todirectory", "#!/\n");
	SAME(failure(EACCES), EXECVE("todirectory", "a"));
}

static void scripts(void)
{
	const char *program = absolute("program");

	script_make("s1", joined("#!%s\n", program));
	SAME(joined("program|./s1|%s|./s1|one", program),
		EXECVE("./s1", "zero", "one"));
	script_make("s2", joined("#! \t%s  an argument \t\nrest\n", program));
	SAME(joined("program|s2|%s|an argument|s2|one", program),
		EXECVE("s2", "zero", "one"));
	script_make("s3", joined("#!%s", program));
	SAME(joined("program|%s|%s|%s", absolute("s3"), program,
		     absolute("s3")),
		EXECVE(absolute("s3"), "zero"));
	/* A relative interpreter starts at the current directory. */
	script_make("s4", "#!program -x\n");
	SAME("program|s4|program|-x|s4", EXECVE("s4", "zero"));
	/* A carriage return belongs to the name. */
	script_make("s5", joined("#!%s\r\n", program));
	SAME(failure(ENOENT), EXECVE("s5", "zero"));
	WORKS(symlink("s1", "tos1"));
	SAME(joined("program|tos1|%s|tos1", program), EXECVE("tos1", "zero"));
	/* No arguments at all. */
	SAME(joined("program|s1|%s|s1", program),
		STARTED(raw(SYS_execve, "s1", NULL, NULL)));
	WORKS(chmod("s1", 0644));
	SAME(failure(EACCES), EXECVE("s1", "zero"));
	WORKS(chmod("s1", 0755));
}

/* Scripts run by scripts: five at most, as the kernel counts. */
static void nested(void)
{
	script_make("n1", joined("#!%s a1\n", absolute("program")));
	for (int i = 2; i < 9; i++) {
		char name[8];

		snprintf(name, sizeof(name), "n%d", i);
		script_make(name,
			joined("#!%s a%d\n",
				absolute((char[]){'n', (char)('0' + i - 1), 0}),
				i));
	}
	SAME(joined("program|n2|%s|a1|%s|a2|n2|x", absolute("program"),
		     absolute("n1")),
		EXECVE("n2", "zero", "x"));
	STEP(strncmp(EXECVE("n5", "zero"), "program|n5|", 11) == 0);
	SAME(failure(ELOOP), EXECVE("n6", "zero"));
	SAME(failure(ELOOP), EXECVE("n8", "zero"));
	script_make("self", joined("#!%s\n", absolute("self")));
	SAME(failure(ELOOP), EXECVE("self", "zero"));
}

/* The first line may be 255 bytes long. */
static void long_lines(void)
{
	char line[400] = "#!";
	const char *program = absolute("program");

	strcat(line, program);
	strcat(line, " ");
	while (strlen(line) < 300)
		strcat(line, "x");
	strcat(line, "\n");
	script_make("long", line);
	line[255] = '\0';
	SAME(joined("program|long|%s|%s|long", program,
		     line + 3 + strlen(program)),
		EXECVE("long", "zero"));
	/* A path that does not end within it is no path. */
	memset(line + 2, '/', 350);
	line[352] = '\0';
	script_make("longer", line);
	SAME(failure(ENOEXEC), EXECVE("longer", "zero"));
}

static void arguments(void)
{
	static char large[140 * 1024];
	static char *many[40000];
	char *bad[] = {"a", BAD_POINTER, NULL};
	char *one[] = {"a", NULL};

	SAME(failure(EFAULT),
		STARTED(raw(SYS_execve, NULL, one, no_environment)));
	SAME(failure(EFAULT),
		STARTED(raw(SYS_execve, "program", bad, no_environment)));
	SAME(failure(EFAULT), STARTED(raw(SYS_execve, "program", BAD_POINTER,
				      no_environment)));
	SAME(failure(EFAULT), STARTED(raw(SYS_execve, "program", one, bad)));
	SAME(failure(EFAULT),
		STARTED(raw(SYS_execve, "program", one, BAD_POINTER)));
	memset(large, 'a', sizeof(large) - 1);
	SAME(failure(E2BIG), EXECVE("program", large));
	SAME(failure(E2BIG), EXECVE("s1", "zero", large));
	/* A script's argv[0] goes, but not before it was looked at. */
	SAME(failure(E2BIG), EXECVE("s1", large));
	SAME(failure(EFAULT), EXECVE("s1", BAD_POINTER, "one"));
	SAME(failure(EFAULT), EXECVE("s1", large, BAD_POINTER));
	SAME(failure(E2BIG), EXECVE("s1", BAD_POINTER, large));
	large[128 * 1024 - 1] = '\0';
	SAME(joined("program|s1|%s|s1|one", absolute("program")),
		EXECVE("s1", large, "one"));
	large[130000] = '\0';
	for (int i = 0; i < 100; i++)
		many[i] = large;
	SAME(failure(E2BIG),
		STARTED(raw(SYS_execve, "program", many, no_environment)));
	SAME(failure(E2BIG), STARTED(raw(SYS_execve, "program", one, many)));
	for (int i = 0; i < 39999; i++)
		many[i] = i % 2 ? "" : "b";
	STEP(strncmp(STARTED(raw(SYS_execve, "program", many, no_environment)),
		     "program|program|b||b||b", 23) == 0);
}

static void busy(void)
{
	int fd;

	program_copy("busy");
	WORKS(fd = open("busy", O_WRONLY | O_CLOEXEC));
	SAME(failure(ETXTBSY), EXECVE("busy", "a"));
	close(fd);
	SAME("busy|busy|a", EXECVE("busy", "a"));
	WORKS(fd = open("s1", O_WRONLY | O_CLOEXEC));
	SAME(failure(ETXTBSY), EXECVE("s1", "a"));
	close(fd);
}

static void running_is_busy(void)
{
	/* Before Linux 3.5 nobody can say what /proc/self/exe is. */
	if (older_than(3, 5))
		return;
	FAILS(ETXTBSY, open("running", O_WRONLY));
	FAILS(ETXTBSY, open("running", O_RDWR));
	FAILS(ETXTBSY, truncate("running", 0));
	if (!older_than(3, 11))
		FAILS(ENOTDIR, open("running", O_TMPFILE | O_RDWR, 0600));
	if (geteuid() != 0) {
		WORKS(chmod("running", 0500));
		FAILS(EACCES, open("running", O_WRONLY));
		FAILS(EACCES, truncate("running", 0));
		WORKS(chmod("running", 0700));
	}
	SAME("running", strrchr(joined("%s", absolute("running")), '/') + 1);
}

static void descriptors(void)
{
	char shown[64];
	int directory;
	int fd;

	if (older_than(3, 19))
		return;
	WORKS(directory = open("d", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	snprintf(shown, sizeof(shown), "/dev/fd/%d/../program", directory);
	SAME(joined("program|%s|a", shown),
		EXECVEAT(directory, "../program", 0, "a"));
	SAME("program|program|a", EXECVEAT(AT_FDCWD, "program", 0, "a"));
	SAME(joined("program|%s|a", absolute("link")),
		EXECVEAT(-1, absolute("link"), 0, "a"));
	SAME(failure(EBADF), EXECVEAT(-1, "program", 0, "a"));
	SAME(failure(ELOOP),
		EXECVEAT(AT_FDCWD, "link", AT_SYMLINK_NOFOLLOW, "a"));
	SAME(failure(ENOENT), EXECVEAT(directory, "", 0, "a"));
	SAME(failure(EACCES), EXECVEAT(directory, "", AT_EMPTY_PATH, "a"));
	SAME(failure(EINVAL), EXECVEAT(AT_FDCWD, "program", 1, "a"));
	SAME(failure(ENOTDIR),
		EXECVEAT(open("program", O_RDONLY), "x", 0, "a"));
	/* By descriptor: closed on exec, without permission to read, gone. */
	WORKS(fd = open("program", O_RDONLY | O_CLOEXEC));
	SAME(joined("program|/dev/fd/%d|a", fd),
		EXECVEAT(fd, "", AT_EMPTY_PATH, "a"));
	close(fd);
	WORKS(fd = open("program", O_PATH | O_CLOEXEC));
	SAME(joined("program|/dev/fd/%d|a", fd),
		EXECVEAT(fd, "", AT_EMPTY_PATH, "a"));
	close(fd);
	program_copy("gone");
	WORKS(fd = open("gone", O_RDONLY));
	WORKS(unlink("gone"));
	SAME(joined("gone (deleted)|/dev/fd/%d|a", fd),
		EXECVEAT(fd, "", AT_EMPTY_PATH, "a"));
	snprintf(shown, sizeof(shown), "/proc/self/fd/%d", fd);
	SAME(joined("gone (deleted)|%s|a", shown), EXECVE(shown, "a"));
	close(fd);
	/* A script learns its own name as a descriptor, if that stays open. */
	WORKS(fd = open("s1", O_RDONLY));
	SAME(joined("program|/dev/fd/%d|%s|/dev/fd/%d", fd, absolute("program"),
		     fd),
		EXECVEAT(fd, "", AT_EMPTY_PATH, "a"));
	close(fd);
	WORKS(fd = open("s1", O_RDONLY | O_CLOEXEC));
	SAME(failure(ENOENT), EXECVEAT(fd, "", AT_EMPTY_PATH, "a"));
	close(fd);
	WORKS(fd = open("empty", O_RDONLY));
	SAME(failure(ENOEXEC), EXECVEAT(fd, "", AT_EMPTY_PATH, "a"));
	close(fd);
	close(directory);
}

/* The thread's name, when FD is executed. */
static const char *name_by(int fd)
{
	const char *said = EXECVEAT(fd, "", AT_EMPTY_PATH, "comm");

	close(fd);
	return said;
}

/*
 * Since Linux 6.14 the file's own name, before the number. Some older kernels
 * have it, too.
 */
static void is_name_of(int fd, const char *name)
{
	const char *number = joined("%d", fd);
	const char *said = name_by(fd);

	if (older_than(6, 14) && strcmp(said, number) == 0)
		return;
	SAME(name, said);
}

static void names_by_descriptor(void)
{
	int fd;

	if (older_than(3, 19))
		return;
	SAME("program", EXECVE("./program", "comm"));
	SAME("link", EXECVE(absolute("link"), "comm"));
	is_name_of(open("program", O_RDONLY | O_CLOEXEC), "program");
	is_name_of(open("link", O_PATH | O_CLOEXEC), "program");
	script_make("named", joined("#!%s comm\n", absolute("link")));
	is_name_of(open("named", O_RDONLY), "program");
	program_copy("odd (deleted)");
	is_name_of(open("odd (deleted)", O_RDONLY), "odd (deleted)");
	program_copy("gone");
	WORKS(fd = open("gone", O_RDONLY | O_CLOEXEC));
	WORKS(rename("gone", "a name of more than 15 bytes"));
	WORKS(unlink("a name of more than 15 bytes"));
	is_name_of(fd, "a name of more ");
}

static void memory(void)
{
	char buffer[65536];
	char shown[64];
	ssize_t size;
	int from;
	int fd;

	if (older_than(3, 19))
		return;
	WORKS(fd = (int)raw(SYS_memfd_create, "image", 1));
	WORKS(from = open("program", O_RDONLY | O_CLOEXEC));
	while ((size = read(from, buffer, sizeof(buffer))) > 0)
		STEP(write(fd, buffer, (size_t)size) == size);
	close(from);
	SAME(joined("memfd:image (deleted)|/dev/fd/%d|a", fd),
		EXECVEAT(fd, "", AT_EMPTY_PATH, "a"));
	snprintf(shown, sizeof(shown), "/proc/self/fd/%d", fd);
	WORKS(from = open(shown, O_RDONLY | O_CLOEXEC));
	close(fd);
	SAME(joined("memfd:image (deleted)|/dev/fd/%d|a", from),
		EXECVEAT(from, "", AT_EMPTY_PATH, "a"));
}

#define CHECKS 0x10000 /* AT_EXECVE_CHECK */

static long checked(const char *path)
{
	return raw(SYS_execveat, AT_FDCWD, path, ARGUMENTS("a"), no_environment,
		CHECKS);
}

/* Nothing is started, but looked up like all else. */
static void only_checked(void)
{
	if (older_than(6, 14))
		return;
	WORKS(checked("program"));
	WORKS(checked(absolute("program")));
	WORKS(checked("link"));
	FAILS(ENOENT, checked("nothing"));
	FAILS(ENOENT, checked("dangling"));
	FAILS(EACCES, checked("d"));
	file_make("checked", "x");
	FAILS(EACCES, checked("checked"));
	WORKS(unlink("checked"));
}

/* The image that failed to be replaced goes on as it was. */
static void survives(void)
{
	char where[PATH_MAX];

	FAILS(ENOEXEC, execve("empty", ARGUMENTS("a"), no_environment));
	FAILS(ENOENT, execve("lost", ARGUMENTS("a"), no_environment));
	SAME(absolute("d"), (chdir("d"), getcwd(where, sizeof(where))));
	WORKS(fchdir(scratch));
}

int main(int argc, char **argv)
{
	if (fcntl(9, F_GETFD) >= 0)
		return report(argc, argv);
	if (argc > 1 && strcmp(argv[1], "running") == 0) {
		running_is_busy();
		return 0;
	}
	scratch = scratch_open();
	program_copy("program");
	program_copy("running");
	WORKS(mkdir("d", 0755));
	WORKS(symlink(absolute("program"), "link"));
	WORKS(symlink("loop", "loop"));
	WORKS(symlink(absolute("nothing"), "dangling"));
	programs();
	not_programs();
	scripts();
	nested();
	long_lines();
	arguments();
	busy();
	descriptors();
	names_by_descriptor();
	memory();
	only_checked();
	survives();
	execve("running", ARGUMENTS("running", "running"), no_environment);
	STEP(!"reached");
	return 1;
}
