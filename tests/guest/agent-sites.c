/* SPDX-License-Identifier: MIT */
/* Call sites that serve everything, are copied, rewritten, or vanish. */
// rows: stat open clone execve mmap
// flags: -pthread
#include "hot.h"

#ifdef __x86_64__

#include <pthread.h>
#include <sys/file.h>

#define PAGE 4096

/*
 * syscall(2) as a libc has it: a number and arguments, the result in rax. It
 * names no address, so it can be copied. The padding behind it is dead.
 */
/* clang-format off */
long site(long number, ...);
extern const char site_end[];
__asm__(".globl site, site_end\n"
	".type site, @function\n"
	".balign 64\n"
	"site:\n"
	"	mov %rdi, %rax\n	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n	mov %rcx, %rdx\n"
	"	mov %r8, %r10\n		mov %r9, %r8\n"
	"	mov 8(%rsp), %r9\n"
	"	syscall\n"
	"	ret\n"
	"	.fill 16, 1, 0xcc\n"
	"site_end:\n"
	".size site, . - site\n"
	".section .note.GNU-stack, \"\", @progbits\n"
	".text\n");
/* clang-format on */

typedef long site_function(long number, ...);

/* Where that function has its instruction. */
#define SITE_OFFSET 23

static int heat_up(site_function *function)
{
	struct stat status;
	int wrong = 0;

	HEAT
	{
		wrong += function(SYS_stat, "known/file", &status) != 0 ||
			 status.st_size != 6;
		wrong += function(SYS_stat, "known/none", &status) != -ENOENT;
		wrong += function(SYS_access, "known/link", R_OK, 0) != 0;
	}
	return wrong;
}

/* --- One site for every number -------------------------------------------- */

static void *blocks(void *pipe_end)
{
	char byte = 0;

	if (site(SYS_read, (long)(intptr_t)pipe_end, &byte, 1L) != 1)
		return NULL;
	return (void *)(intptr_t)byte;
}

static int futex_word;

static void *waits(void *unused)
{
	(void)unused;
	while (__atomic_load_n(&futex_word, __ATOMIC_SEQ_CST) == 0)
		site(SYS_futex, &futex_word, 0L, 0L, NULL);
	return NULL;
}

/* Threads sleep in the site while it is hot for others. */
static void sleepers(void)
{
	pthread_t reader, waiter;
	int ends[2];
	void *byte;

	WORKS(pipe(ends));
	EQUAL(0, pthread_create(
			 &reader, NULL, blocks, (void *)(intptr_t)ends[0]));
	EQUAL(0, pthread_create(&waiter, NULL, waits, NULL));
	EQUAL(0, heat_up(site));
	EQUAL(1, site(SYS_write, ends[1], "x", 1L));
	__atomic_store_n(&futex_word, 1, __ATOMIC_SEQ_CST);
	site(SYS_futex, &futex_word, 1L, 1L, NULL);
	pthread_join(reader, &byte);
	pthread_join(waiter, NULL);
	EQUAL('x', (intptr_t)byte);
	close(ends[0]);
	close(ends[1]);
}

/* fork, vfork's sister and exit at the same instruction as stat. */
static void processes(void)
{
	struct stat status;

	for (int i = 0; i < 100; i++) {
		long flags = i % 2 ? SIGCHLD : SIGCHLD | CLONE_PARENT_SETTID;
		int tid = 0;
		long pid = site(SYS_clone, flags, NULL, &tid, NULL, 0L);

		if (pid == 0) {
			long result = site(SYS_stat, "known/file", &status);

			site(SYS_exit_group, result == 0 ? i : 200);
		}
		WORKS(pid);
		EQUAL(i, WEXITSTATUS(status_of((pid_t)pid)));
		EQUAL(0, site(SYS_stat, "known/file", &status));
	}
	for (int i = 0; i < 50; i++) {
		long pid = site(SYS_fork);

		if (pid == 0) {
			char *arguments[] = {"again", NULL};

			site(SYS_execve, "/proc/self/exe", arguments, environ);
			site(SYS_exit, 1L);
		}
		EQUAL(0, status_of((pid_t)pid));
		EQUAL(-ENOENT, site(SYS_stat, "known/none", &status));
	}
}

/* vfork(2) itself: the child's return goes over the parent's stack. */
static void vforks(void)
{
	for (int i = 0; i < 100; i++) {
		volatile int made = 0;
		pid_t pid = vfork();

		if (pid == 0) {
			struct stat status;

			made = site(SYS_stat, "known/file", &status) == 0;
			_exit(i);
		}
		EQUAL(i, WEXITSTATUS(status_of(pid)));
		EQUAL(1, made);
	}
}

