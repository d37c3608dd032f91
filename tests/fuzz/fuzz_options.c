/* SPDX-License-Identifier: MIT */
/* Fuzzes cli_parse(): the input is its words, each with a NUL or a newline. */
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "fuzz.h"

#define WORDS_MAX 64

/* Messages go nowhere, findings to where they went before. */
void __sanitizer_set_report_fd(void *fd);

static int own_stderr = -1;
static int null = -1;

static void silence(void)
{
	if (null < 0) {
		unsetenv("PROOT_VERBOSE");
		own_stderr = dup(STDERR_FILENO);
		null = open("/dev/null", O_WRONLY);
		if (own_stderr < 0 || null < 0 || dup2(null, STDOUT_FILENO) < 0)
			abort();
		__sanitizer_set_report_fd((void *)(intptr_t)own_stderr);
	}
	dup2(null, STDERR_FILENO);
}

static void speak(void)
{
	dup2(own_stderr, STDERR_FILENO);
}

static void check_config(const struct config *config)
{
	require(config->rootfs && strlen(config->rootfs) < 4096);
	require(!config->directory || strlen(config->directory) < 4096);
	require(!config->command || config->command[0]);
	for (size_t i = 0; i < config->binding_count; i++) {
		const struct config_binding *binding = &config->bindings[i];

		require(binding->host && binding->host[0]);
		require(!binding->guest || binding->guest[0]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *words[WORDS_MAX + 2] = {(char *)"proot"};
	char *text = malloc(size + 1);
	char *next = text;
	int count = 1;
	struct config config;
	enum cli_outcome outcome;

	for (size_t i = 0; i < size; i++)
		text[i] = data[i] == '\n' ? '\0' : (char)data[i];
	text[size] = '\0';
	while (next < text + size && count <= WORDS_MAX) {
		/* Each in memory of its own: to its NUL and no further. */
		words[count++] = strdup(next);
		next += strlen(next) + 1;
	}
	silence();
	outcome = cli_parse(count, words, &config);
	speak();
	require(outcome == CLI_RUN || outcome == CLI_DONE ||
		outcome == CLI_FAILED);
	if (outcome == CLI_RUN)
		check_config(&config);
	config_release(&config);
	require(config.binding_count == 0);
	while (count > 1)
		free(words[--count]);
	free(text);
	return 0;
}
