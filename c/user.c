/*
 * Users and groups by name, as the container's own files have them. The files are the container's: they are opened in its root, and only
 * regular ones are read, up to a limit. tsrun's own host is never asked (nss), and no name means anything outside of these two files.
 */
#define _GNU_SOURCE
#include "user.h"
#include "accounts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poison.h"

#define MOST_OF_FILE (1u << 20) /* GO-2026-5475: a passwd file of any size must not be read into memory */

/* Reads what there is up to the limit; a line that the limit cuts is left out. */
static ssize_t read_lines(int fd, char *text)
{
	size_t have = 0;
	while (have < MOST_OF_FILE) {
		ssize_t got = read(fd, text + have, MOST_OF_FILE - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			return (ssize_t)have;
		have += (size_t)got;
	}
	while (have > 0 && text[have - 1] != '\n')
		have--;
	return (ssize_t)have;
}

/* 1 with the file open, 0 when the container has none that can be used, -1 after report. */
static int open_file(struct walk *walk, const char *path, int *opened)
{
	struct stat status;
	/* O_NONBLOCK: a fifo of that name would hang runc 1.1 and crun for good. */
	owned_fd fd = path_open_in_root(walk->rootfs, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0) {
		switch (errno) {
		case ENOENT:  /* there is none, as in an image of one static program */
		case ENOTDIR: /* /etc is a file */
		case ELOOP:   /* its links lead nowhere */
		case EACCES:  /* not for this user to read: to him it has no entry */
		case EPERM:   /* likewise, of a link to /proc/kmsg */
		case ENXIO:   /* a socket, or a device that is not there (open(2)) */
		case ENODEV:
			return 0;
		default:
			return report_set("open", "%s", path);
		}
	}
	if (fstat(fd, &status) < 0)
		return report_set("fstat", "%s", path);
	/*
	 * Empty as well are the files that are no files, to which a link may lead: of procfs, tracefs, cgroupfs. Reading them may wait, or
	 * take something away from the host, as /proc/kmsg does: here is still the right to.
	 */
	if (!S_ISREG(status.st_mode) || status.st_size == 0)
		return 0;
	*opened = descriptor_take(&fd);
	return 1;
}

int user_read_file(struct walk *walk, const char *path, char **text, size_t *length)
{
	owned_fd fd = -1;
	*text = NULL;
	*length = 0;
	int found = open_file(walk, path, &fd);
	if (found <= 0)
		return found;
	char *lines = malloc(MOST_OF_FILE);
	if (!lines)
		return report_set("malloc", NULL);
	ssize_t got = read_lines(fd, lines);
	if (got < 0) {
		free(lines);
		return report_set("read", "%s", path);
	}
	*text = lines;
	*length = (size_t)got;
	return 0;
}

bool user_parse_id(const char *text, uint32_t *id)
{
	uint64_t number = 0;
	for (const char *digit = text; *digit; digit++) {
		if (*digit < '0' || *digit > '9')
			return false;
		number = number * 10 + (uint64_t)(*digit - '0');
		if (number >= UINT32_MAX)
			return false;
	}
	*id = (uint32_t)number;
	return *text != '\0';
}

static int find_account(struct walk *walk, const char *name, struct found_user *found)
{
	char *text;
	size_t length;
	static struct account account;
	if (user_read_file(walk, "/etc/passwd", &text, &length) < 0)
		return -1;
	bool number = user_parse_id(name, &account.uid);
	/* A number needs no entry: it may have a home directory in one. */
	bool known = number ? home_from_passwd(text, length, account.uid, account.home, sizeof(account.home)) || true
			    : account_from_passwd(text, length, name, &account);
	free(text);
	found->uid = account.uid;
	found->gid = account.gid;
	found->home = account.home;
	return known ? 0 : report_refuse("unknown user", NULL);
}

static int find_groups(struct walk *walk, const char *user, const char *group, struct found_user *found)
{
	char *text;
	size_t length;
	if (*group && user_parse_id(group, &found->gid))
		return 0;
	if (user_read_file(walk, "/etc/group", &text, &length) < 0)
		return -1;
	bool known = !*group || gid_from_group(text, length, group, &found->gid);
	/* Who is given a group is in no other one. */
	if (!*group) {
		found->groups = calloc(NGROUPS_MAX, sizeof(*found->groups));
		if (found->groups)
			found->group_count = memberships_from_group(text, length, user, found->groups, NGROUPS_MAX);
	}
	free(text);
	if (!*group && !found->groups)
		return report_set("calloc", NULL);
	return known ? 0 : report_refuse("unknown group", NULL);
}

int user_find(struct walk *walk, const char *user, const char *group)
{
	static struct found_user found;
	if (find_account(walk, user, &found) < 0 || find_groups(walk, user, group, &found) < 0)
		return -1;
	walk->found_user = &found;
	return 0;
}
