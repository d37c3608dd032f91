/* SPDX-License-Identifier: MIT */
/* image.c once more, loaded by a dynamic linker, at a random address. */
// rows: execve readlink open
#include "image.c"
