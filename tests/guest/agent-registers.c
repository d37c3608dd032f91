/* SPDX-License-Identifier: MIT */
/* Calls from hot sites of several shapes leave every register alone. */
/*
 * All general registers, the flags with the direction flag among them, the
 * vector registers, their control word and the red zone; afterwards, and in
 * what handlers of signals see at the site.
 */
// rows: stat openat access readlink mkdir chdir getcwd newfstatat unlink
#include "hot.h"

#ifdef __x86_64__

#define GENERAL                                                                \
	13 /* of struct registers, as words; the first is the result           \
	    */

struct registers {
	uint64_t rax, rdi, rsi, rdx, r10, r8, r9, rbx, rbp, r12, r13, r14, r15;
	uint64_t flags;
	uint32_t control; /* mxcsr */
	uint32_t has_avx;
	uint64_t red_zone[2];
	uint64_t unused[2];
	uint64_t vectors[16][4];
};

typedef void call_function(const struct registers *in, struct registers *out);

/*
 * Loads all registers, runs the instruction, stores them all. SHAPE is what
 * stands behind the instruction; what is needed then is on the stack.
 */
/* clang-format off */
#define LOAD(name)                                                             \
	".globl " name ", " name "_site, " name "_after, " name "_end\n"       \
	".type " name ", @function\n"                                          \
	name ":\n"                                                             \
	"	push %rbx\n	push %rbp\n	push %r12\n"                   \
	"	push %r13\n	push %r14\n	push %r15\n"                   \
	"	push %rsi\n"                                                   \
	"	mov %rdi, %rax\n"                                              \
	"	cmpl $0, 116(%rax)\n	je 1f\n"                               \
	"	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"                \
	"	vmovdqu 152+32*\\n(%rax), %ymm\\n\n"                           \
	"	.endr\n	jmp 2f\n"                                              \
	"1:	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"                \
	"	movdqu 152+32*\\n(%rax), %xmm\\n\n"                            \
	"	.endr\n"                                                       \
	"2:	ldmxcsr 112(%rax)\n"                                           \
	"	mov 120(%rax), %rcx\n	mov %rcx, -64(%rsp)\n"                 \
	"	mov 128(%rax), %rcx\n	mov %rcx, -128(%rsp)\n"                \
	"	mov 16(%rax), %rsi\n	mov 24(%rax), %rdx\n"                  \
	"	mov 32(%rax), %r10\n	mov 40(%rax), %r8\n"                   \
	"	mov 48(%rax), %r9\n	mov 56(%rax), %rbx\n"                  \
	"	mov 64(%rax), %rbp\n	mov 72(%rax), %r12\n"                  \
	"	mov 80(%rax), %r13\n	mov 88(%rax), %r14\n"                  \
	"	mov 96(%rax), %r15\n	mov 8(%rax), %rdi\n"                   \
	"	push 104(%rax)\n	popfq\n"                               \
	"	mov (%rax), %rax\n"                                            \
	name "_site:\n"                                                        \
	"	syscall\n"                                                     \
	name "_after:\n"

#define STORE(name)                                                            \
	"	mov (%rsp), %rcx\n"                                            \
	"	mov %rax, (%rcx)\n"                                            \
	"	mov -64(%rsp), %rax\n	mov %rax, 120(%rcx)\n"                 \
	"	mov -128(%rsp), %rax\n	mov %rax, 128(%rcx)\n"                 \
	"	pushfq\n	pop %rax\n	mov %rax, 104(%rcx)\n	cld\n" \
	"	mov %rdi, 8(%rcx)\n"                                           \
	"	mov %rsi, 16(%rcx)\n	mov %rdx, 24(%rcx)\n"                  \
	"	mov %r10, 32(%rcx)\n	mov %r8, 40(%rcx)\n"                   \
	"	mov %r9, 48(%rcx)\n	mov %rbx, 56(%rcx)\n"                  \
	"	mov %rbp, 64(%rcx)\n	mov %r12, 72(%rcx)\n"                  \
	"	mov %r13, 80(%rcx)\n	mov %r14, 88(%rcx)\n"                  \
	"	mov %r15, 96(%rcx)\n	stmxcsr 112(%rcx)\n"                   \
	"	cmpl $0, 116(%rcx)\n	je 1f\n"                               \
	"	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"                \
	"	vmovdqu %ymm\\n, 152+32*\\n(%rcx)\n"                           \
	"	.endr\n	vzeroupper\n	jmp 2f\n"                              \
	"1:	.irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n"                \
	"	movdqu %xmm\\n, 152+32*\\n(%rcx)\n"                            \
	"	.endr\n"                                                       \
	"2:	pop %rsi\n"                                                    \
	"	pop %r15\n	pop %r14\n	pop %r13\n"                    \
	"	pop %r12\n	pop %rbp\n	pop %rbx\n"                    \
	"	ret\n"                                                         \
	name "_end:\n"                                                         \
	".size " name ", . - " name "\n"

