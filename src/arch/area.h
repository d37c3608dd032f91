/* SPDX-License-Identifier: MIT */
/* Upper half of the address of what is ours in every guest: stub/plan.h. */
#ifndef ARCH_AREA_H
#define ARCH_AREA_H

#if defined(__aarch64__)
#define ARCH_AREA 0x55
#else
#define ARCH_AREA 0x5540
#endif

#endif
