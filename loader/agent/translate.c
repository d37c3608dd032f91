/* SPDX-License-Identifier: MIT */
/*
 * Path arguments of a call in the agent: from the guest's memory to host paths
 * in the slot, by what is known of the directory or by the rules of the view.
 */
#include "agent/serve.h"

#include "agent/shared.h"
#include "emulate/lookup.h"
#include "view/kernel.h"

#include <string.h>

/* The guest's path, in slot->path. */
struct given_path {
	size_t size;
	size_t last;   /* where the last slash is */
	uint32_t hash; /* of what is in front of that */
};

/* Hardly anything is below, or above: the tracer looks without a fault. */
static bool is_usual_address(uint64_t address)
{
	return address >= 0x10000 && address < 0x7fffffffe000;
}

#define WORD	   sizeof(uint64_t)
#define EACH(byte) (0x0101010101010101 * (uint64_t)(byte))
#define PAGE	   4096

/* The highest bit of each byte that is 0: those and no other. */
static uint64_t zero_bytes(uint64_t word)
{
	uint64_t low = EACH(0x7f);

	return ~(((word & low) + low) | word | low);
}

static unsigned int first_byte(uint64_t marks)
{
	return (unsigned int)__builtin_ctzll(marks) / 8;
}

static unsigned int last_byte(uint64_t marks)
{
	return 7 - (unsigned int)__builtin_clzll(marks) / 8;
}

/* At the end of a page: a word of a string, or what there is of it. */
static uint64_t read_bytes(const char *from)
{
	uint64_t word = 0;

	for (unsigned int i = 0; i < WORD; i++) {
		word |= (uint64_t)(unsigned char)from[i] << 8 * i;
		if (from[i] == '\0')
			break;
	}
	return word;
}

/*
 * Copy the guest's string, by words where these do not reach into a page that
 * it is not in, and see where its last slash is. False: it is too long.
 */
static bool copy_string(char *to, const char *from, struct given_path *given)
{
	size_t size = 0;
	uint64_t word;
	uint64_t end = 0;
	uint64_t slashes;

	given->last = 0;
	for (; size <= TEXT_MAX - WORD; size += WORD) {
		if (((uint64_t)from + size) % PAGE > PAGE - WORD)
			word = read_bytes(from + size);
		else
			__builtin_memcpy(&word, from + size, WORD);
		__builtin_memcpy(to + size, &word, WORD);
		end = zero_bytes(word);
		slashes = zero_bytes(word ^ EACH('/'));
		if (end != 0)
			slashes &= (end & -end) - 1;
		if (slashes != 0)
			given->last = size + last_byte(slashes);
		if (end != 0)
			break;
	}
	given->size = size + (end != 0 ? first_byte(end) : 0);
	return end != 0;
}

/* Directories differ in their last bytes and their length. A word is there. */
static uint32_t hash_of(const char *directory, size_t size)
{
	uint64_t word;

	if (size < WORD) {
		__builtin_memcpy(&word, directory, WORD);
		word &= (1ull << 8 * size) - 1;
	} else {
		__builtin_memcpy(&word, directory + size - WORD, WORD);
	}
	word = (word + size) * 0x9e3779b97f4a7c15;
	return (uint32_t)(word >> 32);
}

/* Of what is in slot->path. */
static void measure_path(
	const struct agent_slot *slot, size_t size, struct given_path *given)
{
	given->size = size;
	while (size > 0 && slot->path[size - 1] != '/')
		size--;
	given->last = size > 0 ? size - 1 : 0;
	given->hash = hash_of(slot->path, given->last);
}

/* False: it is too long. */
static bool copy_path(
	struct agent_slot *slot, const char *from, struct given_path *given)
{
	if (!copy_string(slot->path, from, given))
		return false;
	given->hash = hash_of(slot->path, given->last);
	return true;
}

