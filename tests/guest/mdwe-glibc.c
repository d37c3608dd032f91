/* SPDX-License-Identifier: MIT */
/* mdwe.c once more, started by a dynamic linker. */
// rows: execve
#include "mdwe.c"
