/* SPDX-License-Identifier: MIT */
/* The stub's addresses. */
#include "program/stub.h"

#include "stub/plan.h"

extern const char stub_entry[];
extern const char stub_syscall_end[];
extern const char stub_return[];
extern const char stub_return_end[];

char plan_area[PLAN_SIZE_MAX] __attribute__((aligned(16)));

const struct stub_addresses stub_addresses = {
	(uintptr_t)stub_entry,
	(uintptr_t)stub_syscall_end,
	(uintptr_t)stub_return,
	(uintptr_t)stub_return_end,
};
