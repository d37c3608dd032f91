/* SPDX-License-Identifier: MIT */
/* The command line and the environment, read into a struct config. */
#include "cli/options.h"

#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "cli/option.h"
#include "cli/recommended.h"

/* One run of cli_parse(). */
struct parse {
	struct config *config;
	char **words; /* null-terminated; the next one to be read */

	/* The option at hand, as the user spelt it. */
	const struct option *option;
	const char *name;
	size_t name_length;
	const char *attached; /* its value in the same word, or null */

	/* What recommended_insert() will be asked for. */
	unsigned int recommended;
	const char *bound_root;
};

/* How much of a name or a value is quoted in a message. */
#define SHOWN 64

static int name_shown(const struct parse *parse)
{
	return parse->name_length < SHOWN ? (int)parse->name_length : SHOWN;
}

/* Say what is wrong with the option at hand. */
LOG_PRINTF(2, 3)
static int refuse(const struct parse *parse, const char *format, ...)
{
	char reason[512];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	log_error("%.*s: %s", name_shown(parse), parse->name, reason);
	return -EINVAL;
}

/* Refuse, and show how the option is written with a value. */
static int refuse_value(const struct parse *parse, const char *reason)
{
	const char *value = parse->option->value;
	const char *joint = parse->name_length > 2 ? "=" : " ";
	size_t length = strlen(value);

	if (value[0] == '[') {
		value++;
		length -= 2;
	}
	return refuse(parse, "%s; write %.*s%s%.*s", reason, name_shown(parse),
		parse->name, joint, (int)length, value);
}

static int path_check(const struct parse *parse, const char *path)
{
	if (strlen(path) < PATH_MAX)
		return 0;
	return refuse(parse,
		"a path has more than %d bytes; bind or name a shorter one, "
		"such as a symlink to it",
		PATH_MAX - 1);
}

/* Returns -EINVAL for what is no integer, -ERANGE for one beyond int. */
static int integer_read(const char *text, int *result)
{
	char *end;
	long number;

	if (!text[0] || strchr(" \t\n\v\f\r", text[0]))
		return -EINVAL;
	errno = 0;
	number = strtol(text, &end, 10);
	if (end == text || *end)
		return -EINVAL;
	if (errno == ERANGE || number < INT_MIN || number > INT_MAX)
		return -ERANGE;
	*result = (int)number;
	return 0;
}

static int parse_rootfs(struct parse *parse, const char *value)
{
	parse->config->rootfs = value;
	return path_check(parse, value);
}

static int parse_recommended(struct parse *parse, const char *value)
{
	(void)value;
	parse->recommended |= RECOMMENDED_FULL;
	return 0;
}

static int parse_rootfs_with_host(struct parse *parse, const char *value)
{
	parse->bound_root = value;
	parse->recommended |= RECOMMENDED_FULL;
	return parse_rootfs(parse, value);
}

static int identity_set(struct parse *parse, uint32_t user, uint32_t group)
{
	parse->config->has_identity = true;
	parse->config->user = user;
	parse->config->group = group;
	return 0;
}

static int parse_root_id(struct parse *parse, const char *value)
{
	(void)value;
	return identity_set(parse, 0, 0);
}

/* An id; answers what follows it, or null. */
static const char *id_read(const char *text, uint32_t *id)
{
	char *end;
	unsigned long long number;

	if (text[0] < '0' || text[0] > '9')
		return NULL;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno != 0 || number >= UINT32_MAX)
		return NULL;
	*id = (uint32_t)number;
	return end;
}

static int parse_change_id(struct parse *parse, const char *value)
{
	uint32_t user;
	uint32_t group = 0;
	const char *rest = id_read(value, &user);

	if (rest && rest[0] == ':')
		rest = id_read(rest + 1, &group);
	else
		rest = NULL;
	if (!rest || rest[0])
		return refuse(parse,
			"\"%.*s\" is not UID:GID; write two numbers such as "
			"1000:1000",
			SHOWN, value);
	return identity_set(parse, user, group);
}

static int parse_rootfs_for_packages(struct parse *parse, const char *value)
{
	parse->bound_root = value;
	parse->recommended |= RECOMMENDED_MINIMAL;
	identity_set(parse, 0, 0);
	return parse_rootfs(parse, value);
}

static int binding_append(
	struct parse *parse, const struct config_binding *binding)
{
	struct config *config = parse->config;
	int status =
		config_insert_binding(config, config->binding_count, binding);

