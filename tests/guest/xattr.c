/* SPDX-License-Identifier: MIT */
/* Extended attributes: of files, through links, and of links. */
// rows: setxattr getxattr listxattr removexattr lsetxattr lgetxattr llistxattr
// also as a fake root
// rows: lremovexattr setxattrat getxattrat listxattrat removexattrat
#include "probe.h"

#define NAME "user.probe"

struct attribute {
	uint64_t value;
	uint32_t size;
	uint32_t flags;
};

static int directory;

/* What the file has, asked by a descriptor. */
static const char *value_of(const char *path)
{
	static char value[64];
	int fd = open(path, O_RDONLY);
	long size = raw(SYS_fgetxattr, fd, NAME, value, sizeof(value) - 1);

	close(fd);
	value[size < 0 ? 0 : size] = '\0';
	return value;
}

static void by_path(void)
{
	char value[64];

	WORKS(raw(SYS_setxattr, absolute("absolute"), NAME, "v1", 2, 0));
	SAME("v1", value_of("file"));
	EQUAL(2, raw(SYS_getxattr, "absolute", NAME, value, sizeof(value)));
	EQUAL(2, raw(SYS_getxattr, absolute("file"), NAME, NULL, 0));
	STEP(raw(SYS_listxattr, "absolute", value, sizeof(value)) >=
		(long)sizeof(NAME));
	FAILS(EEXIST, raw(SYS_setxattr, "file", NAME, "v2", 2, 1));
	FAILS(ERANGE, raw(SYS_getxattr, "file", NAME, value, 1));
	FAILS(ENODATA, raw(SYS_getxattr, "file", "user.no", value, 9));
	FAILS(ENOENT, raw(SYS_getxattr, "dangling", NAME, value, 9));
	WORKS(raw(SYS_removexattr, absolute("absolute"), NAME));
	SAME("", value_of("file"));
	FAILS(ENODATA, raw(SYS_removexattr, "file", NAME));
}

static void of_links(void)
{
	char value[64];

	/* A symlink has no user attributes. */
	FAILS(EPERM, raw(SYS_lsetxattr, absolute("absolute"), NAME, "v", 1, 0));
	SAME("", value_of("file"));
	STEP(raw(SYS_lgetxattr, "dangling", NAME, value, sizeof(value)) < 0 &&
		errno != ENOENT);
	WORKS(raw(SYS_llistxattr, "dangling", value, sizeof(value)));
	STEP(raw(SYS_lremovexattr, "dangling", NAME) < 0 && errno != ENOENT);
	WORKS(raw(SYS_lsetxattr, absolute("file"), NAME, "v", 1, 0));
	EQUAL(1, raw(SYS_lgetxattr, "file", NAME, value, sizeof(value)));
	STEP(raw(SYS_llistxattr, "file", value, sizeof(value)) > 0);
	WORKS(raw(SYS_lremovexattr, "file", NAME));
	SAME("", value_of("file"));
}

static void at_descriptors(void)
{
	char value[64] = "";
	struct attribute to = {(uintptr_t) "v3", 2, 0};
	struct attribute from = {(uintptr_t)value, sizeof(value), 0};
	long set = CALL_setxattrat;
	long get = CALL_getxattrat;
	long list = CALL_listxattrat;
	long delete = CALL_removexattrat;
	int empty = AT_EMPTY_PATH;
	int flag = AT_SYMLINK_NOFOLLOW;

	if (older_than(6, 13)) {
		FAILS(ENOSYS, raw(set, AT_FDCWD, "file", 0, NAME, &to, 16L));
		return;
	}
	WORKS(raw(set, directory, "../absolute", 0, NAME, &to, 16L));
	SAME("v3", value_of("file"));
	EQUAL(2, raw(get, directory, absolute("file"), 0, NAME, &from, 16L));
	SAME("v3", value);
	STEP(raw(list, directory, "../absolute", 0, value, 64L) > 0);
	STEP(raw(get, AT_FDCWD, "dangling", flag, NAME, &from, 16L) < 0 &&
		errno != ENOENT);
	FAILS(ENOENT, raw(get, AT_FDCWD, "dangling", 0, NAME, &from, 16L));
	FAILS(EPERM, raw(set, AT_FDCWD, "absolute", flag, NAME, &to, 16L));
	WORKS(raw(delete, directory, "../absolute", 0, NAME));
	SAME("", value_of("file"));
	WORKS(raw(set, directory, "", empty, NAME, &to, 16L));
	SAME("v3", value_of("d"));
	WORKS(raw(delete, directory, "", empty, NAME));
	FAILS(EINVAL, raw(get, AT_FDCWD, "file", 1, NAME, &from, 16L));
	FAILS(EBADF, raw(get, -1, "file", 0, NAME, &from, 16L));
}

int main(void)
{
	scratch_open();
	file_make("file", "");
	WORKS(mkdir("d", 0755));
	WORKS(symlink(absolute("file"), "absolute"));
	WORKS(symlink(absolute("nothing"), "dangling"));
	WORKS(directory = open("d", O_RDONLY | O_DIRECTORY));
	if (raw(SYS_fsetxattr, directory, NAME, "v", 1, 0) < 0) {
		FAILS(EOPNOTSUPP, raw(SYS_setxattr, "d", NAME, "v", 1, 0));
		probe_skip("no user attributes in this file system");
	}
	WORKS(raw(SYS_fremovexattr, directory, NAME));
	by_path();
	of_links();
	at_descriptors();
	return 0;
}
