/* SPDX-License-Identifier: MIT */
/* The list of bindings of a config. */
#include "cli/config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int config_insert_binding(struct config *config, size_t index,
	const struct config_binding *binding)
{
	struct config_binding copy = *binding;
	struct config_binding *grown;
	size_t count = config->binding_count;

	copy.host = strdup(binding->host);
	copy.guest = binding->guest ? strdup(binding->guest) : NULL;
	if (!copy.host || (binding->guest && !copy.guest))
		goto failed;
	grown = reallocarray(config->bindings, count + 1, sizeof(*grown));
	if (!grown)
		goto failed;

	memmove(grown + index + 1, grown + index,
		(count - index) * sizeof(*grown));
	grown[index] = copy;
	config->bindings = grown;
	config->binding_count = count + 1;
	return 0;

failed:
	free(copy.guest);
	free(copy.host);
	return -ENOMEM;
}

void config_release(struct config *config)
{
	for (size_t i = 0; i < config->binding_count; i++) {
		free(config->bindings[i].host);
		free(config->bindings[i].guest);
	}
	free(config->bindings);
	memset(config, 0, sizeof(*config));
}
