/* SPDX-License-Identifier: MIT */
/* openat2: each resolve flag means what it means below the guest's root. */
// rows: openat2
// also as a fake root
#include "probe.h"

#define NO_XDEV	      0x01
#define NO_MAGICLINKS 0x02
#define NO_SYMLINKS   0x04
#define BENEATH	      0x08
#define IN_ROOT	      0x10
#define CACHED	      0x20

struct how {
	uint64_t flags;
	uint64_t mode;
	uint64_t resolve;
	uint64_t more;
};

static int directory;

static int opens(int dirfd, const char *path, uint64_t flags, uint64_t resolve)
{
	struct how how = {flags, flags & O_CREAT ? 0644 : 0, resolve, 0};
	long fd;

	/* EAGAIN: somebody, anywhere, has renamed or mounted something. */
	do
		fd = raw((long)CALL_openat2, dirfd, path, &how, 24L);
	while (fd < 0 && errno == EAGAIN && !(resolve & CACHED));
	return (int)fd;
}

static const char *reads(int dirfd, const char *path, uint64_t resolve)
{
	return content_of(opens(dirfd, path, O_RDONLY, resolve));
}

static long sized(struct how *how, size_t size)
{
	return raw((long)CALL_openat2, AT_FDCWD, "top", how, size);
}

static void plain(void)
{
	SAME("top", reads(AT_FDCWD, "top", 0));
	SAME("top", reads(AT_FDCWD, absolute("top"), 0));
	SAME("top", reads(directory, "../top", 0));
	SAME("inner", reads(directory, "inner", 0));
	SAME("inner", reads(directory, absolute("d/inner"), 0));
	SAME("top", reads(directory, "absolute", 0));
	SAME("top", reads(directory, "up", 0));
	FAILS(ENOENT, opens(directory, "missing", 0, 0));
	FAILS(ENOENT, opens(directory, "", 0, 0));
	FAILS(ELOOP, opens(directory, "up", O_NOFOLLOW, 0));
	FAILS(EBADF, opens(-1, "top", 0, 0));
	FAILS(EEXIST, opens(directory, "up", O_CREAT | O_EXCL, 0));
	WORKS(close(opens(directory, "new", O_CREAT | O_RDWR, 0)));
	STEP(listed(directory, "new"));
	WORKS(unlinkat(directory, "new", 0));
}

static void arguments(void)
{
	struct how how = {O_RDONLY, 0, 0, 0};
	int fd;

	FAILS(EINVAL, sized(&how, 8));
	FAILS(EINVAL, sized(&how, 0));
	FAILS(E2BIG, sized(&how, 4097));
	FAILS(EFAULT, sized(NULL, 24));
	FAILS(EFAULT, sized(BAD_POINTER, 24));
	WORKS(fd = (int)sized(&how, sizeof(how)));
	close(fd);
	how.more = 1;
	FAILS(E2BIG, sized(&how, sizeof(how)));
	how.more = 0;
	how.resolve = 0x8000;
	FAILS(EINVAL, sized(&how, 24));
	how.resolve = BENEATH | IN_ROOT;
	FAILS(EINVAL, sized(&how, 24));
	how.resolve = 0;
	how.mode = 0600;
	FAILS(EINVAL, sized(&how, 24));
	how.mode = 0;
	how.flags = 1ULL << 40;
	FAILS(EINVAL, sized(&how, 24));
	how.flags = O_PATH | O_RDWR;
	FAILS(EINVAL, sized(&how, 24));
	how.flags = O_RDONLY;
	FAILS(EFAULT, raw((long)CALL_openat2, AT_FDCWD, NULL, &how, 24L));
}

