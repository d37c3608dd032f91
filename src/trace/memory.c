/* SPDX-License-Identifier: MIT */
/*
 * Guest memory: process_vm_readv(2) where the kernel has it (Linux 3.2), and
 * ptrace's words where it does not.
 */
#include "trace/memory.h"

#include "emulate/call.h"

#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>

#define PAGE	   4096
#define WORD	   sizeof(long)
#define FIRST_READ 512 /* most paths are shorter */

static bool vm_calls_are_missing;
static bool is_denied;

bool memory_was_denied(void)
{
	bool answer = is_denied;

	is_denied = false;
	return answer;
}

static int peek(int tid, uint64_t address, char *out, size_t size)
{
	while (size > 0) {
		uint64_t aligned = address & ~(uint64_t)(WORD - 1);
		size_t offset = address - aligned;
		size_t part = WORD - offset < size ? WORD - offset : size;
		long word;

		errno = 0;
		word = ptrace(PTRACE_PEEKDATA, tid, (void *)aligned, 0);
		if (errno != 0)
			return -EFAULT;
		memcpy(out, (char *)&word + offset, part);
		out += part;
		address += part;
		size -= part;
	}
	return 0;
}

static int poke(int tid, uint64_t address, const char *bytes, size_t size)
{
	while (size > 0) {
		uint64_t aligned = address & ~(uint64_t)(WORD - 1);
		size_t offset = address - aligned;
		size_t part = WORD - offset < size ? WORD - offset : size;
		long word = 0;

		if (part < WORD && peek(tid, aligned, (char *)&word, WORD) < 0)
			return -EFAULT;
		memcpy((char *)&word + offset, bytes, part);
		if (ptrace(PTRACE_POKEDATA, tid, (void *)aligned, word) < 0)
			return -EFAULT;
		bytes += part;
		address += part;
		size -= part;
	}
	return 0;
}

int guest_read(struct task *task, uint64_t address, void *out, size_t size)
{
	/* cppcheck-suppress ctuuninitvar ; only its address is read */
	struct iovec local = {out, size};
	struct iovec remote = {(void *)(uintptr_t)address, size};
	ssize_t got = -1;

	if (size == 0)
		return 0;
	if (!vm_calls_are_missing) {
		got = process_vm_readv(task->tid, &local, 1, &remote, 1, 0);
		vm_calls_are_missing = got < 0 && errno == ENOSYS;
	}
	if (vm_calls_are_missing)
		return peek(task->tid, address, out, size);
	if (got < 0 && errno == EPERM) {
		/* Before Linux 4.13 Yama may refuse this and not ptrace(2). */
		if (peek(task->tid, address, out, size) == 0)
			return 0;
		is_denied = true;
	}
	return got == (ssize_t)size ? 0 : -EFAULT;
}

int guest_poke(
	struct task *task, uint64_t address, const void *bytes, size_t size)
{
	return poke(task->tid, address, bytes, size);
}

int guest_write(
	struct task *task, uint64_t address, const void *bytes, size_t size)
{
	struct iovec local = {(void *)(uintptr_t)bytes, size};
	struct iovec remote = {(void *)(uintptr_t)address, size};
	ssize_t got = -1;

	if (size == 0)
		return 0;
	if (!vm_calls_are_missing) {
		got = process_vm_writev(task->tid, &local, 1, &remote, 1, 0);
		vm_calls_are_missing = got < 0 && errno == ENOSYS;
	}
	if (vm_calls_are_missing)
		return poke(task->tid, address, bytes, size);
	return got == (ssize_t)size ? 0 : -EFAULT;
}

/* By pieces that end with a page: the next one need not be there. */
long guest_read_string(
	struct task *task, uint64_t address, char *out, size_t size)
{
	size_t done = 0;

	while (done < size) {
		size_t piece = PAGE - (address + done) % PAGE;
		char *end;
		int status;

		if (done == 0 && piece > FIRST_READ)
			piece = FIRST_READ;
		if (piece > size - done)
			piece = size - done;
		status = guest_read(task, address + done, out + done, piece);
		if (status < 0)
			return status;
		end = memchr(out + done, '\0', piece);
		if (end)
			return end - out;
		done += piece;
	}
	return -ENAMETOOLONG;
}
