/* SPDX-License-Identifier: MIT */
/* Names that a guest can execute us by. */
#include "program/origin.h"

#include "program/starter.h"
#include "stub/plan.h"

#include <limits.h>
#include <link.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct origin binary;
static struct origin starter;
static struct origin small;
static bool has_starter;
static bool is_proven;

static void find_segments(void)
{
	const ElfW(Phdr) *header = (const void *)getauxval(AT_PHDR);
	uint64_t page = getauxval(AT_PAGESZ);

	binary.start = UINT64_MAX;
	for (uint64_t left = getauxval(AT_PHNUM); left > 0; left--, header++) {
		uint64_t end = header->p_vaddr + header->p_memsz;

		if (header->p_type != PT_LOAD ||
			header->p_vaddr >= ROOMS_ADDRESS)
			continue;
		if (header->p_vaddr < binary.start)
			binary.start = header->p_vaddr & ~(page - 1);
		if (end > binary.end)
			binary.end = (end + page - 1) & ~(page - 1);
	}
}

/*
 * How a guest names our binary. /proc/TRACER/exe works wherever the file went,
 * but only for a guest with our own identity; a guest of root may take another
 * one, and needs the path.
 */
static void find_name(void)
{
	char link[32];
	char name[PATH_MAX];
	struct stat named;
	struct stat self;
	ssize_t size = -1;

	snprintf(link, sizeof(link), "/proc/%d/exe", (int)getpid());
	if (geteuid() == 0)
		size = readlink(link, name, sizeof(name) - 1);
	name[size > 0 ? size : 0] = '\0';
	if (size <= 0 || stat(name, &named) < 0 || stat(link, &self) < 0 ||
		named.st_ino != self.st_ino || named.st_dev != self.st_dev)
		snprintf(name, sizeof(name), "%s", link);
	text_set(&binary.path.text, name, strlen(name));
}

void origin_set_up(void)
{
	find_segments();
	find_name();
}

/* Guests that can lose what we have cannot open our descriptors then. */
static bool has_privileges(void)
{
	struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2] = {{0}};

	return geteuid() == 0 || syscall(SYS_capget, &head, data) < 0 ||
	       data[0].permitted != 0 || data[1].permitted != 0;
}

static void set_starter(struct origin *origin, int fd)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/%d/fd/%d", (int)getpid(), fd);
	text_set(&origin->path.text, name, strlen(name));
	origin->is_starter = true;
}

void origin_offer_starter(int fd)
{
	set_starter(&starter, fd);
	has_starter = !has_privileges();
}

const struct origin *origin_now(void)
{
	return has_starter ? &starter : &binary;
}

const struct origin *origin_small(void)
{
	static bool is_asked;
	int fd;

	if (has_starter && !is_asked) {
		is_asked = true;
		fd = starter_create_small();
		small.is_small = fd >= 0;
		if (fd >= 0)
			set_starter(&small, fd);
	}
	return has_starter && small.is_small ? &small : origin_now();
}

void origin_judge(bool has_worked)
{
	if (has_worked)
		is_proven = true;
	else if (!is_proven)
		has_starter = false;
}
