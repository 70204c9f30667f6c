/*
 * What an attacker in the container would try: attempt VERB PATH VERB PATH ..., a line each, `VERB PATH: ANSWER`. The answer is "ok", what
 * was found, or the error by its name.
 *   read      the first line
 *   write     appends to a file, which is made if it is missing
 *   list      names in a directory
 *   mkdir     makes a directory
 *   inject    types a character on a terminal (TIOCSTI)
 *   kind      what is there, links not followed: "file", "directory", "symlink", "c 1:3", ...
 */
#define _GNU_SOURCE
#include "probe.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

static const char *ok_or_error(int result)
{
	return result < 0 ? strerrorname_np(errno) : "ok";
}

static void try_read(const char *path)
{
	char text[4096];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t got = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (got < 0)
		printf("%s\n", strerrorname_np(errno));
	else
		printf("\"%.*s\"\n", (int)strcspn((text[got] = '\0', text), "\n"), text);
	if (fd >= 0)
		close(fd);
}

static void try_write(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0644);
	puts(ok_or_error(fd < 0 ? -1 : (int)write(fd, "attack\n", 7)));
	if (fd >= 0)
		close(fd);
}

static void try_list(const char *path)
{
	struct dirent **entries;
	int count = scandir(path, &entries, NULL, alphasort);
	if (count < 0)
		fputs(strerrorname_np(errno), stdout);
	for (int i = 0; i < count; i++) {
		if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
			printf("%s ", entries[i]->d_name);
		free(entries[i]);
	}
	putchar('\n');
}

static void try_kind(const char *path)
{
	struct stat found;
	if (lstat(path, &found) < 0)
		puts(strerrorname_np(errno));
	else if (S_ISCHR(found.st_mode) || S_ISBLK(found.st_mode))
		printf("%c %u:%u\n", S_ISCHR(found.st_mode) ? 'c' : 'b', major(found.st_rdev), minor(found.st_rdev));
	else
		puts(S_ISREG(found.st_mode) ? "file" : S_ISDIR(found.st_mode) ? "directory" : S_ISLNK(found.st_mode) ? "symlink" : "other");
}

static void try_inject(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	puts(ok_or_error(fd < 0 ? -1 : ioctl(fd, TIOCSTI, "x")));
	if (fd >= 0)
		close(fd);
}

int attempt(char **args)
{
	for (size_t i = 0; args[i] && args[i + 1]; i += 2) {
		const char *verb = args[i], *path = args[i + 1];
		printf("%s %s: ", verb, path);
		if (strcmp(verb, "read") == 0)
			try_read(path);
		else if (strcmp(verb, "write") == 0)
			try_write(path);
		else if (strcmp(verb, "list") == 0)
			try_list(path);
		else if (strcmp(verb, "mkdir") == 0)
			puts(ok_or_error(mkdir(path, 0755)));
		else if (strcmp(verb, "inject") == 0)
			try_inject(path);
		else if (strcmp(verb, "kind") == 0)
			try_kind(path);
		else
			puts("no such verb");
	}
	return 0;
}

/* replace-by-links TARGET PATH...: each path becomes a link to the target. */
int replace_by_links(char **args)
{
	for (size_t i = 1; args[i]; i++) {
		/* In a user namespace devices are mounts. */
		umount2(args[i], MNT_DETACH | UMOUNT_NOFOLLOW);
		if (unlink(args[i]) < 0 && errno != ENOENT)
			return failed(args[i]);
		if (symlink(args[0], args[i]) < 0)
			return failed(args[i]);
	}
	return 0;
}
