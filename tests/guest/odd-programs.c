/* SPDX-License-Identifier: MIT */
/* Programs that no linker makes: what runs, what is refused, what dies. */
/*
 * What is wrong with the headers, or with the interpreter's name, execve(2)
 * refuses. What is wrong with a segment is found out when the old program is
 * gone, and the new one is killed: load_elf_binary(), fs/binfmt_elf.c.
 */
// rows: execve
#include "probe.h"

#include <elf.h>

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#define FAR	0x600000000000 /* behind all that is ours */
static const unsigned char code[] = {
	0xb8, 0x3c, 0x00, 0x00, 0x00, /* mov $SYS_exit, %eax */
	0xbf, 0x2a, 0x00, 0x00, 0x00, /* mov $42, %edi */
	0x0f, 0x05,		      /* syscall */
};
static const unsigned char writing[] = {
	0xc6, 0x04, 0x25, 0x00, 0x00, 0x51, 0x00, 0x01, /* movb $1, BSS */
};
static const unsigned char reading[] = {
	0x0f, 0xb6, 0x3d, 0x00, 0x00, 0x00, 0x00, /* movzbl 0(%rip), %edi */
	0xb8, 0x3c, 0x00, 0x00, 0x00,		  /* mov $SYS_exit, %eax */
	0x0f, 0x05,				  /* syscall */
};

static void reach(unsigned char *at, uint32_t distance)
{
	distance -= 7;
	memcpy(at + 3, &distance, sizeof(distance));
}
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#define FAR	0x6000000000
static const uint32_t code[] = {
	0xd2800ba8, /* mov x8, #SYS_exit */
	0xd2800540, /* mov x0, #42 */
	0xd4000001, /* svc #0 */
};
static const uint32_t writing[] = {
	0xd2800001, /* mov x1, #0 */
	0xf2a00a21, /* movk x1, #0x51, lsl #16 */
	0x39000021, /* strb w1, [x1]: BSS */
};
static const uint32_t reading[] = {
	0x10000000, /* adr x0, 0 */
	0x39400000, /* ldrb w0, [x0] */
	0xd2800ba8, /* mov x8, #SYS_exit */
	0xd4000001, /* svc #0 */
};

/* Less than 1 MiB, and a multiple of 4. */
static void reach(unsigned char *at, uint32_t distance)
{
	uint32_t adr = reading[0] | distance >> 2 << 5;

	memcpy(at, &adr, sizeof(adr));
}
#endif

#ifdef MACHINE

#define BASE   0x400000
#define OTHER  0x500000
#define BSS    0x510000
#define PAGE   0x10000 /* the largest */
#define SIZE   (2 * PAGE)
#define INTERP 0x800 /* the offset of its name */
#define BYTE   0x980 /* that of the byte which put_reading() is about */
#define ENTRY  (BASE + PAGE)

static unsigned char image[SIZE];
static Elf64_Ehdr *const head = (Elf64_Ehdr *)image;
static Elf64_Phdr *const headers = (Elf64_Phdr *)(image + sizeof(*head));

static Elf64_Phdr *add(uint32_t type, uint64_t offset, uint64_t address,
	uint64_t file_size, uint64_t memory_size)
{
	Elf64_Phdr *header = &headers[head->e_phnum++];

	*header = (Elf64_Phdr){
		.p_type = type,
		.p_flags = PF_R | PF_X,
		.p_offset = offset,
		.p_vaddr = address,
		.p_filesz = file_size,
		.p_memsz = memory_size,
		.p_align = PAGE,
	};
	return header;
}

/* One that ends with 42; tests spoil it. */
static void start_over(void)
{
	memset(image, 0, sizeof(image));
	memcpy(head->e_ident, ELFMAG, SELFMAG);
	head->e_ident[EI_CLASS] = ELFCLASS64;
	head->e_ident[EI_DATA] = ELFDATA2LSB;
	head->e_ident[EI_VERSION] = EV_CURRENT;
	head->e_type = ET_EXEC;
	head->e_machine = MACHINE;
	head->e_version = EV_CURRENT;
	head->e_entry = ENTRY;
	head->e_phoff = sizeof(*head);
	head->e_ehsize = sizeof(*head);
	head->e_phentsize = sizeof(*headers);
	memcpy(image + PAGE, code, sizeof(code));
	add(PT_LOAD, 0, BASE, SIZE, SIZE);
}

