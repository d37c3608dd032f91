/* SPDX-License-Identifier: MIT */
/*
 * What the user asked for: plain data, filled by cli_parse().
 *
 * Nothing here was looked up. Paths are as the user wrote them; a relative
 * host path starts at the current directory of proot, a relative guest path
 * of a binding at the guest's root. Strings belong to argv or the environment
 * except those of the bindings, which config_release() frees.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config_binding {
	char *host;
	char *guest;	/* null: the same path as host, once absolute */
	bool no_follow; /* "!": a symlink at guest is hidden, not followed */
	bool optional;	/* recommended: skipped silently if missing */
};

struct config {
	const char
		*rootfs; /* host path of the guest's root; never null to run */

	/* The last of two bindings to one guest path wins. */
	struct config_binding *bindings;
	size_t binding_count;

	/*
	 * Guest path to start in; a relative one starts at the path of the
	 * current directory. Null: the current directory if the guest has it,
	 * else "/" with a warning.
	 */
	const char *directory;
	bool directory_given; /* by -w or -W, not by default */

	/* Null-terminated; a null pointer means /bin/sh called "-sh". */
	char **command;

	int verbose; /* a level of base/log.h */
	bool kill_on_exit;
	bool emulates_links; /* -l */
	bool has_identity;   /* -0, -i, -S: show these ids */
	uint32_t user;
	uint32_t group;
	bool positional_rootfs; /* the 1.8.4 form: proot ROOTFS COMMAND */
	bool ignore_missing_bindings;
	bool no_agent;	      /* --engine=tracer */
	const char *counters; /* a file for them, or null */
	bool no_seccomp;
	const char *tmp_dir; /* null: not given */
	const char *l2s_dir; /* likewise */
};

/*
 * Insert a binding before the one at index; index binding_count appends it.
 * The strings are copied; guest may be null. Returns 0 or -ENOMEM.
 */
int config_insert_binding(struct config *config, size_t index,
	const struct config_binding *binding);

/* Free what the config owns and make it empty. */
void config_release(struct config *config);

#endif
