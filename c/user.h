/* Users and groups by name, from the container's own files. */
#ifndef TSRUN_USER_H
#define TSRUN_USER_H

#include "tsrun.h"

struct found_user {
	uid_t uid;
	gid_t gid;
	const char *home; /* empty when there is none */
	gid_t *groups;
	size_t group_count;
};

/* Reads a file of the rootfs, up to a limit: 0, with no text where there is none that can be read; -1 after report. The text is freed by who asked. */
int user_read_file(struct walk *walk, const char *path, char **text, size_t *length);
/* A decimal uid or gid. (uid_t)-1 is none: it means "leave as it is" to setresuid(2). */
bool user_parse_id(const char *text, uint32_t *id);
/* Finds names or numbers, of which the second may be empty, into walk->found_user. */
int user_find(struct walk *walk, const char *user, const char *group);

#endif