__asm__(
	/* No dead bytes in reach of a short jump. */
	LOAD("call_dense") STORE("call_dense")
	/* A return behind the instruction, and padding behind that. */
	LOAD("call_padded")
	"	jmp 9f\n"
	"	.byte 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0\n"
	"	.byte 0x0f, 0x1f, 0x40, 0\n"
	"9:\n"
	STORE("call_padded")
	/* As glibc: compare, branch, return, padding; here with int3. */
	LOAD("call_compared")
	"	call 8f\n	jmp 9f\n"
	"	.fill 14, 1, 0xcc\n"
	"8:	ret\n	.fill 7, 1, 0xcc\n"
	"9:\n"
	STORE("call_compared")
	/* The padding comes first. */
	"	.fill 32, 1, 0x90\n"
	LOAD("call_behind") STORE("call_behind")
	/* The instruction crosses a border of pages, and one of lines. */
	".balign 4096\n"
	"	.skip 4095 - (call_dense_site - call_dense), 0xcc\n"
	LOAD("call_page") "	jmp 9f\n	.fill 14, 1, 0xcc\n9:\n"
	STORE("call_page")
	".balign 64\n"
	"	.skip 511 - (call_dense_site - call_dense), 0xcc\n"
	LOAD("call_line") "	jmp 9f\n	.fill 14, 1, 0xcc\n9:\n"
	STORE("call_line"));
/* clang-format on */

#define SHAPE(name)                                                            \
	extern call_function name;                                             \
	extern const char name##_site[], name##_after[], name##_end[];

SHAPE(call_dense)
SHAPE(call_padded)
SHAPE(call_compared)
SHAPE(call_behind)
SHAPE(call_page)
SHAPE(call_line)

#define PARTS(name)                                                            \
	{                                                                      \
#name, name, name##_site, name##_after, name##_end             \
	}

static const struct shape {
	const char *name;
	call_function *call;
	const char *site;
	const char *after;
	const char *end;
} shapes[] = {
	PARTS(call_dense),
	PARTS(call_padded),
	PARTS(call_compared),
	PARTS(call_behind),
	PARTS(call_page),
	PARTS(call_line),
};

/* --- One call ------------------------------------------------------------- */

/* The call that is under way, for handlers; null between two. */
static const struct shape *volatile running;
static struct registers expected;
static volatile sig_atomic_t signals;
static volatile sig_atomic_t wrong;

static void registers_fill(struct registers *registers, uint64_t seed)
{
	/*
	 * The direction flag, in turns. The arithmetic flags may be lost: every
	 * compiler takes them for destroyed, and so does the agent.
	 */
	static const uint64_t flags[] = {0x202, 0x602};
	uint64_t *word = &registers->rax;

	for (int i = 0; i < GENERAL; i++)
		word[i] = 0xb0b0b0b000000000 + seed * 256 + (uint64_t)i;
	registers->flags = flags[seed % 2];
	registers->control = seed % 2 ? 0x1f80 : 0x7f80;
	registers->has_avx = __builtin_cpu_supports("avx") != 0;
	for (uint64_t i = 0; i < 2; i++)
		registers->red_zone[i] = seed ^ 0x5aa55aa5 << i;
	for (uint64_t i = 0; i < 64; i++)
		registers->vectors[i / 4][i % 4] = seed * 0x0101010101 + i;
}

#define ARITHMETIC 0x8d5ul /* carry, parity, adjust, zero, sign, overflow */

static bool registers_equal(
	const struct registers *wanted, const struct registers *got)
{
	const uint64_t *left = &wanted->rax;
	const uint64_t *right = &got->rax;
	size_t end = sizeof(*got) / sizeof(uint64_t);

	for (size_t i = 1; i < end; i++) {
		/* Without AVX, the upper halves are not loaded. */
		if (!wanted->has_avx && i > 18 && (i - 19) % 4 > 1)
			continue;
		if (i == 17 || i == 18 || left[i] == right[i] ||
			(i == 13 && ((left[i] ^ right[i]) & ~ARITHMETIC) == 0))
			continue;
		fprintf(stderr, "word %zu of the registers: %lx, not %lx\n", i,
			(long)right[i], (long)left[i]);
		return false;
	}
	return true;
}

static long called(const struct shape *shape, uint64_t seed, const long *call)
{
	struct registers in;
	struct registers out = {.rax = 0};

	registers_fill(&in, seed);
	for (int i = 0; i < 5; i++)
		(&in.rax)[i] = (uint64_t)call[i];
	out.has_avx = in.has_avx;
	expected = in;
	running = shape;
	shape->call(&in, &out);
	running = NULL;
	if (!registers_equal(&in, &out)) {
		fprintf(stderr, "%s, call %ld\n", shape->name, call[0]);
		wrong++;
	}
	return (long)out.rax;
}

