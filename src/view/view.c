/* SPDX-License-Identifier: MIT */
/* Looking up bindings, in both directions. Dual code. */
#include "view/view.h"

#include "view/rest.h"

#include <errno.h>
#include <string.h>

uint64_t view_name_bit(const char *name, size_t size)
{
	unsigned char first = size > 0 ? (unsigned char)name[0] : 0;
	unsigned char last = size > 0 ? (unsigned char)name[size - 1] : 0;

	return 1ull << ((first + 7 * last + 13 * size) % 64);
}

static bool has_name(
	const struct binding *binding, const char *name, size_t size)
{
	const struct text *path = &binding->guest->text;
	const char *last = path_last(path);

	return path->length - (size_t)(last - path->bytes) == size &&
	       memcmp(last, name, size) == 0;
}

bool view_binds_name(const struct view *view, const char *name, size_t size)
{
	if (!(view->names & view_name_bit(name, size)))
		return false;
	for (unsigned int i = 0; i < view->count; i++)
		if (has_name(view->bindings[i], name, size))
			return true;
	for (unsigned int i = 0; i < view->covered_count; i++)
		if (has_name(view->covered[i], name, size))
			return true;
	return false;
}

bool view_binds_below(
	const struct view *view, const struct guest_path *directory)
{
	size_t length = directory->text.length;

	/* The longest are first. */
	for (unsigned int i = 0; i < view->count &&
				 view->bindings[i]->guest->text.length > length;
		i++)
		if (path_below(
			    &view->bindings[i]->guest->text, &directory->text))
			return true;
	return false;
}

const struct binding *view_find_binding(
	const struct view *view, const struct guest_path *path)
{
	for (unsigned int i = 0; i < view->count; i++)
		if (path_below(&path->text, &view->bindings[i]->guest->text))
			return view->bindings[i];
	return NULL;
}

const struct binding *view_binding_at(
	const struct view *view, const struct guest_path *path)
{
	const struct binding *binding = view_find_binding(view, path);

	if (binding && binding->guest->text.length == path->text.length)
		return binding;
	return NULL;
}

static int replace_prefix(const struct text *path, const struct text *from,
	const struct text *to, struct text *out)
{
	const char *rest = path_below(path, from);

	text_copy(out, to);
	if (*rest == '\0')
		return 0;
	return path_join(
		out, rest + 1, path->length - (size_t)(rest + 1 - path->bytes));
}

int view_map(const struct view *view, const struct guest_path *guest,
	struct host_path *host)
{
	const struct binding *binding = view_find_binding(view, guest);
	int status;

	if (!binding)
		return -ENOENT;
	status = replace_prefix(&guest->text, &binding->guest->text,
		&binding->host->text, &host->text);
	if (status < 0 && binding->alias->text.length > 0)
		status = replace_prefix(&guest->text, &binding->guest->text,
			&binding->alias->text, &host->text);
	return status;
}

/* Which of several names for a host file will do. */
enum naming { NAME_BELOW_BASE, NAME_VISIBLE, NAME_ANY };

static bool name_will_do(const struct view *view, enum naming naming,
	const struct binding *binding, const struct guest_path *guest)
{
	if (naming == NAME_BELOW_BASE &&
		!path_below(&guest->text, &view->base.text))
		return false;
	return naming == NAME_ANY || view_find_binding(view, guest) == binding;
}

/*
 * With -R and -S the root directory is also bound to its own path. What is in
 * there has a name without that.
 */
static bool is_root_again(
	const struct view *view, const struct binding *binding)
{
	const struct binding *root = view->bindings[view->count - 1];

	return binding != root &&
	       text_is(&binding->host->text, root->host->text.bytes) &&
	       text_is(&binding->guest->text, root->host->text.bytes);
}

/* Which binding tells it, and how much of the host path is the binding's. */
struct best_name {
	enum naming naming;
	size_t prefix;
	const struct binding *found;
	int status; /* if there is none */
};

/* GUEST is overwritten. */
static void try_name(const struct view *view, const struct host_path *host,
	const struct binding *binding, struct guest_path *guest,
	struct best_name *best)
{
	if (binding->host->text.length <= best->prefix ||
		!path_below(&host->text, &binding->host->text) ||
		is_root_again(view, binding))
		return;
	if (replace_prefix(&host->text, &binding->host->text,
		    &binding->guest->text, &guest->text) < 0) {
		best->status = -ENAMETOOLONG;
		return;
	}
	if (!name_will_do(view, best->naming, binding, guest))
		return;
	best->prefix = binding->host->text.length;
	best->found = binding;
}

