/* SPDX-License-Identifier: MIT */
/* What serves the calls of all guests is shared by them, and bears misuse. */
/*
 * A guest may find the files behind it, write what it likes wherever it can,
 * and make them shorter. proot must live on, and other guests must find what
 * they look for.
 */
// rows: stat open execve=system
// guest only
#include "hot.h"

#include <dirent.h>

#define PAGE 4096

static bool is_shared_file(int directory, const char *name)
{
	char text[PATH_MAX];
	ssize_t size = readlinkat(directory, name, text, sizeof(text) - 1);

	if (size < 0)
		return false;
	text[size] = '\0';
	return strstr(text, "proot-agent") != NULL;
}

static void fill(char *pages, size_t count)
{
	memset(pages, 0xff, count * PAGE);
	munmap(pages, count * PAGE);
}

/* Whatever can be done to a file whose owner looks at it in memory. */
static void misuse(int fd)
{
	struct stat status;
	char *pages;

	WORKS(fstat(fd, &status));
	for (off_t at = 0; at < status.st_size; at += PAGE) {
		pages = mmap(
			NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, at);
		if (pages != MAP_FAILED)
			fill(pages, 1);
		pwrite(fd, "\377\377\377\377\377\377\377\377", 8, at);
	}
	FAILS(EPERM, ftruncate(fd, 0));
}

/* Those of proot that can be opened. */
static void files(void)
{
	char name[64];
	struct dirent *entry;
	DIR *open_files;

	snprintf(name, sizeof(name), "/proc/%d/fd", getppid());
	open_files = opendir(name);
	while (open_files && (entry = readdir(open_files))) {
		int fd;

		if (!is_shared_file(dirfd(open_files), entry->d_name))
			continue;
		fd = openat(dirfd(open_files), entry->d_name, O_RDWR);
		if (fd < 0)
			fd = openat(dirfd(open_files), entry->d_name, O_RDONLY);
		if (fd >= 0)
			misuse(fd);
	}
}

#ifdef __x86_64__

/* loader/agent/layout.h: what agents share, locks, places of islands. */
#define FIRST 0x554000100000
#define LAST  0x554000260000

/* All that lies there, by another way than the program's own instructions. */
static void memory(void)
{
	static const char garbage[PAGE] = {[0 ... PAGE - 1] = (char)0xfe};
	int fd = open("/proc/self/mem", O_RDWR | O_CLOEXEC);

	WORKS(fd);
	for (off_t at = FIRST; at < LAST; at += PAGE)
		mprotect((void *)at, PAGE, PROT_READ | PROT_WRITE);
	for (off_t at = FIRST; at < LAST; at += PAGE)
		pwrite(fd, garbage, PAGE, at);
	known_calls();
	_exit(0);
}

#endif

/* Old programs and new ones. */
static void others_live(void)
{
	HEAT EQUAL(0, known_calls() + known_open());
	EQUAL(0, WEXITSTATUS(system("test -e known/link")));
	EQUAL(1, WEXITSTATUS(system("test -e known/none")));
}

int main(void)
{
	known_make();
	files();
	others_live();
#ifdef __x86_64__
	in_child(memory);
	others_live();
#endif
	return 0;
}
