/* SPDX-License-Identifier: MIT */
/* Drives a fuzzer where libFuzzer is not at hand: mutates what it is given. */
/*
 * usage: fuzzer [-max_total_time=SECONDS] [-seed=NUMBER] CORPUS...
 *
 * The options mean what they mean to libFuzzer. CORPUS is a directory of
 * inputs, or one input. Without a time, every input is run once as it is: that
 * is how a finding is looked at. The input that ends the program is kept as
 * crash-input in the current directory.
 */
#include <dirent.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX  8192
#define CORPUS_MAX 256

struct input {
	size_t size;
	uint8_t bytes[INPUT_MAX];
};

static struct input corpus[CORPUS_MAX];
static size_t corpus_count;
static struct input current;
static uint64_t state;

/* --- randomness: xorshift64* --- */

static uint64_t next(void)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return state * 0x2545f4914f6cdd1dull;
}

static size_t below(size_t limit)
{
	return limit > 0 ? (size_t)((next() >> 16) % limit) : 0;
}

/* --- keeping what ends us --- */

static void keep(void)
{
	FILE *file = fopen("crash-input", "w");

	if (!file)
		return;
	fwrite(current.bytes, 1, current.size, file);
	fclose(file);
	fputs("The input is in crash-input.\n", stderr);
}

static void die(int signal)
{
	keep();
	_exit(128 + signal);
}

void __sanitizer_set_death_callback(void (*callback)(void));

/* --- mutations --- */

static void flip(struct input *input)
{
	if (input->size > 0)
		input->bytes[below(input->size)] ^= 1u << below(8);
}

static void randomise(struct input *input)
{
	if (input->size > 0)
		input->bytes[below(input->size)] = (uint8_t)next();
}

/* A number at the edge of something, of 1 to 8 bytes. */
static void number(struct input *input)
{
	static const uint64_t edges[] = {0, 1, 2, 0x10, 0x7f, 0x80, 0xff,
		0x1000, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000,
		0xffffffff, 0x7ffffffff000, 0x7fffffffffffffff,
		0x8000000000000000, 0xfffffffffffffff0, 0xffffffffffffffff};
	size_t size = (size_t)1 << below(4);
	uint64_t value = edges[below(sizeof(edges) / sizeof(edges[0]))];
	size_t at = below(input->size) & ~(below(2) ? size - 1 : 0);

	if (below(3) == 0)
		value += next() % 3 - 1;
	if (at + size <= input->size)
		memcpy(input->bytes + at, &value, size);
}

static void insert(struct input *input)
{
	size_t at = below(input->size + 1);
	size_t size = 1 + below(below(4) ? 4 : 128);
	uint8_t byte = below(2) ? (uint8_t)next() : "\n \t/\0#!-"[below(8)];

	if (input->size + size > INPUT_MAX)
		return;
	memmove(input->bytes + at + size, input->bytes + at, input->size - at);
	memset(input->bytes + at, byte, size);
	input->size += size;
}

static void cut(struct input *input)
{
	size_t at = below(input->size);
	size_t size = 1 + below(below(4) ? 4 : input->size);

	if (at + size > input->size)
		return;
	memmove(input->bytes + at, input->bytes + at + size,
		input->size - at - size);
	input->size -= size;
}

static void copy(struct input *input)
{
	size_t size = below(input->size < 64 || below(2) ? input->size : 64);
	size_t from = below(input->size - size);
	size_t to = below(input->size - size);

	memmove(input->bytes + to, input->bytes + from, size);
}

/* The end of another input. */
static void splice(struct input *input)
{
	const struct input *other = &corpus[below(corpus_count)];
	size_t at = below(input->size);

	if (at >= other->size)
		return;
	memcpy(input->bytes + at, other->bytes + at, other->size - at);
	input->size = other->size;
}

static void truncate_at(struct input *input)
{
	input->size = below(input->size + 1);
}

static void mutate(struct input *input)
{
	static void (*const ways[])(struct input *) = {flip, randomise, number,
		number, insert, cut, copy, splice, truncate_at};
	size_t times = 1 + below(below(4) ? 4 : 32);

	while (times-- > 0)
		ways[below(sizeof(ways) / sizeof(ways[0]))](input);
}

/* --- the corpus --- */

static void corpus_add(const char *path)
{
	struct input *input = &corpus[corpus_count];
	FILE *file = fopen(path, "r");

	if (!file || corpus_count == CORPUS_MAX) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(2);
	}
	input->size = fread(input->bytes, 1, INPUT_MAX, file);
	fclose(file);
	corpus_count++;
}

static void corpus_read(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[4096];

	if (!directory) {
		corpus_add(path);
		return;
	}
	while ((entry = readdir(directory))) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (entry->d_name[0] != '.')
			corpus_add(name);
	}
	closedir(directory);
}

static void run(const struct input *input)
{
	/* Its own allocation: what is behind it must not be read. */
	uint8_t *bytes = malloc(input->size);

	if (input->size > 0)
		memcpy(bytes, input->bytes, input->size);
	LLVMFuzzerTestOneInput(bytes, input->size);
	free(bytes);
}

int main(int argc, char **argv)
{
	unsigned long count = 0;
	long seconds = 0;
	time_t end;

	state = (uint64_t)time(NULL) * 1000003 + (uint64_t)getpid();
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "-max_total_time=", 16) == 0)
			seconds = atol(argv[i] + 16);
		else if (strncmp(argv[i], "-seed=", 6) == 0)
			state = strtoull(argv[i] + 6, NULL, 0);
		else if (argv[i][0] != '-')
			corpus_read(argv[i]);
	fprintf(stderr, "%zu inputs, -seed=%llu\n", corpus_count,
		(unsigned long long)state);
	state = state * 2 + 1; /* never 0 */
	signal(SIGABRT, die);
	__sanitizer_set_death_callback(keep);
	for (size_t i = 0; i < corpus_count; i++, count++) {
		current = corpus[i];
		run(&current);
	}
	end = time(NULL) + seconds;
	while (seconds > 0 && corpus_count > 0) {
		if (count++ % 256 == 0 && time(NULL) >= end)
			break;
		current = corpus[below(corpus_count)];
		mutate(&current);
		run(&current);
	}
	fprintf(stderr, "%lu runs\n", count);
	return 0;
}
