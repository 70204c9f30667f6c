/*
 * Groups of resctrl (Intel RDT; the kernel's documentation, "User Interface for Resource Control feature"): made, written, joined and
 * removed. What this container has made is marked in its state directory before it is made, so that a kill leaves nothing unknown, and
 * nothing that was there before is ever removed.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const marks[] = { [RESCTRL_CLASS] = RESCTRL_CLASS_MARK, [RESCTRL_MONITORING] = RESCTRL_MONITORING_MARK };

static int open_root(const char *root)
{
	int fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? report_set("open", "%s", root) : fd;
}

/* With what the kernel says of its last refusal in info/last_cmd_status: the errno alone is EINVAL for nearly everything. */
static int refused(int root, const char *call)
{
	char text[256] = "";
	int error = errno;
	owned_fd status = openat(root, "info/last_cmd_status", O_RDONLY | O_CLOEXEC);
	ssize_t length = status < 0 ? 0 : read(status, text, sizeof(text) - 1);
	text[length > 0 ? length : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	errno = error;
	return report_set(call, "%s", strcmp(text, "ok") == 0 ? "" : text);
}

static int mark(struct walk *walk, enum resctrl_group kind)
{
	owned_fd file = openat(walk->state_directory, marks[kind], O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	return file < 0 ? report_set("openat", "%s", marks[kind]) : 0;
}

static int unmark(struct walk *walk, enum resctrl_group kind)
{
	if (unlinkat(walk->state_directory, marks[kind], 0) < 0 && errno != ENOENT)
		return report_set("unlinkat", "%s", marks[kind]);
	return 0;
}

int resctrl_make(struct walk *walk, const char *root_path, const char *group, enum resctrl_group kind)
{
	struct stat status;
	owned_fd root = open_root(root_path);
	if (root < 0)
		return -1;
	/* Somebody else's is found before it could be taken for this container's own. */
	if (fstatat(root, group, &status, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return report_set("mkdirat", NULL);
	}
	if (mark(walk, kind) < 0)
		return -1;
	if (mkdirat(root, group, 0755) == 0)
		return 0;
	refused(root, "mkdirat");
	/* As it is not there: teardown has nothing to remove. */
	unlinkat(walk->state_directory, marks[kind], 0);
	return -1;
}

/* One write(2): the kernel takes what is written at once whole or not at all. */
static int write_file(int root, const char *group, const char *file, const char *text)
{
	char path[2 * NAME_MAX + 64];
	int needed = snprintf(path, sizeof(path), "%s%s%s", group, *group ? "/" : "", file);
	if (needed < 0 || (size_t)needed >= sizeof(path)) {
		errno = ENAMETOOLONG;
		return report_set("openat", "%s", file);
	}
	owned_fd fd = openat(root, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return report_set("openat", "%s", file);
	ssize_t written = write(fd, text, strlen(text));
	if (written >= 0 && (size_t)written < strlen(text)) {
		errno = E2BIG;
		written = -1;
	}
	return written < 0 ? refused(root, "write") : 0;
}

int resctrl_write(const char *root_path, const char *group, char **lines)
{
	char text[4096]; /* more the kernel does not take at once: a page */
	size_t length = 0;
	owned_fd root = open_root(root_path);
	if (root < 0)
		return -1;
	for (; *lines; lines++) {
		int added = snprintf(text + length, sizeof(text) - length, "%s\n", *lines);
		if (added < 0 || (size_t)added >= sizeof(text) - length) {
			errno = E2BIG;
			return report_set("write", NULL);
		}
		length += (size_t)added;
	}
	return write_file(root, group, "schemata", text);
}

int resctrl_keep(struct walk *walk)
{
	return unmark(walk, RESCTRL_CLASS);
}

int resctrl_join(struct walk *walk, const char *root_path, const char *group)
{
	char text[16];
	owned_fd root = open_root(root_path);
	if (root < 0)
		return -1;
	snprintf(text, sizeof(text), "%d", (int)walk->init);
	return write_file(root, group, "tasks", text);
}

int resctrl_remove(struct walk *walk, const char *root_path, const char *group, enum resctrl_group kind)
{
	if (faccessat(walk->state_directory, marks[kind], F_OK, 0) < 0)
		return errno == ENOENT ? 0 : report_set("faccessat", "%s", marks[kind]);
	owned_fd root = open(root_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	/* Unmounted meanwhile: then there is no group any more. */
	if (root < 0 && errno != ENOENT)
		return report_set("open", "%s", root_path);
	if (root >= 0 && unlinkat(root, group, AT_REMOVEDIR) < 0 && errno != ENOENT)
		return refused(root, "unlinkat");
	return unmark(walk, kind);
}
