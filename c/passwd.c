/*
 * Finds a home directory in the text of a passwd(5) file. The text is a stranger's: it must never be read past its length, and an
 * entry that is odd in any way is passed over rather than understood.
 */
#include "passwd.h"

#include <stdint.h>
#include <string.h>

#define FIELDS 7 /* name:password:uid:gid:comment:home:shell */
#define FIELD_UID 2
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

/* Digits only: strtoul would take " 0", "-1", "0x0" and what is left over of 4294967296. */
static bool is_uid(struct text text, uid_t uid)
{
	uint64_t number = 0;
	if (text.length == 0)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.start[i] < '0' || text.start[i] > '9')
			return false;
		number = number * 10 + (uint64_t)(text.start[i] - '0');
		if (number > UINT32_MAX)
			return false;
	}
	return number == uid;
}

static bool split(struct text line, struct text fields[FIELDS])
{
	for (unsigned i = 0; i < FIELDS - 1; i++) {
		if (!memchr(line.start, ':', line.length))
			return false;
		fields[i] = take(&line, ':');
	}
	fields[FIELDS - 1] = line;
	/* nss(5) files: "#" is a comment, "+" and "-" are NIS's; none of them is a user. */
	bool is_user = fields[0].length > 0 && !memchr("#+-", fields[0].start[0], 3);
	return is_user && !memchr(line.start, ':', line.length);
}

bool home_from_passwd(const char *text, size_t length, uid_t uid, char *home, size_t size)
{
	struct text rest = { text, length };
	while (rest.length > 0) {
		struct text fields[FIELDS] = { { NULL, 0 } };
		struct text line = take(&rest, '\n');
		if (!split(line, fields) || !is_uid(fields[FIELD_UID], uid))
			continue;
		struct text found = fields[FIELD_HOME];
		/* Absolute, fits, and no NUL: anything else would mean another directory than the one that is written there. */
		if (found.length == 0 || found.start[0] != '/' || found.length >= size || memchr(found.start, '\0', found.length))
			continue;
		memcpy(home, found.start, found.length);
		home[found.length] = '\0';
		return true;
	}
	return false;
}