/* Make a host path an argument: both parts one behind the other. */
static void place_path(struct agent_slot *slot, unsigned int argument,
	const char *directory, size_t directory_size, const char *rest,
	size_t rest_size)
{
	char *place = slot->place + slot->progress.placed;

	memcpy(place, directory, directory_size);
	memcpy(place + directory_size, rest, rest_size);
	place[directory_size + rest_size] = '\0';
	slot->progress.placed += (directory_size + rest_size + 8) & ~7ul;
	call_set_argument(slot, argument, (uint64_t)place);
}

static bool is_in_proc(const char *host)
{
	return strncmp(host, "/proc", 5) == 0;
}

/* Its last name can only be a name: the directory in front of it decides. */
static bool ends_plainly(
	const struct agent_slot *slot, const struct given_path *given)
{
	const char *name = slot->path + given->last + 1;

	return given->size > given->last + 1 && name[0] != '.' &&
	       !view_binds_name(
		       slot->process.view, name, given->size - given->last - 1);
}

/* A name in a directory that is known: it is placed there. Null: it is not. */
static const struct known_directory *translate_known(struct agent_slot *slot,
	unsigned int argument, const struct given_path *given,
	const struct known_moment *now)
{
	const struct known_key key = {slot->path, given->last, given->hash};
	size_t rest = given->size - given->last;
	const struct known_directory *directory;

	if (slot->path[0] != '/' || !ends_plainly(slot, given))
		return NULL;
	directory = known_find(&slot->known, &key, now);
	if (!directory || directory->host_size + rest >= TEXT_MAX)
		return NULL;
	place_path(slot, argument, known_host(directory), directory->host_size,
		slot->path + given->last, rest);
	return directory;
}

/* --- below the current directory --- */

/* Neither ".." nor a binding: each leads to a directory of that name. */
static bool has_plain_names(const struct agent_slot *slot, const char *end)
{
	const char *path = slot->path;

	while (path < end) {
		struct component c = component_at(path);

		if (component_is_dot_dot(&c) ||
			view_binds_name(slot->process.view, c.name, c.size))
			return false;
		path = c.next;
	}
	return true;
}

bool goes_down(const struct agent_slot *slot)
{
	return slot->path[0] != '/' &&
	       has_plain_names(
		       slot, slot->path + text_length(slot->path, TEXT_MAX));
}

/*
 * What a relative path's directory is called on the host, if nothing on its way
 * is a symlink. That begins with a dot at TEXT, unlike absolute paths.
 */
static bool name_directory(const struct agent_slot *slot,
	const struct given_path *given, char text[KNOWN_TEXT],
	struct known_key *key)
{
	size_t room =
		KNOWN_TEXT - given->last - 2; /* for the dot and a slash */
	long size;

	if (given->last + 4 > KNOWN_TEXT)
		return false;
	size = raw_syscall(
		__NR_getcwd, (long)(text + 1), (long)room, 0, 0, 0, 0);
	if (size < 2 || text[1] != '/') /* it has none */
		return false;
	text[0] = '.';
	if (size > 2) /* below "/": in place of the NUL */
		text[size++] = '/';
	memcpy(text + size, slot->path, given->last);
	key->path = text;
	key->size = (size_t)size + given->last;
	key->hash = hash_of(text, key->size);
	return !is_in_proc(text + 1);
}

/*
 * A name in a directory below the current one, without a symlink on the way:
 * that means to the kernel what it means in the view, and nothing is placed.
 * Null: it is no such name.
 */
static const struct known_directory *translate_relative(struct agent_slot *slot,
	unsigned int argument, const struct given_path *given,
	const struct known_moment *now)
{
	const struct known_directory *directory;
	char text[KNOWN_TEXT];
	struct known_key key;

	if (given->last == 0 || slot->path[0] == '/' ||
		path_dirfd(&slot->call, argument) != AT_FDCWD ||
		slot->process.view->emulates_links ||
		!ends_plainly(slot, given) ||
		!has_plain_names(slot, slot->path + given->last) ||
		!name_directory(slot, given, text, &key))
		return NULL;
	directory = known_find(&slot->known, &key, now);
	if (directory)
		return directory;
	if (path_straightness(AT_FDCWD, slot->path, given->size, false) !=
			STRAIGHT_DIRECTORY ||
		!may_search_way(slot, argument, given->size, 0))
		return NULL;
	return known_add(&slot->known, &key, "", 0, now);
}

