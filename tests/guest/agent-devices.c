/* SPDX-License-Identifier: MIT */
/* A fake root's device is opened, and nothing else, whatever comes amid that.
 */
// rows: open mknod
#include "hot.h"

#include <sys/sysmacros.h>

#define OPENED 4000

/* Always by the same number, or some other one was left open. */
static void open_device(int number)
{
	struct stat status;
	int fd = open("null", O_RDONLY | O_CLOEXEC);

	EQUAL(number, fd);
	WORKS(fstat(fd, &status));
	STEP(S_ISCHR(status.st_mode));
	EQUAL(makedev(1, 3), status.st_rdev);
	WORKS(close(fd));
}

/* What looks like one, and is none. */
static void open_marked(int number)
{
	struct stat status;
	int fd = open("marked", O_RDONLY | O_CLOEXEC);

	EQUAL(number, fd);
	WORKS(fstat(fd, &status));
	EQUAL(S_IFREG | S_ISVTX | 0600, status.st_mode);
	WORKS(close(fd));
}

int main(void)
{
	int number;

	if (mknod("null", S_IFCHR | 0666, makedev(1, 3)) < 0)
		probe_skip("it is for root, or a fake root");
	file_make("marked", "");
	WORKS(chmod("marked", S_ISVTX | 0600));
	known_make();
	number = dup(0);
	close(number);
	HEAT open_device(number);
	storm_begin(60);
	for (int i = 0; i < effort(OPENED); i++) {
		open_device(number);
		open_marked(number);
	}
	storm_end();
	return 0;
}
