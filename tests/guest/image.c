/* SPDX-License-Identifier: MIT */
/* A program finds itself in memory as if the kernel had loaded it. */
// rows: execve readlink open
#include "probe.h"

#include <elf.h>
#include <link.h>
#include <sys/auxv.h>
#include <sys/prctl.h>

static char **arguments;

static unsigned long auxiliary(unsigned long type)
{
	return getauxval(type);
}

/* The line of /proc/self/maps that an address is in. */
static const char *map_of(const void *address)
{
	static char line[PATH_MAX + 128];
	FILE *file = fopen("/proc/self/maps", "r");

	while (file && fgets(line, sizeof(line), file)) {
		unsigned long from;
		unsigned long to;

		if (sscanf(line, "%lx-%lx", &from, &to) == 2 &&
			(unsigned long)address >= from &&
			(unsigned long)address < to) {
			fclose(file);
			line[strcspn(line, "\n")] = '\0';
			return line;
		}
	}
	if (file)
		fclose(file);
	return "";
}

static const char *name_of(const char *line)
{
	const char *slash = strpbrk(line, "/[");

	return slash ? slash : "";
}

static void vectors(void)
{
	const ElfW(Phdr) *header = (void *)auxiliary(AT_PHDR);
	const ElfW(Ehdr) * image;
	unsigned long base = auxiliary(AT_BASE);
	bool has_interpreter = false;

	STEP(header != NULL);
	EQUAL(sizeof(*header), auxiliary(AT_PHENT));
	EQUAL(sysconf(_SC_PAGESIZE), auxiliary(AT_PAGESZ));
	EQUAL(geteuid(), auxiliary(AT_EUID));
	EQUAL(getgid(), auxiliary(AT_GID));
	EQUAL(0, auxiliary(AT_SECURE));
	STEP(auxiliary(AT_RANDOM) != 0);
	STEP(auxiliary(AT_SYSINFO_EHDR) != 0);
	SAME("[vdso]", name_of(map_of((void *)auxiliary(AT_SYSINFO_EHDR))));
	SAME("[stack]", name_of(map_of((void *)auxiliary(AT_RANDOM))));
	SAME("[stack]", name_of(map_of((void *)auxiliary(AT_EXECFN))));
	SAME(arguments[0], (char *)auxiliary(AT_EXECFN));
	/* The headers are this program's. */
	image = (void *)((unsigned long)header & ~4095UL);
	STEP(memcmp(image->e_ident, ELFMAG, SELFMAG) == 0);
	EQUAL(image->e_phnum, auxiliary(AT_PHNUM));
	EQUAL(image->e_type == ET_DYN ? (long)image + (long)image->e_entry
				      : (long)image->e_entry,
		auxiliary(AT_ENTRY));
	for (int i = 0; i < image->e_phnum; i++)
		has_interpreter |= header[i].p_type == PT_INTERP;
	EQUAL(has_interpreter, base != 0);
	if (base) {
		STEP(memcmp((void *)base, ELFMAG, SELFMAG) == 0);
		STEP(strstr(map_of((void *)base), "ld-linux") != NULL);
	}
	/* The strings are on top of the stack: environment, then the name. */
	STEP(arguments[0] < environ[0]);
	STEP(environ[0] < (char *)auxiliary(AT_EXECFN));
}

/* /proc/self/auxv is what was on the stack. */
static void vector_file(void)
{
	unsigned long pairs[128];
	int fd;
	long size;
	size_t i = 0;

	WORKS(fd = open("/proc/self/auxv", O_RDONLY));
	size = read(fd, pairs, sizeof(pairs));
	close(fd);
	STEP(size > 0);
	for (; i < (size_t)size / sizeof(long) && pairs[i] != AT_NULL; i += 2)
		if (pairs[i] == AT_PHDR || pairs[i] == AT_PHNUM ||
			pairs[i] == AT_ENTRY || pairs[i] == AT_BASE ||
			pairs[i] == AT_EXECFN || pairs[i] == AT_RANDOM ||
			pairs[i] == AT_SYSINFO_EHDR)
			EQUAL(auxiliary(pairs[i]), pairs[i + 1]);
	STEP(i > 20);
}

static const char *proc_file(const char *name, size_t *size)
{
	static char content[16384];
	ssize_t got;
	int fd = open(name, O_RDONLY);

	*size = 0;
	while ((got = read(fd, content + *size, sizeof(content) - 1 - *size)) >
		0)
		*size += (size_t)got;
	close(fd);
	content[*size] = '\0';
	return content;
}

static void proc_files(void)
{
	char exe[PATH_MAX] = "";
	const char *content;
	struct stat status;
	struct stat same;
	size_t size;

	WORKS(readlink("/proc/self/exe", exe, sizeof(exe) - 1));
	SAME(arguments[0], exe);
	WORKS(stat("/proc/self/exe", &status));
	WORKS(stat(arguments[0], &same));
	EQUAL(same.st_ino, status.st_ino);
	content = proc_file("/proc/self/cmdline", &size);
	SAME(arguments[0], content);
	EQUAL(strlen(arguments[0]) + 1 + 4, size);
	STEP(memcmp(content + size - 4, "one", 4) == 0);
	content = proc_file("/proc/self/environ", &size);
	STEP(size > 0);
	SAME("PROBE=is here", content);
	content = proc_file("/proc/self/comm", &size);
	SAME("image-of-a-prog\n", content);
	content = proc_file("/proc/self/stat", &size);
	STEP(strstr(content, "(image-of-a-prog) R") != NULL);
}