/* --- either --- */

static void remember(struct agent_slot *slot, const struct given_path *given,
	const struct known_moment *now)
{
	const struct resolution *r = &slot->resolution;
	const struct text *host = &r->host.text;
	const struct known_key key = {slot->path, given->last, given->hash};
	size_t rest = given->size - given->last;

	if (slot->path[0] != '/' || !r->has_parent || r->binding || rest < 2 ||
		slot->path[given->last + 1] == '.' || host->length < rest ||
		memcmp(host->bytes + host->length - rest,
			slot->path + given->last, rest) != 0)
		return;
	slot->progress.directory = known_add(
		&slot->known, &key, host->bytes, host->length - rest, now);
}

static enum translation refuse(struct agent_slot *slot, enum agent_punt reason)
{
	slot->call.result = reason;
	return PUNTED;
}

/* Look up what is in slot->path by the rules of the view. */
static enum translation resolve(struct agent_slot *slot, unsigned int argument,
	const struct given_path *given, unsigned int lookup)
{
	struct resolution *r = &slot->resolution;

	if (!may_search_way(slot, argument, given->size, lookup))
		return refuse(slot, PUNT_other);
	if (view_resolve(slot->process.view, &slot->task.viewer,
		    path_dirfd(&slot->call, argument), slot->path, given->size,
		    lookup, r) < 0)
		return refuse(slot, PUNT_lookup);
	if (r->is_untouched)
		return TRANSLATED;
	if (is_in_proc(r->host.text.bytes) || r->magic_links > 0)
		return refuse(slot, PUNT_proc);
	/* It led over the current directory's name, which the tracer knows. */
	if (slot->path[0] != '/' && agent_space()->has_other_name &&
		path_dirfd(&slot->call, argument) == AT_FDCWD)
		return refuse(slot, PUNT_directory);
	if (r->binding && (lookup & LOOKUP_PARENT))
		return refuse(slot, PUNT_binding);
	if (slot->progress.placed + r->host.text.length + 8 >
		sizeof(slot->place))
		return refuse(slot, PUNT_path);
	place_path(
		slot, argument, r->host.text.bytes, r->host.text.length, "", 0);
	return TRANSLATED;
}

/* What is in slot->path, but for a symlink at its end. */
static enum translation translate_path(struct agent_slot *slot,
	unsigned int argument, const struct given_path *given,
	unsigned int lookup)
{
	const struct known_moment now = {
		__atomic_load_n(&agent_common()->generation, __ATOMIC_ACQUIRE),
		time_of(slot),
	};
	enum translation result;

	slot->progress.links = 0;
	slot->progress.directory = translate_known(slot, argument, given, &now);
	if (!slot->progress.directory)
		slot->progress.directory =
			translate_relative(slot, argument, given, &now);
	slot->progress.was_known = slot->progress.directory != NULL;
	if (slot->progress.was_known)
		return TRANSLATED;
	result = resolve(
		slot, argument, given, lookup & ~(unsigned int)LOOKUP_FOLLOW);
	if (result == TRANSLATED && !slot->resolution.is_untouched) {
		remember(slot, given, &now);
		slot->progress.links = slot->resolution.links;
	}
	return result;
}

/* Does it change, or tell, no more than what it would by a descriptor? */
static bool takes_descriptor(const struct row *row)
{
	switch (row->handler) {
	case HANDLER_stat:
	case HANDLER_access:
	case HANDLER_chmod:
	case HANDLER_chown:
	case HANDLER_setxattr:
	case HANDLER_getxattr:
	case HANDLER_listxattr:
	case HANDLER_removexattr:
		return true;
	default:
		return row_index(row, CHANGE) >= 0;
	}
}

