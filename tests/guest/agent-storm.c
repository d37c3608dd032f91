/* SPDX-License-Identifier: MIT */
/* 64 threads make path calls, in and between handlers, while signals rain. */
/*
 * Five kinds of signals: SIGALRM from a timer of 10 kHz, for any thread, on
 * alternate stacks of 8 KiB; SIGUSR1, which two threads throw each other by
 * tgkill(2), nested; SIGUSR2 from a timer of each thread, out of which the
 * handler jumps; and two real-time signals that each thread queues for its
 * neighbour, all of which must arrive, the blocked ones in their order.
 */
// rows: stat open readlink access
// also as a fake root
// flags: -pthread
#include "hot.h"

#include <pthread.h>
#include <setjmp.h>
#include <sys/auxv.h>

#define THREADS 64
#define BALLS	50	  /* times that a thread catches SIGUSR1 */
#define NESTED	6	  /* how deep SIGUSR1 may get */
#define STACK	(1 << 20) /* all of queued may nest */

#define NESTING SIGRTMIN
#define ORDERED (SIGRTMIN + 1)

/* struct sigevent of the kernel, with SIGEV_THREAD_ID */
struct event {
	union sigval value;
	int signal;
	int notify;
	int tid;
	int padding[11];
};

struct worker {
	pthread_t thread;
	volatile pid_t tid;
	int timer;   /* for SIGUSR2 */
	char *stack; /* of the thread */
	char *alternate;
	sigjmp_buf back;
	volatile sig_atomic_t may_jump;
	volatile sig_atomic_t depth;
	volatile sig_atomic_t has_ball;
	volatile sig_atomic_t balls;
	volatile sig_atomic_t jumps;
	volatile sig_atomic_t alarms;
	volatile unsigned int handled;
	volatile sig_atomic_t nesting; /* real-time signals got */
	volatile sig_atomic_t ordered;
	volatile sig_atomic_t wrong_answers;
	volatile sig_atomic_t wrong_contexts;
	volatile sig_atomic_t wrong_order;
};

static __thread struct worker *self;

static struct worker workers[THREADS];
static size_t alternate_size;
static int queued; /* real-time signals of each kind for each thread */
static int rounds; /* of path calls, at least */
static volatile bool is_over;
static int finished;
static int all_finished[2];
static pid_t process;

static bool within(uintptr_t address, const char *start, size_t size)
{
	return address >= (uintptr_t)start &&
	       address <= (uintptr_t)start + size;
}

static void look_around(void *context)
{
	uintptr_t stack = CONTEXT_SP(context);

	self->wrong_answers += known_call(self->handled++);
	if (!text_holds(CONTEXT_PC(context)) ||
		!(within(stack, self->stack, STACK) ||
			within(stack, self->alternate, alternate_size)))
		self->wrong_contexts++;
}

/* 10 kHz, less the time that handlers take: where calls are slow, the threads
 * must still get on. */
static void alarm_start(void)
{
	struct itimerval once = {{0, 0}, {0, is_over ? 0 : 100}};

	setitimer(ITIMER_REAL, &once, NULL);
}

static void on_alarm(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	self->alarms++;
	look_around(context);
	if (!within((uintptr_t)&context, self->alternate, alternate_size))
		self->wrong_contexts++;
	alarm_start();
}

static struct worker *partner(void)
{
	return &workers[(self - workers) ^ 1];
}

static void ball_throw(void)
{
	self->has_ball = false;
	raw(SYS_tgkill, process, partner()->tid, SIGUSR1);
}

static void on_ball(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	self->depth++;
	self->balls++;
	look_around(context);
	if (self->balls >= BALLS || self->depth >= NESTED)
		self->has_ball = true;
	else
		ball_throw();
	self->wrong_answers += known_open();
	self->depth--;
}

static void on_jump(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	look_around(context);
	if (!self->may_jump)
		return;
	self->jumps++;
	siglongjmp(self->back, 1);
}

static void on_nesting(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)info;
	look_around(context);
	self->nesting++;
}

static void on_ordered(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	look_around(context);
	self->wrong_order += info->si_value.sival_int != self->ordered;
	self->ordered++;
}

/* All handlers but SIGUSR1's and the nesting one's run undisturbed. */
static void actions_set(void)
{
	static const struct {
		int offset;
		void (*handler)(int, siginfo_t *, void *);
		int flags;
		bool blocks;
	} actions[] = {
		{0, on_alarm, SA_RESTART | SA_ONSTACK, true},
		{0, on_ball, SA_RESTART | SA_NODEFER, false},
		{0, on_jump, 0, true},
		{0, on_nesting, SA_RESTART | SA_NODEFER, false},
		{1, on_ordered, SA_RESTART, true},
	};
	int signals[] = {SIGALRM, SIGUSR1, SIGUSR2, NESTING, ORDERED};

	for (size_t i = 0; i < ARRAY_COUNT(actions); i++) {
		struct sigaction action = {.sa_sigaction = actions[i].handler,
			.sa_flags = actions[i].flags | SA_SIGINFO};

		if (actions[i].blocks)
			sigfillset(&action.sa_mask);
		else
			sigaddset(&action.sa_mask, SIGUSR2);
		WORKS(sigaction(signals[i], &action, NULL));
	}
}

