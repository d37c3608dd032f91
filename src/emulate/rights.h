/* SPDX-License-Identifier: MIT */
/*
 * What a shown identity may do to a file: by its shown owner and mode, its
 * capabilities, and the access control list that is kept for it. The agent
 * judges without the latter (loader/agent/other.c), and leaves what has one to
 * the tracer.
 */
#ifndef EMULATE_RIGHTS_H
#define EMULATE_RIGHTS_H

#include "emulate/file.h"
#include "emulate/identity.h"
#include "emulate/record.h"

/* May it do this (R_OK, W_OK, X_OK)? SHOWN is what is shown of the file. */
bool rights_permit(const struct identity *identity, const struct file *file,
	const struct record *shown, int wanted);

#endif