static void beneath(void)
{
	SAME("inner", reads(directory, "inner", BENEATH));
	SAME("inner", reads(directory, "./inner", BENEATH));
	SAME("deep", reads(directory, "e/deep", BENEATH));
	SAME("inner", reads(directory, "e/../inner", BENEATH));
	SAME("inner", reads(directory, "e/toinner", BENEATH));
	FAILS(EXDEV, opens(directory, "..", 0, BENEATH));
	FAILS(EXDEV, opens(directory, "../top", 0, BENEATH));
	FAILS(EXDEV, opens(directory, "e/../../top", 0, BENEATH));
	FAILS(EXDEV, opens(directory, "/", 0, BENEATH));
	FAILS(EXDEV, opens(directory, absolute("d/inner"), 0, BENEATH));
	FAILS(EXDEV, opens(directory, "absolute", 0, BENEATH));
	FAILS(EXDEV, opens(directory, "up", 0, BENEATH));
	FAILS(EXDEV, opens(directory, "toroot/inner", 0, BENEATH));
	FAILS(ENOENT, opens(directory, "missing", 0, BENEATH));
	FAILS(ELOOP, opens(directory, "up", O_NOFOLLOW, BENEATH));
	WORKS(close(opens(directory, "up", O_PATH | O_NOFOLLOW, BENEATH)));
	WORKS(close(opens(directory, ".", O_DIRECTORY, BENEATH)));
	WORKS(close(opens(directory, "made", O_CREAT | O_RDWR, BENEATH)));
	STEP(listed(directory, "made"));
	WORKS(unlinkat(directory, "made", 0));
	FAILS(EXDEV, opens(directory, "../made", O_CREAT | O_RDWR, BENEATH));
}

static void in_root(void)
{
	int fd;

	SAME("inner", reads(directory, "inner", IN_ROOT));
	SAME("inner", reads(directory, "/inner", IN_ROOT));
	SAME("inner", reads(directory, "../inner", IN_ROOT));
	SAME("inner", reads(directory, "/../../inner", IN_ROOT));
	SAME("inner", reads(directory, "e/../../../inner", IN_ROOT));
	SAME("inner", reads(directory, "toroot/inner", IN_ROOT));
	SAME("deep", reads(directory, "rooted", IN_ROOT));
	FAILS(ENOENT, opens(directory, "up", 0, IN_ROOT));
	FAILS(ENOENT, opens(directory, absolute("top"), 0, IN_ROOT));
	WORKS(close(opens(directory, "/", O_DIRECTORY, IN_ROOT)));
	WORKS(close(opens(directory, "/made", O_CREAT | O_RDWR, IN_ROOT)));
	STEP(listed(directory, "made"));
	WORKS(unlinkat(directory, "made", 0));
	/* The link's text starts at the directory, too. */
	WORKS(close(opens(directory, "dangling", O_CREAT | O_RDWR, IN_ROOT)));
	STEP(listed(directory, "hung"));
	WORKS(unlinkat(directory, "hung", 0));
	FAILS(EBADF, opens(-1, "/inner", 0, IN_ROOT));
	WORKS(fd = openat(directory, "inner", O_PATH | O_CLOEXEC));
	FAILS(ENOTDIR, opens(fd, "/", O_WRONLY | O_CREAT, IN_ROOT));
	FAILS(ENOTDIR, opens(fd, "x", O_WRONLY | O_CREAT, BENEATH));
	WORKS(close(fd));
	SAME("top", reads(AT_FDCWD, "/top", IN_ROOT));
}

static void without_links(void)
{
	SAME("inner", reads(directory, "inner", NO_SYMLINKS));
	SAME("top", reads(directory, "../top", NO_SYMLINKS));
	FAILS(ELOOP, opens(directory, "up", 0, NO_SYMLINKS));
	FAILS(ELOOP, opens(directory, "absolute", 0, NO_SYMLINKS));
	FAILS(ELOOP, opens(directory, "toroot/inner", 0, NO_SYMLINKS));
	FAILS(ELOOP, opens(directory, "up", O_NOFOLLOW, NO_SYMLINKS));
	WORKS(close(opens(directory, "up", O_PATH | O_NOFOLLOW, NO_SYMLINKS)));
	FAILS(ENOENT, opens(directory, "missing", 0, NO_SYMLINKS));
	SAME("inner", reads(directory, "e/toinner", NO_MAGICLINKS));
	SAME("top", reads(directory, "absolute", NO_MAGICLINKS));
}

