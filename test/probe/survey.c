/* What is at paths: for comparisons of what two runtimes make of one config.json. */
#define _GNU_SOURCE
#include "probe.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static void tell_link(const char *path)
{
	char target[256];
	ssize_t length = readlink(path, target, sizeof(target) - 1);
	if (length >= 0)
		printf(" -> %.*s", (int)length, target);
}

static void tell_names(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	if (count < 0) {
		printf(" %s", strerrorname_np(errno));
		return;
	}
	for (int i = 0; i < count; i++) {
		if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
			printf(" %s", entries[i]->d_name);
		free(entries[i]);
	}
	free(entries);
}

/* The first line, which is all that a sysctl has. */
static void tell_text(const char *path)
{
	char text[128];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (length < 0)
		printf(" %s", strerrorname_np(errno));
	else
		printf(" %.*s", (int)strcspn((text[length] = '\0', text), "\n"), text);
	if (fd >= 0)
		close(fd);
}

/* Whether something can be written there, without writing it. */
static void tell_access(const char *path)
{
	printf(" %s", faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 ? "writable" : strerrorname_np(errno));
}

static void tell(const char *path)
{
	struct stat found;
	printf("%s", path);
	if (lstat(path, &found) < 0) {
		printf(" %s\n", strerrorname_np(errno));
		return;
	}
	printf(" %o %u:%u", (unsigned)found.st_mode, (unsigned)found.st_uid, (unsigned)found.st_gid);
	if (S_ISCHR(found.st_mode) || S_ISBLK(found.st_mode))
		printf(" %u:%u", major(found.st_rdev), minor(found.st_rdev));
	if (S_ISLNK(found.st_mode))
		tell_link(path);
	if (S_ISDIR(found.st_mode) || S_ISREG(found.st_mode))
		tell_access(path);
	if (S_ISDIR(found.st_mode))
		tell_names(path);
	if (S_ISREG(found.st_mode))
		tell_text(path);
	putchar('\n');
}

/* A line a path: mode and owner, and what makes this kind of file what it is. */
int survey(char **args)
{
	for (size_t i = 0; args[i]; i++)
		tell(args[i]);
	return 0;
}
