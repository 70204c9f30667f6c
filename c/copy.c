/*
 * tmpcopyup: what the rootfs has at a path becomes the content of the tmpfs that will cover it. The source is hostile: links are
 * copied and never followed, special files are left out, depth is bounded.
 */
#define _GNU_SOURCE
#include "copy.h"
#include "tsrun.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poison.h"

#define MAX_DEPTH 128

static int copy_directory(int from, int to, unsigned depth);

static int copy_file(int directory, const char *name, int to, const struct stat *status)
{
	owned_fd in = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (in < 0)
		return report_set("openat", "%s", name);
	owned_fd out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (out < 0)
		return report_set("openat", "%s", name);
	ssize_t copied;
	while ((copied = sendfile(out, in, NULL, 1 << 20)) > 0)
		;
	if (copied < 0)
		return report_set("sendfile", "%s", name);
	if (fchown(out, status->st_uid, status->st_gid) < 0 || fchmod(out, status->st_mode & 07777) < 0)
		return report_set("fchown", "%s", name);
	return 0;
}

static int copy_link(int directory, const char *name, int to, const struct stat *status)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(directory, name, target, sizeof(target) - 1);
	if (length < 0)
		return report_set("readlinkat", "%s", name);
	target[length] = '\0';
	if (symlinkat(target, to, name) < 0)
		return report_set("symlinkat", "%s", name);
	if (fchownat(to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return report_set("fchownat", "%s", name);
	return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): depth is bounded by MAX_DEPTH. */
static int copy_subdirectory(int directory, const char *name, int to, const struct stat *status, unsigned depth)
{
	if (depth >= MAX_DEPTH)
		return report_refuse("too deep", "%s", name);
	if (mkdirat(to, name, 0700) < 0)
		return report_set("mkdirat", "%s", name);
	owned_fd in = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	owned_fd out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (in < 0 || out < 0)
		return report_set("openat", "%s", name);
	if (copy_directory(in, out, depth + 1) < 0)
		return -1;
	if (fchown(out, status->st_uid, status->st_gid) < 0 || fchmod(out, status->st_mode & 07777) < 0)
		return report_set("fchown", "%s", name);
	return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): depth is bounded by MAX_DEPTH. */
static int copy_entry(int directory, const char *name, int to, unsigned depth)
{
	struct stat status;
	if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return report_set("fstatat", "%s", name);
	if (S_ISREG(status.st_mode))
		return copy_file(directory, name, to, &status);
	if (S_ISLNK(status.st_mode))
		return copy_link(directory, name, to, &status);
	if (S_ISDIR(status.st_mode))
		return copy_subdirectory(directory, name, to, &status, depth);
	/* Devices, fifos and sockets mean nothing in a copy. */
	return 0;
}

/* NOLINTNEXTLINE(misc-no-recursion): depth is bounded by MAX_DEPTH. */
static int copy_directory(int from, int to, unsigned depth)
{
	int again = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = again < 0 ? NULL : fdopendir(again);
	if (!stream) {
		report_set("opendir", NULL);
		descriptor_close(&again);
		return -1;
	}
	int result = 0;
	for (struct dirent *entry; result == 0 && (entry = readdir(stream));)
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			result = copy_entry(dirfd(stream), entry->d_name, to, depth);
	closedir(stream);
	return result;
}

int copy_tree(int from, int to)
{
	struct stat status;
	if (fstat(from, &status) < 0)
		return report_set("fstat", NULL);
	if (copy_directory(from, to, 0) < 0)
		return -1;
	/* `to` is the root of a mount, which fsmount opens with O_PATH: its owner is set by name "." below itself. */
	if (fchownat(to, ".", status.st_uid, status.st_gid, 0) < 0 || fchmodat(to, ".", status.st_mode & 07777, 0) < 0)
		return report_set("fchownat", NULL);
	return 0;
}