static void magic(void)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fd/%d", directory);
	WORKS(close(opens(AT_FDCWD, name, O_DIRECTORY, 0)));
	FAILS(ELOOP, opens(AT_FDCWD, name, 0, NO_MAGICLINKS));
	FAILS(ELOOP, opens(AT_FDCWD, name, 0, NO_SYMLINKS));
	FAILS(ELOOP, opens(AT_FDCWD, "/proc/self/cwd", 0, NO_MAGICLINKS));
	FAILS(ELOOP, opens(AT_FDCWD, "/proc/self/exe", 0, NO_MAGICLINKS));
	FAILS(ELOOP, opens(AT_FDCWD, "/proc/self/root", 0, NO_MAGICLINKS));
	/* /proc/self itself is an ordinary link. */
	WORKS(close(opens(AT_FDCWD, "/proc/self/stat", 0, NO_MAGICLINKS)));
	FAILS(ELOOP, opens(AT_FDCWD, "/proc/self/stat", 0, NO_SYMLINKS));
	FAILS(EXDEV, opens(directory, name, 0, BENEATH));
}

/* What a file of /proc shows of us does not depend on the call. */
static void traced_by(int proc, const char *path, uint64_t resolve)
{
	char content[4096] = "";
	int fd = opens(proc, path, O_RDONLY, resolve);

	WORKS(fd);
	WORKS(read(fd, content, sizeof(content) - 1));
	WORKS(close(fd));
	STEP(strstr(content, "\nTracerPid:\t0\n") != NULL);
}

static void below_proc(void)
{
	int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int self = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	WORKS(proc);
	WORKS(self);
	traced_by(proc, "self/status", 0);
	traced_by(proc, "self/status", BENEATH);
	traced_by(proc, "/self/status", IN_ROOT);
	traced_by(self, "status", BENEATH);
	traced_by(self, "./status", NO_SYMLINKS);
	WORKS(close(proc));
	WORKS(close(self));
}

static void one_mount(void)
{
	FAILS(EXDEV, opens(AT_FDCWD, "/proc/version", 0, NO_XDEV));
	SAME("inner", reads(directory, "inner", NO_XDEV));
	SAME("top", reads(directory, "../top", NO_XDEV));
}

static void cached(void)
{
	int fd = opens(directory, "inner", 0, CACHED);

	STEP(fd >= 0 || errno == EAGAIN || errno == EINVAL);
	if (fd >= 0)
		SAME("inner", content_of(fd));
}

int main(void)
{
	scratch_open();
	if (older_than(5, 6)) {
		FAILS(ENOSYS, opens(AT_FDCWD, ".", 0, 0));
		return 0;
	}
	file_make("top", "top");
	WORKS(mkdir("d", 0755));
	WORKS(mkdir("d/e", 0755));
	file_make("d/inner", "inner");
	file_make("d/e/deep", "deep");
	WORKS(symlink("../top", "d/up"));
	WORKS(symlink(absolute("top"), "d/absolute"));
	WORKS(symlink("/", "d/toroot"));
	WORKS(symlink("/e/deep", "d/rooted"));
	WORKS(symlink("/hung", "d/dangling"));
	WORKS(symlink("../inner", "d/e/toinner"));
	WORKS(directory = open("d", O_RDONLY | O_DIRECTORY));
	for (int i = 0; i < 4; i++) { /* by then the call site is known */
		plain();
		arguments();
		beneath();
		in_root();
		without_links();
		magic();
		below_proc();
		one_mount();
		cached();
	}
	return 0;
}