#define DESCRIPTORS "/proc/self/fd/"

/*
 * What C libraries give fchmodat(2) for AT_SYMLINK_NOFOLLOW: a path of a
 * descriptor. Which one, or -1.
 */
static int named_descriptor(const struct agent_slot *slot)
{
	const char *at = slot->path + sizeof(DESCRIPTORS) - 1;
	int fd = 0;

	if (!agent_shared()->has_proc || is_other() ||
		strncmp(slot->path, DESCRIPTORS, sizeof(DESCRIPTORS) - 1) !=
			0 ||
		*at == '\0' || (at[0] == '0' && at[1] != '\0') ||
		!takes_descriptor(slot->call.row))
		return -1;
	for (; *at >= '0' && *at <= '9' && fd < 1 << 24; at++)
		fd = fd * 10 + (*at - '0');
	return *at == '\0' ? fd : -1;
}

enum translation translate(struct agent_slot *slot, unsigned int argument)
{
	const char *from = (const char *)slot->call.arguments[argument];
	unsigned int lookup = path_lookup(&slot->call, argument);
	struct given_path given;

	if (!from)
		return TRANSLATED;
	if (!is_usual_address((uint64_t)from))
		return refuse(slot, PUNT_path);
	if (!copy_path(slot, from, &given))
		return refuse(slot, PUNT_path);
	if (given.size == 0)
		return TRANSLATED;
	if (lookup & LOOKUP_FOLLOW) {
		slot->progress.named = named_descriptor(slot);
		if (slot->progress.named >= 0) /* as the guest has it */
			return TRANSLATED;
		slot->progress.follows = (int)argument;
	}
	if ((lookup & LOOKUP_CREATE) && slot->path[given.size - 1] == '/')
		return refuse(slot, PUNT_path);
	return translate_path(slot, argument, &given, lookup);
}

/* --- a symlink at the end --- */

#define HOPS_MAX 4 /* then by the rules of the view, which count all */

static bool is_only_path(const struct row *row)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < ARGUMENTS; i++)
		count += argument_is_path(row->arguments[i]);
	return count == 1;
}

/* The directory of slot->path, a known one, is the one that it is called. */
static bool is_called(const struct agent_slot *slot, const struct text *guest,
	const struct given_path *given)
{
	size_t length = given->last > 0 ? given->last : 1;

	return guest->length == length &&
	       memcmp(guest->bytes, slot->path, length) == 0;
}

/*
 * The canonical guest path of the directory that the path's last name is in,
 * which is in slot->place as the host has it.
 */
static bool find_directory(
	struct agent_slot *slot, const struct given_path *given)
{
	struct resolution *r = &slot->resolution;

	if (!slot->progress.was_known) { /* it has just been looked up */
		path_remove_last(&r->guest.text);
		return r->has_guest;
	}
	if (text_set(&r->host.text, slot->place,
		    text_length(slot->place, TEXT_MAX)) < 0)
		return false;
	path_remove_last(&r->host.text);
	return view_detranslate(slot->process.view, &r->host, &r->guest) == 0 &&
	       (!agent_shared()->has_twins ||
		       is_called(slot, &r->guest.text, given));
}

/* An absolute path's: ".." can be taken off its directory's name. */
static bool join_directory(
	struct agent_slot *slot, struct given_path *given, const char *link)
{
	struct text *guest = &slot->resolution.guest.text;

	if (!find_directory(slot, given))
		return false;
	for (; strncmp(link, "../", 3) == 0; link += 3) {
		if (guest->length == 1)
			return false;
		path_remove_last(guest);
	}
	if (path_join(guest, link, text_length(link, TEXT_MAX)) < 0)
		return false;
	memcpy(slot->path, guest->bytes, guest->length + 1);
	measure_path(slot, guest->length, given);
	return true;
}