	if (status)
		log_error("out of memory");
	return status;
}

/* HOST, HOST!, HOST:GUEST or HOST:GUEST! */
static int parse_bind(struct parse *parse, const char *value)
{
	struct config_binding binding = {0};
	size_t length = strlen(value);
	char *text = strdup(value);
	int status;

	if (!text) {
		log_error("out of memory");
		return -ENOMEM;
	}
	if (text[length - 1] == '!') {
		text[length - 1] = '\0';
		binding.no_follow = true;
	}
	binding.host = text;
	binding.guest = strchr(text, ':');
	if (binding.guest)
		*binding.guest++ = '\0';

	if (!binding.host[0])
		status = refuse_value(parse, "the host path is empty");
	else if (binding.guest && !binding.guest[0])
		status = refuse_value(parse, "the guest path is empty");
	else
		status = path_check(parse, binding.host);
	if (!status && binding.guest)
		status = path_check(parse, binding.guest);
	if (!status)
		status = binding_append(parse, &binding);
	free(text);
	return status;
}

static int parse_directory(struct parse *parse, const char *value)
{
	parse->config->directory = value;
	parse->config->directory_given = true;
	return path_check(parse, value);
}

static int parse_current(struct parse *parse, const char *value)
{
	struct config_binding here = {.host = (char *)"."};

	(void)value;
	parse_directory(parse, ".");
	return binding_append(parse, &here);
}

/* Returns -EINVAL for what is no engine. */
static int engine_read(const char *name, struct config *config)
{
	config->no_agent = strcmp(name, "tracer") == 0;
	return config->no_agent || strcmp(name, "auto") == 0 ? 0 : -EINVAL;
}

static int parse_engine(struct parse *parse, const char *value)
{
	if (engine_read(value, parse->config) == 0)
		return 0;
	return refuse(parse, "\"%.*s\" is no engine; write auto or tracer",
		SHOWN, value);
}

static int parse_kill_on_exit(struct parse *parse, const char *value)
{
	(void)value;
	parse->config->kill_on_exit = true;
	return 0;
}

static int parse_emulate_links(struct parse *parse, const char *value)
{
	(void)value;
	parse->config->emulates_links = true;
	return 0;
}

static int parse_nothing(struct parse *parse, const char *value)
{
	(void)parse;
	(void)value;
	return 0;
}

static int parse_verbose(struct parse *parse, const char *value)
{
	int *level = &parse->config->verbose;

	if (!value) {
		if (*level < INT_MAX)
			(*level)++;
		return 0;
	}
	if (integer_read(value, level) == 0)
		return 0;
	return refuse(parse,
		"\"%.*s\" is not a level; write a number from -1 to 3", SHOWN,
		value);
}

static int output_finish(int status)
{
	if (!status)
		return CLI_DONE;
	log_error("standard output: %s; is the disk full?", strerror(-status));
	return status;
}

static int parse_version(struct parse *parse, const char *value)
{
	(void)parse;
	(void)value;
	return output_finish(version_print(stdout));
}

static int parse_help(struct parse *parse, const char *value)
{
	(void)parse;
	(void)value;
	return output_finish(help_print(stdout));
}

