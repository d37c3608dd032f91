/* SPDX-License-Identifier: MIT */
/* Reading an access control list: linux/posix_acl_xattr.h. */
#include "emulate/acl.h"

#include <endian.h>
#include <errno.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Tags are single bits that rise in a list; only named ones come again. */
#define NAMED  (ACL_USER | ACL_GROUP)
#define NEEDED (ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER)

#define HEADER_SIZE sizeof(struct posix_acl_xattr_header)
#define ENTRY_SIZE  sizeof(struct posix_acl_xattr_entry)

/* An entry as this machine's numbers. */
static struct posix_acl_xattr_entry entry_at(const char *at)
{
	struct posix_acl_xattr_entry entry;

	memcpy(&entry, at, sizeof(entry));
	entry.e_tag = le16toh(entry.e_tag);
	entry.e_perm = le16toh(entry.e_perm);
	entry.e_id = le32toh(entry.e_id);
	return entry;
}

static bool is_known(const struct posix_acl_xattr_entry *entry)
{
	switch (entry->e_tag) {
	case ACL_USER:
	case ACL_GROUP:
		return entry->e_id != (uint32_t)ACL_UNDEFINED_ID;
	case ACL_USER_OBJ:
	case ACL_GROUP_OBJ:
	case ACL_MASK:
	case ACL_OTHER:
		return true;
	default:
		return false;
	}
}

int acl_count(const void *list, size_t size)
{
	struct posix_acl_xattr_header header;

	if (size < HEADER_SIZE)
		return -EINVAL;
	memcpy(&header, list, sizeof(header));
	if (le32toh(header.a_version) != POSIX_ACL_XATTR_VERSION)
		return -EOPNOTSUPP;
	if ((size - HEADER_SIZE) % ENTRY_SIZE != 0)
		return -EINVAL;
	for (size_t i = HEADER_SIZE; i < size; i += ENTRY_SIZE) {
		struct posix_acl_xattr_entry entry =
			entry_at((const char *)list + i);

		if (!is_known(&entry))
			return -EINVAL;
	}
	return (int)((size - HEADER_SIZE) / ENTRY_SIZE);
}

static mode_t mode_of(const struct posix_acl_xattr_entry *entry)
{
	switch (entry->e_tag) {
	case ACL_USER_OBJ:
		return (mode_t)entry->e_perm << 6;
	case ACL_GROUP_OBJ:
	case ACL_MASK:
		return (mode_t)entry->e_perm << 3;
	case ACL_OTHER:
		return entry->e_perm;
	default:
		return 0;
	}
}

int acl_to_mode(const void *list, size_t size, mode_t *mode, bool *is_minimal)
{
	unsigned int seen = 0;
	int count = acl_count(list, size);

	if (count < 0)
		return count;
	*mode = 0;
	for (size_t i = HEADER_SIZE; i < size; i += ENTRY_SIZE) {
		struct posix_acl_xattr_entry entry =
			entry_at((const char *)list + i);

		if (entry.e_perm > 7 || seen >= 2u * entry.e_tag ||
			(seen & entry.e_tag & ~(unsigned int)NAMED))
			return -EINVAL;
		seen |= entry.e_tag;
		if (entry.e_tag == ACL_MASK) /* it stands for all groups */
			*mode &= ~(mode_t)070;
		*mode |= mode_of(&entry);
	}
	*is_minimal = seen == NEEDED;
	if ((seen & NEEDED) != NEEDED || ((seen & NAMED) && !(seen & ACL_MASK)))
		return -EINVAL;
	return 0;
}

static void set_bits(void *entry, mode_t bits)
{
	const uint16_t perm = htole16(bits & 7);

	memcpy((char *)entry + offsetof(struct posix_acl_xattr_entry, e_perm),
		&perm, sizeof(perm));
}

/*
 * The entries that three bits of the mode each stand for, from the lowest ones
 * on: of others, of groups (the mask, if there is one), of the owner.
 */
#define CLASSES 3

static void find_classes(void *list, size_t size, char *classes[CLASSES])
{
	for (size_t i = HEADER_SIZE; i + ENTRY_SIZE <= size; i += ENTRY_SIZE) {
		char *at = (char *)list + i;

		switch (entry_at(at).e_tag) {
		case ACL_USER_OBJ:
			classes[2] = at;
			break;
		case ACL_GROUP_OBJ:
		case ACL_MASK: /* comes behind the groups */
			classes[1] = at;
			break;
		case ACL_OTHER:
			classes[0] = at;
			break;
		}
	}
}

void acl_follow_mode(void *list, size_t size, mode_t mode)
{
	char *classes[CLASSES] = {NULL};

	find_classes(list, size, classes);
	for (unsigned int i = 0; i < CLASSES; i++)
		if (classes[i])
			set_bits(classes[i], mode >> 3 * i);
}

/* Is it this entry that tells what who asks may do? */
static bool concerns(const struct posix_acl_xattr_entry *entry,
	const struct acl_asker *asker)
{
	switch (entry->e_tag) {
	case ACL_USER:
		return entry->e_id == asker->user;
	case ACL_GROUP_OBJ:
		return asker->is_in_group(asker->groups, asker->group_of_file);
	case ACL_GROUP:
		return asker->is_in_group(asker->groups, entry->e_id);
	default:
		return false;
	}
}

/* A user's entry decides; of groups' one that grants it is enough. */
bool acl_permits(const void *list, size_t size, const struct acl_asker *asker,
	int wanted)
{
	unsigned int bits = (unsigned int)wanted;
	bool is_decided = false;
	bool is_found = false;
	bool is_granted = false;

	for (size_t i = HEADER_SIZE; i + ENTRY_SIZE <= size; i += ENTRY_SIZE) {
		struct posix_acl_xattr_entry entry =
			entry_at((const char *)list + i);
		bool has_bits = (entry.e_perm & bits) == bits;

		if (entry.e_tag == ACL_MASK && is_found)
			return is_granted && has_bits;
		if (entry.e_tag == ACL_OTHER)
			return is_found ? is_granted : has_bits;
		if (!is_decided && concerns(&entry, asker)) {
			is_decided = entry.e_tag == ACL_USER;
			is_granted |= has_bits;
			is_found = true;
		}
	}
	return false;
}

/* Three of the mode's bits, and an entry's. */
static void narrow(void *entry, unsigned int shift, mode_t *mode)
{
	mode_t bits = entry_at(entry).e_perm & *mode >> shift & 7;

	set_bits(entry, bits);
	*mode = (*mode & ~((mode_t)7 << shift)) | bits << shift;
}

bool acl_narrow(void *list, size_t size, mode_t *mode)
{
	char *classes[CLASSES] = {NULL};

	find_classes(list, size, classes);
	for (unsigned int i = 0; i < CLASSES; i++)
		if (classes[i])
			narrow(classes[i], 3 * i, mode);
	return size > HEADER_SIZE + CLASSES * ENTRY_SIZE;
}