/* --- Calls whose result is known ------------------------------------------ */

#define POINTER(name) ((long)(uintptr_t)(name))
#define HERE	      ((long)AT_FDCWD)

static char path_buffer[PATH_MAX];
static struct stat status;

static const struct known {
	long call[5]; /* the number, and four arguments */
	long result;  /* INT_MAX: a descriptor */
} calls[] = {
	{{SYS_stat, POINTER("known/file"), POINTER(&status), 3, 4}, 0},
	{{SYS_stat, POINTER("known/none"), POINTER(&status), 3, 4}, -ENOENT},
	{{SYS_stat, 8, POINTER(&status), 3, 4}, -EFAULT},
	{{SYS_access, POINTER("known/link"), R_OK, 3, 4}, 0},
	{{SYS_readlink, POINTER("known/link"), POINTER(path_buffer), 99, 4}, 4},
	{{SYS_mkdir, POINTER("/"), 0755, 3, 4}, -EEXIST},
	{{SYS_chdir, POINTER("."), 2, 3, 4}, 0},
	{{SYS_getcwd, POINTER(path_buffer), 1, 3, 4}, -ERANGE},
	{{SYS_unlink, POINTER("known/none"), 2, 3, 4}, -ENOENT},
	{{SYS_newfstatat, HERE, POINTER("known/link"), POINTER(&status),
		 AT_SYMLINK_NOFOLLOW},
		0},
	{{SYS_openat, HERE, POINTER("known/link"), O_RDONLY | O_CLOEXEC, 0},
		INT_MAX},
	{{SYS_openat, HERE, POINTER("known/none"), O_RDONLY, 0}, -ENOENT},
	{{SYS_getpriority, 7, 0, 3, 4}, -EINVAL},
	{{100000, 1, 2, 3, 4}, -ENOSYS},
};

static void all_calls(const struct shape *shape, uint64_t seed)
{
	for (size_t i = 0; i < ARRAY_COUNT(calls); i++) {
		long result = called(shape, seed + i, calls[i].call);

		if (calls[i].result == INT_MAX && result >= 0) {
			close((int)result);
			result = INT_MAX;
		}
		EQUAL(calls[i].result, result);
	}
}

/* --- Signals -------------------------------------------------------------- */

/* In the order of struct registers. */
static const int names[GENERAL] = {REG_RAX, REG_RDI, REG_RSI, REG_RDX, REG_R10,
	REG_R8, REG_R9, REG_RBX, REG_RBP, REG_R12, REG_R13, REG_R14, REG_R15};

/* At the instruction, and behind it, all is as the program has left it. */
static void look_at(const ucontext_t *context)
{
	const struct shape *shape = running;
	const char *place = (const char *)CONTEXT_PC(context);
	const uint64_t *word = &expected.rax;

	wrong += !text_holds((uintptr_t)place);
	if (!shape || (place != shape->site && place != shape->after))
		return;
	for (int i = place == shape->site ? 0 : 1; i < GENERAL; i++)
		wrong += (uint64_t)context->uc_mcontext.gregs[names[i]] !=
			 word[i];
	wrong += ((uint64_t)context->uc_mcontext.gregs[REG_EFL] & 0x600) !=
		 (expected.flags & 0x600);
}

static volatile bool is_over;

/* The next one, not long after this one, wherever that will be. */
static void alarm_start(void)
{
	struct itimerval once = {{0, 0}, {0, is_over ? 0 : 5 + signals % 70}};

	setitimer(ITIMER_REAL, &once, NULL);
}

static void on_signal(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	look_at(context);
	wrong += known_call((unsigned int)signals++);
	alarm_start();
}

static void in_a_storm(int rounds)
{
	struct sigaction action = {.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};
	static char memory[65536]; /* the red zone is looked at, too */
	stack_t stack = {.ss_sp = memory, .ss_size = sizeof(memory)};

	WORKS(sigaltstack(&stack, NULL));
	sigaction(SIGALRM, &action, NULL);
	alarm_start();
	for (int round = 0; round < rounds || signals < rounds; round++)
		all_calls(&shapes[(size_t)round % ARRAY_COUNT(shapes)],
			(uint64_t)round);
	is_over = true;
}

int main(void)
{
	known_make();
	text_learn();
	for (size_t i = 0; i < ARRAY_COUNT(shapes); i++) {
		for (int round = 0; round < effort(100); round++)
			all_calls(&shapes[i], (uint64_t)round);
	}
	EQUAL(0, wrong);
	in_a_storm(effort(1600));
	EQUAL(0, wrong);
	return 0;
}

#else

int main(void)
{
	probe_skip("written for x86-64");
}

#endif