static const char *path_in_storages(
	const struct view *view, const struct host_path *host)
{
	if (!view->storages || view->storages->text.length == 0)
		return NULL;
	return path_below(&host->text, &view->storages->text);
}

/*
 * Several bindings may show the same host file: the longest host prefix is
 * the most telling one, unless what it leads to is hidden by another binding.
 */
static int detranslate(const struct view *view, enum naming naming,
	const struct host_path *host, struct guest_path *guest,
	const struct binding **binding)
{
	struct best_name best = {.naming = naming, .status = -ENOENT};

	if (path_in_storages(view, host))
		best.prefix = view->storages->text.length;
	for (unsigned int i = 0; i < view->count; i++)
		try_name(view, host, view->bindings[i], guest, &best);
	for (unsigned int i = 0; naming == NAME_ANY && i < view->covered_count;
		i++)
		try_name(view, host, view->covered[i], guest, &best);
	if (!best.found)
		return best.status;
	*binding = best.found;
	return replace_prefix(&host->text, &best.found->host->text,
		&best.found->guest->text, &guest->text);
}

static int visible_name(const struct view *view, const struct host_path *host,
	struct guest_path *guest, const struct binding **binding)
{
	if (view->base.text.length > 1 &&
		detranslate(view, NAME_BELOW_BASE, host, guest, binding) == 0)
		return 0;
	return detranslate(view, NAME_VISIBLE, host, guest, binding);
}

int view_detranslate_top(const struct view *view, const struct host_path *host,
	struct guest_path *guest)
{
	const struct binding *binding;

	return visible_name(view, host, guest, &binding);
}

/* As d_path(), fs/d_path.c: what covers it does not matter. */
int view_locate(const struct view *view, const struct host_path *host,
	struct guest_path *guest, const struct binding **binding)
{
	int status = visible_name(view, host, guest, binding);

	return status == -ENOENT
		       ? detranslate(view, NAME_ANY, host, guest, binding)
		       : status;
}

int view_below_base(const struct view *view, struct guest_path *guest)
{
	const char *rest;
	size_t size;

	if (view->base.text.length == 1)
		return 0;
	rest = path_below(&guest->text, &view->base.text);
	if (!rest)
		return -ENOENT;
	size = guest->text.length - view->base.text.length;
	memmove(guest->text.bytes, rest, size + 1);
	guest->text.length = size;
	return size == 0 ? text_set(&guest->text, "/", 1) : 0;
}

int view_detranslate(const struct view *view, const struct host_path *host,
	struct guest_path *guest)
{
	const struct binding *binding;
	int status = view_locate(view, host, guest, &binding);

	return status < 0 ? status : view_below_base(view, guest);
}

bool view_is_storage(const struct view *view, const struct host_path *host)
{
	const char *rest = path_in_storages(view, host);

	return rest && *rest != '\0' && *component_at(rest + 1).next == '\0';
}

/* False: it is in none. */
static bool path_in_storage(const struct view *view,
	const struct host_path *host, struct text *path)
{
	const char *rest = path_in_storages(view, host);
	struct component storage;

	if (!rest || *rest == '\0')
		return false;
	storage = component_at(rest + 1);
	rest = storage.name + storage.size;
	text_set(path, "/", 1);
	if (*rest != '\0')
		text_set(path, rest, strlen(rest));
	return true;
}

void view_tell(const struct view *view, const struct host_path *host,
	struct text *told)
{
	const struct binding *binding;
	struct guest_path guest;

	if (view_locate(view, host, &guest, &binding) == 0) {
		view_below_base(view, &guest);
		text_copy(told, &guest.text);
	} else if (!path_in_storage(view, host, told)) {
		text_copy(told, &host->text);
	}
}

const struct binding *view_next_ghost(const struct view *view,
	const struct guest_path *directory, unsigned int *at)
{
	while (*at < view->count) {
		const struct binding *binding = view->bindings[(*at)++];
		const struct text *path = &binding->guest->text;
		const char *name = path_last(path);
		size_t length = (size_t)(name - path->bytes);

		if (!binding->is_ghost)
			continue;
		if (length > 1)
			length--; /* the slash before the name */
		if (length == directory->text.length &&
			memcmp(path->bytes, directory->text.bytes, length) == 0)
			return binding;
	}
	return NULL;
}
