/* SPDX-License-Identifier: MIT */
/* Plans that the stub finds by itself. */
#include "emulate/plans.h"

#include "emulate/call.h"

#include <string.h>

static struct {
	struct agent_plan *shared; /* null: there are none */
	const uint64_t *done;
	uint64_t last_ticket;
	struct {
		int pid;
		uint64_t ticket; /* 0: nobody's */
	} owners[AGENT_PLANS];
} plans;

void plans_offer(struct agent_plan *shared, const uint64_t *done)
{
	plans.shared = shared;
	plans.done = done;
}

/* Who was killed in the stub is not done, but gone. */
static bool is_free(unsigned int i)
{
	uint64_t ticket = plans.owners[i].ticket;

	return ticket == 0 ||
	       __atomic_load_n(&plans.done[i], __ATOMIC_ACQUIRE) == ticket ||
	       !task_process(plans.owners[i].pid);
}

unsigned int plan_take(int pid)
{
	for (unsigned int i = 0; plans.shared && i < AGENT_PLANS; i++) {
		if (!is_free(i))
			continue;
		plans.owners[i].pid = pid;
		plans.owners[i].ticket = ++plans.last_ticket;
		return i + 1;
	}
	return 0;
}

bool plan_publish(unsigned int number, const struct plan *plan)
{
	struct agent_plan *place = &plans.shared[number - 1];
	bool fits = plan->size <= sizeof(place->bytes) && plan->agent != 0;

	place->ticket = plans.owners[number - 1].ticket;
	place->bytes[0] = PLAN_ELSEWHERE;
	if (fits)
		memcpy(place->bytes, plan, plan->size);
	return fits;
}

void plan_let_go(int pid)
{
	for (unsigned int i = 0; i < AGENT_PLANS; i++)
		if (plans.owners[i].pid == pid)
			plans.owners[i].ticket = 0;
}

void plan_give_back(unsigned int number)
{
	if (number > 0)
		plans.owners[number - 1].ticket = 0;
}
