/*
 * The parsers of a container's passwd(5) and group(5): pure functions of hostile bytes, apart from user.c so that they can be fuzzed.
 * No `text` need be NUL-terminated; the first well-formed entry counts.
 */
#ifndef TSRUN_ACCOUNTS_H
#define TSRUN_ACCOUNTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct account {
	uid_t uid;
	gid_t gid;
	char home[PATH_MAX]; /* empty when the entry names no directory that can be one */
};

/*
 * The home directory of the first well-formed entry of `uid` that has one, NUL-terminated in `home`; false, and `home` untouched, when
 * there is none. Names are never looked at: a user called "0" is nobody.
 */
bool home_from_passwd(const char *text, size_t length, uid_t uid, char *home, size_t size);
/* The entry of this name; false, and `account` untouched, when there is none. */
bool account_from_passwd(const char *text, size_t length, const char *name, struct account *account);
bool gid_from_group(const char *text, size_t length, const char *name, gid_t *gid);
/* The groups that list this name among their members: the first `most` of them, and how many those are. */
size_t memberships_from_group(const char *text, size_t length, const char *name, gid_t *groups, size_t most);

#endif