#define TOPIC(heading) {.help = (heading)},
#define OPTION(n, v, function, h)                                              \
	{.names = (n), .value = (v), .help = (h), .parse = parse_##function},
#define LATER(n, v, what, i, h)                                                \
	{.names = (n),                                                         \
		.value = (v),                                                  \
		.help = (h),                                                   \
		.later = (what),                                               \
		.instead = (i)},

const struct option option_table[] = {
#include "cli/options.def"
};

const size_t option_count = sizeof(option_table) / sizeof(option_table[0]);

static int refuse_unknown(const struct parse *parse)
{
	size_t length;
	const char *meant =
		option_suggest(parse->name, parse->name_length, &length);

	if (meant)
		return refuse(parse, "unknown option; did you mean %.*s?",
			(int)length, meant);
	return refuse(parse, "unknown option; proot --help lists them all");
}

/* -rootfs is a slip, not -r ootfs. */
static bool lacks_dash(const char *word, size_t length)
{
	char name[SHOWN];
	int size = snprintf(name, sizeof(name), "-%.*s", (int)length, word);

	return size < SHOWN && option_find(name, (size_t)size);
}

/* Split the word that stands at parse->words and find its row. */
static int option_read(struct parse *parse)
{
	const char *word = *parse->words++;
	size_t length = strcspn(word, "=");

	parse->name = word;
	parse->name_length = length;
	parse->attached = word[length] ? word + length + 1 : NULL;
	if (lacks_dash(word, length))
		return refuse_unknown(parse);
	if (word[1] && word[1] != '-' && option_find(word, 2)) {
		parse->name_length = 2;
		parse->attached = word[2] ? word + 2 : NULL;
	}
	parse->option = option_find(word, parse->name_length);
	return parse->option ? 0 : refuse_unknown(parse);
}

/* In the manual of 1.8.4, -v stands alone: "-v -0" is two options there. */
static bool is_integer_value(const char *word)
{
	int ignored;

	return integer_read(word, &ignored) != -EINVAL &&
	       !option_find(word, strlen(word));
}

/* The value of the option at hand, or null if it has none. */
static int value_read(struct parse *parse, const char **value)
{
	const char *next = *parse->words;

	*value = parse->attached;
	if (!option_takes_value(parse->option)) {
		if (!parse->attached)
			return 0;
		return refuse(parse,
			"takes no value; remove \"%.*s\" or write it as "
			"an option of its own",
			SHOWN, parse->attached);
	}
	if (!parse->attached && !option_needs_value(parse->option)) {
		if (next && is_integer_value(next))
			*value = *parse->words++;
		return 0;
	}
	if (!parse->attached) {
		if (!next || (next[0] == '-' && next[1]))
			return refuse_value(parse, "its value is missing");
		*value = *parse->words++;
	}
	if (!**value)
		return refuse_value(parse, "its value is empty");
	return 0;
}

static int options_read(struct parse *parse)
{
	while (*parse->words && **parse->words == '-') {
		const char *value;
		int status;

		if (!strcmp(*parse->words, "--")) {
			parse->words++;
			break;
		}
		status = option_read(parse);
		if (status)
			return status;
		if (parse->option->later)
			return refuse(parse,
				"this version cannot %s yet; run the command "
				"%s",
				parse->option->later, parse->option->instead);
		status = value_read(parse, &value);
		if (!status)
			status = parse->option->parse(parse, value);
		if (status)
			return status;
	}
	return 0;
}

static bool is_directory(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static void operands_read(struct parse *parse)
{
	struct config *config = parse->config;

	if (!config->rootfs && *parse->words && is_directory(*parse->words)) {
		config->rootfs = *parse->words++;
		config->positional_rootfs = true;
		if (!config->directory)
			config->directory = "/";
	}
	if (!config->rootfs)
		config->rootfs = "/";
	if (*parse->words)
		config->command = parse->words;
}

/* An empty variable counts as one that is not set. */
static const char *variable_read(const char *name)
{
	const char *value = getenv(name);

	return value && value[0] ? value : NULL;
}

static void environment_read(struct config *config)
{
	const char *level = variable_read("PROOT_VERBOSE");
	const char *engine = variable_read("PROOT_ENGINE");

	config->no_seccomp = variable_read("PROOT_NO_SECCOMP") != NULL;
	config->counters = variable_read("PROOT_COUNTERS");
	if (engine && engine_read(engine, config) < 0)
		log_warning("PROOT_ENGINE: \"%.*s\" is no engine and is "
			    "ignored; set it to auto or tracer",
			SHOWN, engine);
	config->tmp_dir = variable_read("PROOT_TMP_DIR");
	config->l2s_dir = variable_read("PROOT_L2S_DIR");
	config->ignore_missing_bindings =
		variable_read("PROOT_IGNORE_MISSING_BINDINGS") != NULL;
	if (level && integer_read(level, &config->verbose))
		log_warning("PROOT_VERBOSE: \"%.*s\" is not a level and is "
			    "ignored; set it to a number from -1 to 3",
			SHOWN, level);
}

enum cli_outcome cli_parse(int argc, char **argv, struct config *config)
{
	struct parse parse = {.config = config};
	int status;

	memset(config, 0, sizeof(*config));
	environment_read(config);
	if (argc < 2) {
		usage_print(stderr);
		return CLI_FAILED;
	}

	parse.words = argv + 1;
	status = options_read(&parse);
	if (status)
		return status < 0 ? CLI_FAILED : CLI_DONE;
	operands_read(&parse);
	status =
		recommended_insert(config, parse.recommended, parse.bound_root);
	if (!status)
		return CLI_RUN;
	log_error("out of memory");
	return CLI_FAILED;
}
