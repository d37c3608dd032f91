/* SPDX-License-Identifier: MIT */
/* A table of so many names, by the body's last component. */
#include "emulate/names.h"

#include "emulate/bodies.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS 512
#define NAMES	4 /* in a bucket; then the oldest is forgotten */

struct known {
	char *body; /* its path; null: nothing is known */
	char *name;
};

/* The last one that was seen is first. */
static struct bucket {
	struct known known[NAMES];
} buckets[BUCKETS];

static struct bucket *bucket_of(const struct host_path *body)
{
	unsigned int hash = 5381;

	for (const char *c = path_last(&body->text); *c != '\0'; c++)
		hash = hash * 33 + (unsigned char)*c;
	return &buckets[hash % BUCKETS];
}

static bool is_known(const struct known *known, const struct host_path *body,
	const struct host_path *name)
{
	return known->body && text_is(&body->text, known->body) &&
	       text_is(&name->text, known->name);
}

static struct known known_make(
	const struct host_path *body, const struct host_path *name)
{
	struct known known = {
		strdup(body->text.bytes), strdup(name->text.bytes)};

	if (known.body && known.name)
		return known;
	free(known.body);
	free(known.name);
	return (struct known){NULL, NULL};
}

void names_note(const struct host_path *body, const struct host_path *name)
{
	struct known *known = bucket_of(body)->known;
	struct known noted;
	unsigned int at = 0;

	while (at < NAMES && !is_known(&known[at], body, name))
		at++;
	if (at < NAMES) {
		noted = known[at];
	} else {
		at = NAMES - 1;
		free(known[at].body);
		free(known[at].name);
		noted = known_make(body, name);
	}
	memmove(known + 1, known, at * sizeof(*known));
	known[0] = noted;
}

bool names_next(
	const struct host_path *body, unsigned int *at, struct host_path *name)
{
	const struct bucket *bucket = bucket_of(body);

	while (*at < NAMES) {
		const struct known *known = &bucket->known[(*at)++];

		if (known->body && text_is(&body->text, known->body) &&
			text_set(&name->text, known->name,
				strlen(known->name)) == 0)
			return true;
	}
	return false;
}

bool names_replace_body(struct host_path *path)
{
	const char *base = path_last(&path->text);
	enum body_kind kind = body_kind(base, strlen(base));
	struct host_path name;
	struct host_path body;
	unsigned int at = 0;

	if (kind != BODY_NEW && kind != BODY_OLD_FILE)
		return false;
	while (names_next(path, &at, &name)) {
		if (!body_of_name(&name, &body) || !body_is_same(&body, path))
			continue;
		text_copy(&path->text, &name.text);
		return true;
	}
	return false;
}
