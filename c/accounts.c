/*
 * Finds users and groups in the text of passwd(5) and group(5) files. The text is a stranger's: it must never be read past its length,
 * and an entry that is odd in any way is passed over rather than understood.
 */
#include "accounts.h"

#include <stdint.h>
#include <string.h>

#include "poison.h"

#define USER_FIELDS 7 /* name:password:uid:gid:comment:home:shell */
#define GROUP_FIELDS 4 /* name:password:gid:member,member */
#define FIELD_NAME 0
#define FIELD_ID 2 /* of a user and of a group */
#define FIELD_USER_GID 3
#define FIELD_MEMBERS 3
#define FIELD_HOME 5

struct text {
	const char *start;
	size_t length;
};

/* Takes what stands before the next `separator` off the text, and the separator with it. */
static struct text take(struct text *rest, char separator)
{
	const char *found = memchr(rest->start, separator, rest->length);
	struct text taken = { rest->start, found ? (size_t)(found - rest->start) : rest->length };
	size_t used = taken.length + (found ? 1 : 0);
	rest->start += used;
	rest->length -= used;
	return taken;
}

/* Digits only: strtoul would take " 0", "-1", "0x0" and what is left over of 4294967296. (uid_t)-1 is nobody: setresuid(2). */
static bool parse_id(struct text text, uint32_t *id)
{
	uint64_t number = 0;
	if (text.length == 0)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.start[i] < '0' || text.start[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(text.start[i] - '0');
		if (number >= UINT32_MAX)
			return false;
	}
	*id = (uint32_t)number;
	return true;
}

static bool is_name(struct text text, const char *name)
{
	return strlen(name) == text.length && memcmp(text.start, name, text.length) == 0;
}

static bool split(struct text line, struct text *fields, unsigned count)
{
	for (unsigned i = 0; i < count - 1; i++) {
		if (!memchr(line.start, ':', line.length))
			return false;
		fields[i] = take(&line, ':');
	}
	fields[count - 1] = line;
	/* nss(5) files: "#" is a comment, "+" and "-" are NIS's; none of them is a user or a group. */
	bool is_entry = fields[FIELD_NAME].length > 0 && !memchr("#+-", fields[FIELD_NAME].start[0], 3);
	return is_entry && !memchr(line.start, ':', line.length);
}

/* Takes lines off the text until one is an entry of `count` fields with an id. */
static bool take_entry(struct text *rest, struct text *fields, unsigned count, uint32_t *id)
{
	while (rest->length > 0)
		if (split(take(rest, '\n'), fields, count) && parse_id(fields[FIELD_ID], id))
			return true;
	return false;
}

/* Absolute, fits, and no NUL: anything else would mean another directory than the one that is written there. */
static bool copy_home(struct text found, char *home, size_t size)
{
	if (found.length == 0 || found.start[0] != '/' || found.length >= size || memchr(found.start, '\0', found.length))
		return false;
	memcpy(home, found.start, found.length);
	home[found.length] = '\0';
	return true;
}

bool home_from_passwd(const char *text, size_t length, uid_t uid, char *home, size_t size)
{
	struct text rest = { text, length }, fields[USER_FIELDS] = { { NULL, 0 } };
	uint32_t found;
	while (take_entry(&rest, fields, USER_FIELDS, &found))
		if (found == uid && copy_home(fields[FIELD_HOME], home, size))
			return true;
	return false;
}

bool account_from_passwd(const char *text, size_t length, const char *name, struct account *account)
{
	struct text rest = { text, length }, fields[USER_FIELDS] = { { NULL, 0 } };
	uint32_t uid, gid;
	while (take_entry(&rest, fields, USER_FIELDS, &uid)) {
		if (!is_name(fields[FIELD_NAME], name) || !parse_id(fields[FIELD_USER_GID], &gid))
			continue;
		account->uid = uid;
		account->gid = gid;
		if (!copy_home(fields[FIELD_HOME], account->home, sizeof(account->home)))
			account->home[0] = '\0';
		return true;
	}
	return false;
}

bool gid_from_group(const char *text, size_t length, const char *name, gid_t *gid)
{
	struct text rest = { text, length }, fields[GROUP_FIELDS] = { { NULL, 0 } };
	uint32_t found;
	while (take_entry(&rest, fields, GROUP_FIELDS, &found)) {
		if (!is_name(fields[FIELD_NAME], name))
			continue;
		*gid = found;
		return true;
	}
	return false;
}

static bool has_member(struct text members, const char *name)
{
	while (members.length > 0)
		if (is_name(take(&members, ','), name))
			return true;
	return false;
}

size_t memberships_from_group(const char *text, size_t length, const char *name, gid_t *groups, size_t most)
{
	struct text rest = { text, length }, fields[GROUP_FIELDS] = { { NULL, 0 } };
	uint32_t found;
	size_t count = 0;
	while (count < most && take_entry(&rest, fields, GROUP_FIELDS, &found))
		if (has_member(fields[FIELD_MEMBERS], name))
			groups[count++] = found;
	return count;
}
