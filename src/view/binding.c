/* SPDX-License-Identifier: MIT */
/* One block of memory: guest, host, alias, in this order. */
#include "view/binding.h"

#include <errno.h>
#include <stdlib.h>

const struct host_path binding_no_alias;

static size_t text_size(const struct text *text)
{
	return (offsetof(struct text, bytes) + text->length + 16) & ~15ul;
}

size_t binding_names_size(const struct binding *binding)
{
	return text_size(&binding->guest->text) +
	       text_size(&binding->host->text) +
	       text_size(&binding->alias->text);
}

void binding_copy_names(const struct binding *from, void *space,
	struct binding *to, uint64_t address)
{
	const struct text *const texts[] = {
		&from->guest->text, &from->host->text, &from->alias->text};
	uint64_t at[3];
	char *next = space;

	for (unsigned int i = 0; i < 3; i++) {
		at[i] = address + (uint64_t)(next - (char *)space);
		text_copy((struct text *)next, texts[i]);
		next += text_size(texts[i]);
	}
	to->guest = (const struct guest_path *)(uintptr_t)at[0];
	to->host = (const struct host_path *)(uintptr_t)at[1];
	to->alias = (const struct host_path *)(uintptr_t)at[2];
}

int binding_give_names(struct binding *binding, const struct binding *from)
{
	char *space = calloc(1, binding_names_size(from));

	if (!space)
		return -ENOMEM;
	binding_copy_names(from, space, binding, (uintptr_t)space);
	return 0;
}

void binding_free_names(struct binding *binding)
{
	free((void *)binding->guest);
}