/* Instead: it ends with the byte at this distance from its entry, 42. */
static void put_reading(uint32_t distance)
{
	memcpy(image + PAGE, reading, sizeof(reading));
	reach(image + PAGE, distance);
	image[BYTE] = 42;
}

static Elf64_Phdr *add_interpreter(const char *name, size_t size)
{
	memcpy(image + INTERP, name, strlen(name));
	return add(PT_INTERP, INTERP, BASE + INTERP, size, size);
}

static void write_image(const char *name, size_t size)
{
	int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);

	STEP(write(fd, image, size) == (ssize_t)size);
	close(fd);
}

/* Does not come back as it was. */
static int execute(const char *program)
{
	struct rlimit none = {0, 0};
	char *const nothing[] = {"odd", NULL};

	setrlimit(RLIMIT_CORE, &none);
	execve(program, nothing, nothing + 1);
	return errno;
}

/* How it ends: an errno below 0, 42, or a signal above 1000. */
static int ending_of(const char *program)
{
	int ends[2];
	int error = 0;
	int status;
	pid_t pid;

	WORKS(pipe2(ends, O_CLOEXEC));
	pid = fork();
	if (pid == 0) {
		error = execute(program);
		_exit(write(ends[1], &error, sizeof(error)) < 0);
	}
	close(ends[1]);
	if (read(ends[0], &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(ends[0]);
	status = status_of(pid);
	if (error != 0)
		return -error;
	return WIFSIGNALED(status) ? 1000 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static int ending(void)
{
	return ending_of("odd");
}

#define ENDS(how)                                                              \
	do {                                                                   \
		write_image("odd", SIZE);                                      \
		EQUAL(how, ending());                                          \
	} while (0)

#define RUNS	42
#define REFUSED (-ENOEXEC)
#define DIES	(1000 + SIGSEGV)

static void identifications(void)
{
	start_over();
	ENDS(RUNS);
	/* Only the magic number and the machine count. */
	head->e_ident[EI_CLASS] = ELFCLASS32;
	ENDS(RUNS);
	memset(head->e_ident + SELFMAG, 0, EI_NIDENT - SELFMAG);
	head->e_version = head->e_flags = head->e_ehsize = 0;
	ENDS(RUNS);
	head->e_machine = EM_SPARC;
	ENDS(REFUSED);
	start_over();
	head->e_type = ET_REL;
	ENDS(REFUSED);
	head->e_type = ET_CORE;
	ENDS(REFUSED);
}

static void tables(void)
{
	start_over();
	head->e_phentsize--;
	ENDS(REFUSED);
	start_over();
	head->e_phnum = 0;
	ENDS(REFUSED);
	head->e_phnum = 20;
	ENDS(RUNS); /* those behind it are of no type */
	head->e_phnum = 65536 / sizeof(*headers) + 1;
	ENDS(REFUSED);
	start_over();
	head->e_phoff = SIZE - sizeof(*headers) + 1;
	ENDS(REFUSED);
	start_over();
	write_image("odd", sizeof(*head) - 1);
	EQUAL(REFUSED, ending());
	write_image("odd", sizeof(*head) + sizeof(*headers) - 1);
	EQUAL(REFUSED, ending());
}

/* Nothing is at its entry. */
static void nothing_to_load(void)
{
	start_over();
	headers[0].p_type = PT_NULL;
	ENDS(DIES);
	head->e_type = ET_DYN;
	ENDS(DIES);
	head->e_entry = 0x1000;
	ENDS(DIES);
	start_over();
	head->e_entry = FAR;
	ENDS(DIES);
}

static void broken_segments(void)
{
	start_over();
	headers[0].p_memsz--;
	ENDS(DIES);
	/* Whatever was made of the signal. */
	signal(SIGSEGV, SIG_IGN);
	ENDS(DIES);
	signal(SIGSEGV, SIG_DFL);
	start_over();
	add(PT_LOAD, 0, OTHER, 16, 0);
	ENDS(DIES);
	start_over();
	add(PT_LOAD, 1, OTHER, 16, 16);
	ENDS(DIES);
	start_over();
	add(PT_LOAD, 0, UINT64_MAX - PAGE + 1, 16, 16);
	ENDS(DIES);
	start_over();
	add(PT_LOAD, 0, OTHER, 16, UINT64_MAX);
	ENDS(DIES);
	start_over();
	add(PT_LOAD, INT64_MAX - PAGE + 1, OTHER, PAGE, PAGE);
	ENDS(DIES);
}

static void unusual_segments(void)
{
	start_over();
	add(PT_LOAD, 0, OTHER, 0, 0);
	add(PT_LOAD, 16 * PAGE, OTHER, PAGE, PAGE); /* beyond the file */
	ENDS(RUNS);
	/* What is between them stays what it is. */
	start_over();
	add(PT_LOAD, 0, FAR, PAGE, PAGE);
	ENDS(RUNS);
	start_over();
	add(PT_LOAD, PAGE, ENTRY, PAGE, PAGE);
	add(PT_LOAD, 0, BASE - PAGE, PAGE, PAGE);
	ENDS(RUNS);
	/* What is in memory alone can be written to. */
	start_over();
	memcpy(image + PAGE, writing, sizeof(writing));
	memcpy(image + PAGE + sizeof(writing), code, sizeof(code));
	add(PT_LOAD, 0, OTHER, 0, 3 * PAGE)->p_flags = PF_R;
	ENDS(RUNS);
}

/* In any order, and nothing is between them. */
static void movable_segments(void)
{
	start_over();
	put_reading(5 * PAGE + BYTE);
	head->e_type = ET_DYN;
	head->e_entry = 0;
	headers[0].p_offset = PAGE;
	headers[0].p_vaddr = 0;
	headers[0].p_filesz = headers[0].p_memsz = PAGE;
	add(PT_LOAD, 0, 5 * PAGE, PAGE, PAGE);
	add(PT_LOAD, 0, 2 * PAGE, PAGE, PAGE);
	add(PT_LOAD, 0, 8 * PAGE, PAGE, PAGE);
	ENDS(42);
	put_reading(4 * PAGE + BYTE);
	ENDS(DIES);
	headers[1].p_vaddr = 2 * PAGE;
	headers[2].p_vaddr = 5 * PAGE;
	ENDS(DIES);
	put_reading(5 * PAGE + BYTE);
	ENDS(42);
	/* Bss begins at 0 then, where root may map something. */
	memcpy(image + PAGE, code, sizeof(code));
	headers[2].p_offset = PAGE;
	head->e_entry = headers[2].p_vaddr;
	ENDS(RUNS);
	headers[0].p_filesz = 0;
	if (geteuid() != 0)
		ENDS(DIES);
}

/* Bss begins in the file's last page; what is no bss stays the file's. */
static void rests_of_pages(void)
{
	start_over();
	put_reading(OTHER + BYTE - ENTRY);
	add(PT_LOAD, 0, OTHER, BYTE, BYTE)->p_flags = PF_R | PF_W;
	ENDS(42);
	headers[1].p_memsz++;
	ENDS(0);
}

/* Only who touches what the file has not got dies of that. */
static void files_cut_off(void)
{
	start_over();
	add(PT_LOAD, SIZE, OTHER, 16, 16)->p_flags = PF_R | PF_W;
	ENDS(RUNS);
	/* The kernel does, to clear the rest of the page. */
	headers[1].p_memsz++;
	ENDS(DIES);
	start_over();
	add(PT_LOAD, PAGE, OTHER, 3 * PAGE - 16, 3 * PAGE - 16)->p_flags =
		PF_R | PF_W;
	ENDS(RUNS);
	headers[1].p_memsz++;
	ENDS(DIES);
	headers[1].p_filesz = 3 * PAGE;
	headers[1].p_memsz = 4 * PAGE;
	ENDS(RUNS);
}

static void names_of_interpreters(void)
{
	start_over();
	add_interpreter("x", 1);
	ENDS(REFUSED);
	start_over();
	add_interpreter("missing", 7);
	ENDS(REFUSED);
	start_over();
	add_interpreter("missing", 4097);
	ENDS(REFUSED);
	start_over();
	add_interpreter("missing", 4096);
	ENDS(-ENOENT);
	/* It goes before what is wrong with a segment. */
	headers[0].p_memsz--;
	ENDS(-ENOENT);
	/* The current directory. */
	start_over();
	add_interpreter("", 2);
	ENDS(-EACCES);
	start_over();
	add_interpreter("missing", 8)->p_offset = SIZE - 4;
	ENDS(-EIO);
}

static void interpreters(void)
{
	start_over();
	write_image("interpreter", SIZE);
	add_interpreter("interpreter", 12);
	ENDS(RUNS);
	write_image("interpreter", 63);
	EQUAL(-EIO, ending());
	write_image("interpreter", 64);
	EQUAL(-ELIBBAD, ending());
	headers[0].p_type = PT_NULL;
	write_image("interpreter", SIZE);
	EQUAL(DIES, ending());
	headers[0].p_type = PT_LOAD;
	headers[0].p_memsz--;
	write_image("interpreter", SIZE);
	EQUAL(DIES, ending());
	memset(image, 'x', SIZE);
	write_image("interpreter", SIZE);
	EQUAL(-ELIBBAD, ending());
}

/* What is wrong with it as a program, it may be all right for this. */
static void odd_interpreters(void)
{
	const uint16_t no_programs[] = {ET_REL, ET_CORE};

	start_over();
	add_interpreter("", 1);
	write_image("interpreter", SIZE);
	start_over();
	add_interpreter("interpreter", 12);
	ENDS(RUNS);
	write_image("interpreter", SIZE); /* by itself */
	EQUAL(RUNS, ending());
	headers[1].p_offset = SIZE;
	write_image("interpreter", SIZE);
	EQUAL(RUNS, ending());
	for (size_t i = 0; i < 2; i++) {
		head->e_type = no_programs[i];
		write_image("interpreter", SIZE);
		EQUAL(DIES, ending());
	}
}

/* It has one of its own: a program by itself, a linker for another one. */
static void make_both(void)
{
	start_over();
	put_reading(BYTE);
	image[PAGE + BYTE] = 43;
	write_image("inner", SIZE);
	start_over();
	add_interpreter(absolute("inner"), strlen(absolute("inner")) + 1);
	write_image("both", SIZE);
	start_over();
	add_interpreter(absolute("both"), strlen(absolute("both")) + 1);
	write_image("user", SIZE);
}

/*
 * What has not changed for some time may be remembered, as the one or other. So
 * it is the clock that is waited for, and nothing else tells.
 */
static void remembered(void)
{
	const struct timespec tenth = {0, 100000000};
	struct stat status;

	WORKS(stat("user", &status));
	while (time(NULL) <= status.st_ctime + 3)
		nanosleep(&tenth, NULL);
	for (int again = 0; again < 3; again++) {
		EQUAL(RUNS, ending_of(absolute("user")));
		EQUAL(43, ending_of(absolute("both")));
	}
}

int main(void)
{
	make_both();
	identifications();
	tables();
	nothing_to_load();
	broken_segments();
	unusual_segments();
	movable_segments();
	rests_of_pages();
	files_cut_off();
	names_of_interpreters();
	interpreters();
	odd_interpreters();
	remembered();
	return 0;
}

#else

int main(void)
{
	probe_skip("no code for this machine");
}

#endif
