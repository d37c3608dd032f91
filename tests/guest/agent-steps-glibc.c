/* SPDX-License-Identifier: MIT */
/* A program that steps through its own calls sees nobody else's code. */
// rows: stat open access readlink getcwd
#include "hot.h"

#define CALLS	  6
#define STEPS_MAX 20000 /* instructions of a call, with its libc's */

#if defined(__x86_64__)

#define TRAP_FLAG 0x100

static volatile bool is_over;
static volatile long steps;
static volatile long strange;

static void on_step(int signal, siginfo_t *info, void *context)
{
	greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;

	(void)signal;
	strange +=
		info->si_code != TRAP_TRACE || !text_holds(CONTEXT_PC(context));
	if (is_over || ++steps > STEPS_MAX)
		registers[REG_EFL] &= ~(greg_t)TRAP_FLAG;
}

static void begin(void)
{
	is_over = false;
	steps = 0;
	__asm__ volatile("pushfq; orq %0, (%%rsp); popfq"
			 :
			 : "i"(TRAP_FLAG)
			 : "memory", "cc");
}

static void end(void)
{
	is_over = true;
	__asm__ volatile("nop; nop"); /* the last step */
}

static void by_steps(unsigned int which)
{
	int wrong;

	begin();
	wrong = known_call(which);
	end();
	EQUAL(0, wrong);
	STEP(steps > 0 && steps < STEPS_MAX);
}

int main(void)
{
	struct sigaction action = {
		.sa_sigaction = on_step, .sa_flags = SA_SIGINFO | SA_RESTART};

	known_make();
	text_learn();
	WORKS(sigaction(SIGTRAP, &action, NULL));
	for (int round = 0; round < 20; round++)
		for (unsigned int which = 0; which < CALLS; which++)
			by_steps(which);
	EQUAL(0, strange);
	EQUAL(0, slots_in_use());
	return 0;
}

#else

int main(void)
{
	probe_skip("written for x86-64");
	return 0;
}

#endif