/* The kernel refuses more than RLIMIT_SIGPENDING; then somebody must get on. */
static void queue(struct worker *to, int signal, int value)
{
	siginfo_t info = {.si_signo = signal, .si_code = SI_QUEUE};

	info.si_value.sival_int = value;
	info.si_pid = process;
	info.si_uid = getuid();
	while (syscall(SYS_rt_tgsigqueueinfo, process, to->tid, signal, &info) <
		0) {
		EQUAL(EAGAIN, errno);
		sched_yield();
	}
}

static void timer_make(void)
{
	struct event event = {.signal = SIGUSR2, .notify = 4, .tid = self->tid};

	WORKS(syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &self->timer));
}

/* Once: where calls are slow, a storm of jumps would leave no time for them. */
static void timer_start(long microseconds)
{
	struct itimerspec once = {{0, 0}, {0, microseconds * 1000}};

	WORKS(syscall(SYS_timer_settime, self->timer, 0, &once, NULL));
}

static void alternate_stack(void)
{
	stack_t stack = {.ss_size = alternate_size};

	self->alternate = stack.ss_sp = malloc(alternate_size);
	WORKS(sigaltstack(&stack, NULL));
}

/* Calls that a jump out of them may leave unfinished. */
static void calls_with_jumps(void)
{
	if (sigsetjmp(self->back, 1) == 0) {
		self->may_jump = true;
		for (int i = 0; i < 5; i++)
			self->wrong_answers += known_calls();
	}
	self->may_jump = false;
}

static bool has_all(void)
{
	return self->nesting == queued && self->ordered == queued;
}

/* Each kind of signal has found somebody at work. */
static bool has_stormed(void)
{
	long alarms = 0, balls = 0, jumps = 0;

	for (int i = 0; i < THREADS; i++) {
		alarms += workers[i].alarms;
		balls += workers[i].balls;
		jumps += workers[i].jumps;
	}
	return alarms > 0 && balls > THREADS && jumps > 0;
}

static void *work(void *data)
{
	struct timespec now;
	sigset_t none;
	time_t limit;
	struct worker *neighbour;
	int sent = 0;
	int gate;

	self = data;
	self->tid = (pid_t)syscall(SYS_gettid);
	neighbour = &workers[(self - workers + 1) % THREADS];
	alternate_stack();
	while (neighbour->tid == 0 || partner()->tid == 0)
		sched_yield();
	self->has_ball = (self - workers) % 2;
	timer_make();
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
	clock_gettime(CLOCK_MONOTONIC, &now);
	limit = now.tv_sec + patience();
	for (int round = 0; round < rounds || !has_all() || !has_stormed();
		round++) {
		if (sent < queued) {
			queue(neighbour, ORDERED, sent);
			queue(neighbour, NESTING, sent++);
		}
		timer_start(1l << round % 12); /* calls take so long, or so */
		calls_with_jumps();
		self->wrong_answers += known_open();
		if (self->has_ball && self->balls < BALLS)
			ball_throw();
		clock_gettime(CLOCK_MONOTONIC, &now);
		STEP(now.tv_sec < limit);
	}
	/* A thread that ends would take signals with it: all wait, in a call.
	 */
	if (__atomic_add_fetch(&finished, 1, __ATOMIC_SEQ_CST) == THREADS)
		write(all_finished[1], "", 1);
	while ((gate = open("gate", O_RDONLY | O_CLOEXEC)) < 0)
		EQUAL(EINTR, errno);
	close(gate);
	return NULL;
}

static void workers_start(void)
{
	pthread_attr_t attributes;

	for (int i = 0; i < THREADS; i++) {
		struct worker *worker = &workers[i];

		worker->stack = mmap(NULL, STACK, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		STEP(worker->stack != MAP_FAILED);
		pthread_attr_init(&attributes);
		pthread_attr_setstack(&attributes, worker->stack, STACK);
		EQUAL(0, pthread_create(
				 &worker->thread, &attributes, work, worker));
	}
}

int main(void)
{
	sigset_t all;
	char byte;

	queued = effort(100);
	rounds = effort(200);
	known_make();
	text_learn();
	process = getpid();
	WORKS(mkfifo("gate", 0600));
	WORKS(pipe(all_finished));
	/* What the kernel saves on an alternate stack may be much. */
	alternate_size = 8192;
	if (getauxval(51 /* AT_MINSIGSTKSZ */) > 4096)
		alternate_size += getauxval(51);
	actions_set();
	/* Signals are for workers, and for those only when they are ready. */
	sigfillset(&all);
	pthread_sigmask(SIG_BLOCK, &all, NULL);
	workers_start();
	alarm_start();
	EQUAL(1, read(all_finished[0], &byte, 1));
	is_over = true;
	alarm_start();
	WORKS(open("gate", O_RDWR));
	for (int i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		EQUAL(0, workers[i].wrong_answers);
		EQUAL(0, workers[i].wrong_contexts);
		EQUAL(0, workers[i].wrong_order);
		EQUAL(queued, workers[i].nesting);
		EQUAL(queued, workers[i].ordered);
	}
	STEP(has_stormed());
	return 0;
}
