/* SPDX-License-Identifier: MIT */
/* From a row to its handler. */
#include "emulate/handlers.h"

#include "emulate/lookup.h"
#include "emulate/record.h"
#include "emulate/user_namespace.h"

#include <errno.h>
#include <sys/mman.h>

static call_function *const ENTER[] = {
#define X(name) [HANDLER_##name] = name##_enter,
	HANDLERS(X)
#undef X
};

_Static_assert(sizeof(ENTER) / sizeof(ENTER[0]) == HANDLER_COUNT,
	"every handler has its function");

/* No agent changes the same file meanwhile. */
static void serve(struct call *call)
{
	bool changes = changes_permissions(call);

	if (changes)
		record_hold();
	ENTER[call->row->handler](call);
	if (changes)
		record_release();
}

void call_dispatch(struct call *call)
{
	if (user_namespaces_waiting > 0)
		user_namespaces_look();
	if (!call->row)
		call_finish(call, -ENOSYS);
	else if (row_stops(call->row, call->task->process->features,
			 call->arguments))
		serve(call);
}

void refuse_enter(struct call *call)
{
	call_finish(call, -ENOSYS);
}

/* What the guest puts over our area is the guest's. */
void map_enter(struct call *call)
{
	if (maps_near(call->arguments)) /* a wish may be granted, too */
		task_lose_area(
			call->task, call->arguments[0], call->arguments[1]);
}
