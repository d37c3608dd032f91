/* SPDX-License-Identifier: MIT */
/* Chooses the machine that we build for. */
#ifndef ARCH_RAW_H
#define ARCH_RAW_H

#if defined(__x86_64__)
#include "arch/x86_64/raw.h"
#elif defined(__aarch64__)
#include "arch/aarch64/raw.h"
#elif defined(__i386__)
#include "arch/i386/raw.h"
#elif defined(__arm__)
#include "arch/arm/raw.h"
#else
#error "no src/arch directory for this machine"
#endif

#endif