/* Code, data and heap are where they belong, under the program's name. */
static void maps(void)
{
	static int data = 1;
	static int zeroes;
	int on_stack = zeroes;
	size_t size;

	(void)on_stack;
	SAME(arguments[0], name_of(map_of((void *)(uintptr_t)maps)));
	SAME(arguments[0], name_of(map_of(&data)));
	STEP(strstr(map_of((void *)(uintptr_t)maps), "r-xp") != NULL);
	STEP(strstr(map_of(&data), "rw-p") != NULL);
	STEP(strstr(map_of(&on_stack), "[stack]") != NULL);
	STEP(strstr(map_of(&on_stack), "rw-p") != NULL);
	STEP(strstr(proc_file("/proc/self/maps", &size), "proot") == NULL);
}

static void grows(void)
{
	extern char end[];
	char *start = (char *)raw(SYS_brk, 0L);
	long gap = start - end;

	/* Behind the program, with at most some randomness in between. */
	STEP(older_than(3, 5) || (gap >= -4096 && gap < (1L << 35)));
	EQUAL(start + 1000000, raw(SYS_brk, start + 1000000));
	memset(start, 1, 1000000);
	SAME("[heap]", name_of(map_of(start + 5000)));
	EQUAL(start + (64 << 20), raw(SYS_brk, start + (64 << 20)));
	memset(start, 2, 64 << 20);
	EQUAL(start + 4096, raw(SYS_brk, start + 4096));
	EQUAL(start, raw(SYS_brk, start));
	/* Not below its start, which a libc may have left behind it. */
	EQUAL(start, raw(SYS_brk, 65536L));
}

/* Whoever fixes an address must get it, and keep it through calls. */
static void fixed(void)
{
	static const uintptr_t places[] = {0x10000, 0x100000, 0x8048000,
		0x10000000, 0x20000000, 0x40000000, 0x50000000, 0x60000000,
		0x7ffe0000, 0x80000000, 0xc0000000, 0x100000000, 0x140000000,
		0x200000000, 0x700000000, 0x10007fff8000, 0x200000000000,
		0x2f0000000000, 0x400000000000, 0x500000000000, 0x555555554000,
		0x600000000000, 0x7fff00000000};
	struct stat status;
	int taken = 0;

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *wanted = (char *)places[i];
		char *got;

		/* What is there before us stays. */
		if (msync(wanted, 65536, MS_ASYNC) == 0 || *map_of(wanted) ||
			*map_of(wanted + 65535))
			continue;
		got = mmap(wanted, 65536, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
		if (got == MAP_FAILED && places[i] < 0x20000)
			continue; /* mmap_min_addr */
		STEP(got == wanted);
		memset(got, 7, 65536);
		strcpy(got, absolute("file"));
		WORKS(stat(got, &status));
		WORKS(stat("/proc/self/cwd/file", &status));
		EQUAL(7, got[60000]);
		taken++;
	}
	STEP(taken > 15);
}

/* Two runs do not look the same. */
static void randomness(void)
{
	char content[8] = "";
	int fd = open("/proc/sys/kernel/randomize_va_space", O_RDONLY);

	WORKS(read(fd, content, sizeof(content)));
	close(fd);
	if (content[0] != '2')
		return;
	for (int i = 0; i < 2; i++) {
		unsigned long other[3] = {0, 0, 0};
		unsigned long mine[3] = {auxiliary(AT_RANDOM),
			auxiliary(AT_SYSINFO_EHDR),
			(unsigned long)raw(SYS_brk, 0L)};
		int ends[2];
		pid_t pid;

		WORKS(pipe(ends));
		pid = fork();
		if (pid == 0) {
			char *again[] = {"image-of-a-program", NULL};

			dup2(ends[1], 9);
			execve(arguments[0], again, environ);
			_exit(1);
		}
		EQUAL(sizeof(other), read(ends[0], other, sizeof(other)));
		status_of(pid);
		for (int k = 0; k < 3; k++)
			STEP(mine[k] != other[k]);
	}
}

static int report(void)
{
	unsigned long mine[3] = {auxiliary(AT_RANDOM),
		auxiliary(AT_SYSINFO_EHDR), (unsigned long)raw(SYS_brk, 0L)};

	return write(9, mine, sizeof(mine)) < 0;
}

int main(int argc, char **argv)
{
	char *environment[] = {"PROBE=is here", NULL, NULL};

	arguments = argv;
	if (argc == 1 && fcntl(9, F_GETFD) >= 0)
		return report();
	if (argc == 1) {
		char *again[] = {absolute("image-of-a-program"), "one", NULL};
		char mode[64];

		program_copy("image-of-a-program");
		snprintf(mode, sizeof(mode), "MODE=%s",
			getenv("MODE") ? getenv("MODE") : "");
		environment[1] = mode;
		execve(again[0], again, environment);
		STEP(!"reached");
	}
	file_make("file", "");
	vectors();
	/* Before Linux 3.5 a process cannot say what it looks like. */
	if (!older_than(3, 5)) {
		vector_file();
		proc_files();
		maps();
	}
	grows();
	fixed();
	randomness();
	return 0;
}