static volatile sig_atomic_t caught;

static void on_signal(int signal)
{
	struct stat status;

	caught +=
		signal == SIGUSR1 && site(SYS_stat, "known/file", &status) == 0;
}

void restore(void);
long site_bare(long number, ...);
/* clang-format off */
__asm__("restore:\n"
	"	mov $15, %edi\n"
	"site_bare:\n"
	"	mov %edi, %eax\n	mov %rsi, %rdi\n"
	"	syscall\n	ret\n	.fill 9, 1, 0xcc\n");
/* clang-format on */

/* Handlers return through a site that is hot: rt_sigreturn is 15. */
static void handlers(void)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		void (*restorer)(void);
		unsigned long mask;
	} action = {on_signal, 0x04000000, restore, 0};

	HEAT EQUAL(0, site_bare(SYS_chdir, "."));
	EQUAL(0, site(SYS_rt_sigaction, (long)SIGUSR1, &action, NULL, 8L));
	for (int i = 1; i <= 100; i++) {
		EQUAL(0, site(SYS_tgkill, (long)getpid(), (long)gettid(),
				 (long)SIGUSR1));
		EQUAL(i, caught);
	}
	signal(SIGUSR1, SIG_DFL);
}

/* --- Copies ----------------------------------------------------------------
 */

/* The function as it was at the start. */
static char original[64];
static size_t original_size;

static char *pages(int protection, int flags, int fd)
{
	char *memory = mmap(NULL, 2 * PAGE, protection, flags, fd, 0);

	STEP(memory != MAP_FAILED);
	return memory;
}