/* The directory of one that the kernel gets as it is written stays so. */
static bool replace_last(struct agent_slot *slot, struct given_path *given,
	const char *link, size_t size)
{
	size_t directory = given->last > 0 ? given->last + 1 : 0;

	if (directory + size >= TEXT_MAX)
		return false;
	memcpy(slot->path + directory, link, size + 1);
	measure_path(slot, directory + size, given);
	return true;
}

#define PROC_LINK_SIZE 64 /* fs/proc/fd.c; that of others is 0 */

/*
 * Does it mean more than its TEXT says? procfs does not measure its links. An
 * ordinary one that is taken for such is looked up by all rules.
 */
static bool may_be_magic(
	struct agent_slot *slot, unsigned int argument, long size)
{
	return look_at(slot, argument) < 0 || slot->seen.stat.st_size != size ||
	       size == PROC_LINK_SIZE;
}

/*
 * Put into slot->path what the link means that it names. False: it is not that
 * simple.
 */
static bool read_link(struct agent_slot *slot, unsigned int argument,
	struct given_path *given)
{
	bool is_placed = slot->progress.placed > 0;
	char text[TEXT_MAX];
	long size;

	if (!is_placed && slot->path[0] == '/')
		return false;
	size = kernel_readlinkat(path_dirfd(&slot->call, argument),
		is_placed ? slot->place : slot->path, text, TEXT_MAX);
	if (size <= 0 || size >= TEXT_MAX || may_be_magic(slot, argument, size))
		return false;
	text[size] = '\0';
	if (text[0] != '/')
		return is_placed
			       ? join_directory(slot, given, text)
			       : replace_last(slot, given, text, (size_t)size);
	memcpy(slot->path, text, (size_t)size + 1);
	measure_path(slot, (size_t)size, given);
	return true;
}

/* Follow the link at the path's end, and what it leads to. */
static bool follow_links(struct agent_slot *slot, unsigned int argument)
{
	unsigned int lookup = path_lookup(&slot->call, argument);
	unsigned int links = slot->progress.links;
	struct given_path given;

	if (!(lookup & LOOKUP_FOLLOW) || !is_only_path(slot->call.row))
		return false;
	measure_path(slot, text_length(slot->path, TEXT_MAX), &given);
	for (unsigned int hop = 0; hop < HOPS_MAX; hop++) {
		if (!read_link(slot, argument, &given))
			return false;
		slot->progress.placed = 0;
		call_set_argument(slot, argument, (uint64_t)slot->path);
		if (translate_path(slot, argument, &given, lookup) == PUNTED)
			return false;
		links += 1 + slot->progress.links;
		if (links > LINKS_MAX)
			return false;
		if (look_for_link(slot) < 0)
			return true;
	}
	return false;
}

enum translation translate_again(struct agent_slot *slot)
{
	unsigned int argument = (unsigned int)slot->progress.follows;
	struct given_path given;

	if (follow_links(slot, argument))
		return TRANSLATED;
	if (is_only_path(slot->call.row)) /* the other one is behind it */
		slot->progress.placed = 0;
	slot->progress.directory = NULL;
	slot->progress.was_known = false;
	call_set_argument(slot, argument, slot->call.arguments[argument]);
	if (!copy_path(
		    slot, (const char *)slot->call.arguments[argument], &given))
		return refuse(slot, PUNT_path);
	return resolve(
		slot, argument, &given, path_lookup(&slot->call, argument));
}

enum translation translate_all(struct agent_slot *slot)
{
	const struct row *row = slot->call.row;

	for (unsigned int i = 0; i < ARGUMENTS; i++)
		if (argument_is_path(row->arguments[i]) &&
			translate(slot, i) == PUNTED)
			return PUNTED;
	return TRANSLATED;
}

enum translation translate_followed(struct agent_slot *slot)
{
	if (translate_all(slot) == PUNTED)
		return PUNTED;
	if (slot->progress.follows < 0 || look_for_link(slot) < 0)
		return TRANSLATED;
	return translate_again(slot);
}
