/* SPDX-License-Identifier: MIT */
/* Answering stat(2) and its relatives. */
#include "emulate/attributes.h"
