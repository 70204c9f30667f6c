/*
 * A procfs of our own: mounted detached, so no mount of a container and no race can put something else where we write
 * (CVE-2025-52881, CVE-2019-16884). Every read and write below /proc of the helper goes through it.
 */
#define _GNU_SOURCE
#include "process_stat.h"
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "poison.h"

static int root = -1;
static bool private_only, is_own;

static const char *last_call; /* of the mount: the one that failed, if one did */

static int mount_private_procfs(void)
{
	last_call = "fsopen";
	owned_fd context = (int)syscall(SYS_fsopen, "proc", FSOPEN_CLOEXEC);
	if (context < 0)
		return -1;
	last_call = "fsconfig";
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -1;
	last_call = "fsmount";
	return (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
}

/* Without CAP_SYS_ADMIN there is only the host's own, which is then at least verified to be a procfs. */
static int open_host_procfs(void)
{
	owned_fd fd = root_open_procfs();
	struct statfs status;
	if (fd < 0 || fstatfs(fd, &status) < 0)
		return -1;
	if (status.f_type != PROC_SUPER_MAGIC) {
		errno = ENOTSUP;
		return -1;
	}
	return descriptor_take(&fd);
}

int procfs_root(void)
{
	if (root >= 0)
		return root;
	root = mount_private_procfs();
	if (root < 0 && errno == EPERM && !private_only)
		root = open_host_procfs();
	return root < 0 ? report_set(last_call, "a private procfs") : root;
}

void procfs_forget(void)
{
	descriptor_close(&root);
	private_only = true;
}

void procfs_replace(void)
{
	int own = mount_private_procfs();
	if (own < 0)
		return;
	procfs_forget();
	root = own;
	is_own = true;
}

bool procfs_is_own(void)
{
	return is_own;
}

int procfs_write(const char *path, const char *data, size_t length)
{
	int directory = procfs_root();
	if (directory < 0)
		return -1;
	owned_fd fd = openat(directory, path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	/* One write: id maps and most sysctls take a value whole or not at all. */
	ssize_t written = write(fd, data, length);
	if (written >= 0 && (size_t)written != length)
		errno = EIO;
	return written == (ssize_t)length ? 0 : -1;
}

uint64_t procfs_start_time(pid_t pid)
{
	char path[32], text[1024];
	struct process_stat stat;
	int directory = procfs_root();
	if (directory < 0)
		return 0;
	snprintf(path, sizeof(path), "%d/stat", (int)pid);
	owned_fd fd = openat(directory, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		errno = ESRCH;
	if (fd < 0)
		return 0;
	ssize_t length = read(fd, text, sizeof(text) - 1);
	if (length == 0)
		errno = ESRCH;
	if (length <= 0)
		return 0;
	text[length] = '\0';
	return process_stat_parse(text, &stat) ? stat.start : 0;
}