/* As a compiler that works just in time; both protections that they use. */
static void copied(void)
{
	const int all = PROT_READ | PROT_WRITE | PROT_EXEC;
	char *memory = pages(all, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	char *copy = memory + PAGE - SITE_OFFSET - 1; /* crosses the border */

	memcpy(memory, original, original_size);
	memcpy(copy, original, original_size);
	for (int i = 0; i < 3; i++) {
		EQUAL(0, heat_up((site_function *)memory));
		EQUAL(0, heat_up((site_function *)copy));
		/* Nobody else has written there. */
		EQUAL(0, memcmp(memory, original, SITE_OFFSET));
		WORKS(mprotect(memory, 2 * PAGE,
			i == 1 ? all : PROT_READ | PROT_EXEC));
	}
	munmap(memory, 2 * PAGE);
}

/* Code that returns what it is told to: mov $value, %eax; ret */
static void answer_write(char *memory, int value)
{
	memory[0] = (char)0xb8;
	memcpy(memory + 1, &value, sizeof(value));
	memory[5] = (char)0xc3;
}

/* What the program writes over a hot site counts, and what it writes back. */
static void rewritten(void)
{
	const int all = PROT_READ | PROT_WRITE | PROT_EXEC;
	char *memory = pages(all, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	site_function *function = (site_function *)memory;

	for (int i = 0; i < 20; i++) {
		memcpy(memory, original, original_size);
		EQUAL(0, heat_up(function));
		answer_write(memory, i);
		EQUAL(i, function(SYS_stat, "known/file", NULL));
		/* Padding was dead; from now on it is code. */
		memcpy(memory, original, original_size);
		EQUAL(0, heat_up(function));
		answer_write(memory + SITE_OFFSET + 3, i + 1000);
		EQUAL(i + 1000, ((site_function *)(memory + SITE_OFFSET + 3))(
					SYS_getpid));
		EQUAL(0, heat_up(function));
	}
	munmap(memory, 2 * PAGE);
}

static volatile bool is_over;
static char *shared_code;

static void *uses_code(void *wrong)
{
	struct stat status;

	while (!is_over)
		if (((site_function *)shared_code)(
			    SYS_stat, "known/file", &status) != 0)
			__atomic_add_fetch((long *)wrong, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* The site's neighbourhood changes while four threads run it. */
static void rewritten_while_used(void)
{
	pthread_t threads[4];
	long wrong = 0;
	int fd = open("code", O_RDWR | O_CREAT | O_TRUNC, 0755);
	char *writable;

	WORKS(ftruncate(fd, 2 * PAGE));
	writable = pages(PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	shared_code = pages(PROT_READ | PROT_EXEC, MAP_SHARED, fd);
	memcpy(writable, original, original_size);
	is_over = false;
	for (int i = 0; i < 4; i++)
		EQUAL(0, pthread_create(&threads[i], NULL, uses_code, &wrong));
	for (int i = 0; i < 200; i++) {
		answer_write(writable + 128, i);
		EQUAL(i, ((site_function *)(shared_code + 128))(0L));
		memcpy(writable + SITE_OFFSET + 3, original + SITE_OFFSET + 3,
			13);
	}
	is_over = true;
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	EQUAL(0, wrong);
	/* The file was never touched by anyone but us. */
	EQUAL(0, memcmp(writable, original, original_size));
	EQUAL(0, heat_up((site_function *)shared_code));
	munmap(writable, 2 * PAGE);
	munmap(shared_code, 2 * PAGE);
	close(fd);
}

/* --- Mappings that come and go ---------------------------------------------
 */

/* A file of code at a name; its site is at OFFSET. */
static int code_file(const char *name, size_t offset, int answer)
{
	char content[2 * PAGE];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0755);

	memset(content, 0xcc, sizeof(content));
	memcpy(content + offset, original, original_size);
	answer_write(content + PAGE, answer);
	EQUAL(sizeof(content), write(fd, content, sizeof(content)));
	return fd;
}

static int answer_of(const char *memory)
{
	return (int)((site_function *)(memory + PAGE))(0L);
}

/* The file is replaced by another one at the same address, and both learned. */
static void remapped(void)
{
	const int fixed = MAP_PRIVATE | MAP_FIXED;
	int first = code_file("first", 0, 1);
	int second = code_file("second", 5, 2);
	char *memory = pages(PROT_READ | PROT_EXEC, MAP_PRIVATE, first);

	for (int i = 0; i < 20; i++) {
		EQUAL(0, heat_up((site_function *)memory));
		EQUAL(1, answer_of(memory));
		mmap(memory, 2 * PAGE, PROT_READ | PROT_EXEC, fixed, second, 0);
		EQUAL(0, heat_up((site_function *)(memory + 5)));
		EQUAL(2, answer_of(memory));
		munmap(memory, 2 * PAGE);
		mmap(memory, 2 * PAGE, PROT_READ | PROT_EXEC, fixed, first, 0);
	}
	/* What was learned of a file falls with the file's change. */
	munmap(memory, 2 * PAGE);
	close(first);
	first = code_file("first", 1, 3);
	memory = pages(PROT_READ | PROT_EXEC, MAP_PRIVATE, first);
	EQUAL(0, heat_up((site_function *)(memory + 1)));
	EQUAL(3, answer_of(memory));
	munmap(memory, 2 * PAGE);
	close(first);
	close(second);
}

/* Only read, only executed, moved, doubled, and thrown away while hot. */
static void moved(void)
{
	int fd = code_file("moving", 0, 4);
	char *memory = pages(PROT_READ | PROT_EXEC, MAP_PRIVATE, fd);
	char *place = pages(PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	EQUAL(0, heat_up((site_function *)memory));
	WORKS(mprotect(memory, 2 * PAGE, PROT_EXEC));
	EQUAL(0, heat_up((site_function *)memory));
	WORKS(mprotect(memory, 2 * PAGE, PROT_READ | PROT_WRITE | PROT_EXEC));
	EQUAL(0, heat_up((site_function *)memory));
	memcpy(memory + 64, original, original_size);
	EQUAL(0, heat_up((site_function *)(memory + 64)));
	WORKS(mprotect(memory, 2 * PAGE, PROT_READ | PROT_EXEC));
	STEP(mremap(memory, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED,
		     place) == place);
	EQUAL(0, heat_up((site_function *)place));
	EQUAL(0, heat_up((site_function *)(place + 64)));
	EQUAL(4, answer_of(place));
	/* The private page is dropped, the file's comes back. */
	WORKS(madvise(place, 2 * PAGE, MADV_DONTNEED));
	EQUAL(0, heat_up((site_function *)place));
	EQUAL((char)0xcc, place[64]);
	munmap(place, 2 * PAGE);
	close(fd);
}

int main(int argc, char **argv)
{
	struct stat status;

	if (argc == 1 && strcmp(argv[0], "again") == 0)
		return site(SYS_stat, "known/file", &status) != 0;
	original_size = (size_t)(site_end - (const char *)site);
	memcpy(original, site, original_size);
	known_make();
	EQUAL(0, memcmp(original + SITE_OFFSET, "\x0f\x05", 2));
	sleepers();
	processes();
	vforks();
	handlers();
	copied();
	rewritten();
	rewritten_while_used();
	remapped();
	moved();
	return 0;
}

#else

int main(void)
{
	probe_skip("written for x86-64");
}

#endif
