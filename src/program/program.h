/* SPDX-License-Identifier: MIT */
/*
 * Finding out what execve(2) of a guest path means, before it is done.
 *
 * Scripts are followed to their interpreter, the ELF headers of the program
 * and of its dynamic linker are read, and everything is refused here that the
 * kernel refuses, with its error: after execve has succeeded it is too late.
 * Knows files and views, no tracee.
 */
#ifndef PROGRAM_PROGRAM_H
#define PROGRAM_PROGRAM_H

#include "program/elf.h"
#include "view/resolve.h"

#include <sys/stat.h>

#define PREFIX_MAX  16
#define PREFIX_SIZE (3 * TEXT_MAX)

struct program_file {
	struct host_path path; /* what the stub opens */
	struct stat status;    /* of the file itself */
	struct elf_image image;
};

struct program {
	struct guest_path guest; /* the file that runs at last, for /proc */
	bool has_guest;
	struct program_file main;
	struct program_file linker; /* valid if main.image.interpreter_size */

	/* Scripts: these take the place of argv[0], the first one first. */
	unsigned int prefix_count;
	const char *prefix[PREFIX_MAX];
	size_t prefix_used;
	char prefix_bytes[PREFIX_SIZE];

	/* Descriptors of ours that back the paths above; see program_close().
	 */
	unsigned int held_count;
	int held[2];

	struct resolution resolution; /* the last one that was made */
};

struct program_request {
	const struct view *view;
	const struct viewer *viewer;
	int dirfd;
	const char *path; /* as the guest gave it */
	size_t size;
	bool no_follow;
	bool by_descriptor;	  /* execveat(2) with an empty path */
	const char *script_name;  /* what a script learns as its own name */
	bool name_has_descriptor; /* that is /dev/fd/N, or below it */

	/* May the shown identity run the file? Null: the kernel's word counts.
	 */
	bool (*permit)(const void *identity, const struct host_path *path);
	const void *identity;
	/* Who searches the directories on the way? Null: likewise. */
	const struct searcher *searcher;
};

/* Fill PROGRAM; 0 or what execve(2) answers. Nothing is left open on error. */
int program_find(
	const struct program_request *request, struct program *program);

/* Forget the descriptors: from now on they are the caller's. */
void program_close(struct program *program);

#endif
