/*
 * Detached mounts in numbered slots, by the new mount API only (fsopen, open_tree, move_mount: kernel 5.2; mount_setattr: 5.12).
 * Nothing here takes a container path except mounts_attach and mounts_copy_up, through paths.c.
 */
#define _GNU_SOURCE
#include "copy.h"
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "poison.h"

static void keep(struct walk *walk, unsigned slot, int *fd)
{
	descriptor_close(&walk->slots[slot]);
	walk->slots[slot] = descriptor_take(fd);
}

/* The kernel's own words about a refused option: fsopen(2), "e message\n". */
static int report_context(int context, const char *call, const char *what)
{
	char message[512];
	int error = errno;
	ssize_t length = read(context, message, sizeof(message) - 1);
	message[length > 0 ? length : 0] = '\0';
	message[strcspn(message, "\n")] = '\0';
	errno = error;
	const char *words = length > 2 ? message + 2 : "";
	return report_set(call, "%s%s%s", what, *words ? ": " : "", words);
}

static int set_option(int context, char *option)
{
	char *value = strchr(option, '=');
	long result;
	if (value) {
		char key[256];
		snprintf(key, sizeof(key), "%.*s", (int)(value - option), option);
		result = syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, key, value + 1, 0);
	} else {
		result = syscall(SYS_fsconfig, context, FSCONFIG_SET_FLAG, option, NULL, 0);
	}
	return result < 0 ? report_context(context, "fsconfig", option) : 0;
}

int mounts_new(struct walk *walk, unsigned slot, const char *fstype, const char *source, char **options, uint64_t attributes)
{
	owned_fd context = (int)syscall(SYS_fsopen, fstype, FSOPEN_CLOEXEC);
	if (context < 0)
		return report_set("fsopen", NULL);
	if (*source && syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "source", source, 0) < 0)
		return report_context(context, "fsconfig", "source");
	for (; *options; options++)
		if (set_option(context, *options) < 0)
			return -1;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return report_context(context, "fsconfig", "create");
	owned_fd fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC, (unsigned)attributes);
	if (fd < 0)
		return report_context(context, "fsmount", "");
	keep(walk, slot, &fd);
	return 0;
}

int mounts_reconfigure(struct walk *walk, unsigned slot, char **options)
{
	owned_fd context = (int)syscall(SYS_fspick, walk->slots[slot], "", FSPICK_CLOEXEC | FSPICK_EMPTY_PATH);
	if (context < 0)
		return report_set("fspick", NULL);
	for (; *options; options++)
		if (set_option(context, *options) < 0)
			return -1;
	if (syscall(SYS_fsconfig, context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL, 0) < 0)
		return report_context(context, "fsconfig", "reconfigure");
	return 0;
}

/* A mount point of the kind that the mounted root is: a directory, or an empty file. */
static int make_mount_point(int root, const char *target, bool directory)
{
	if (directory)
		return path_make_directories(root, target, 0755);
	char name[256];
	owned_fd parent = path_open_parent(root, target, name);
	if (parent < 0)
		return -1;
	owned_fd made = openat(parent, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (made < 0 && errno != EEXIST)
		return -1;
	return openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

static int open_target(struct walk *walk, const char *target, enum attach_how how, bool directory)
{
	uint64_t flags = O_PATH, resolve = 0;
	if (how == ATTACH_ORDINARY || how == ATTACH_PROCFS) {
		/* CVE-2019-19921, CVE-2023-27561: a link in place of /proc or /sys would let the image choose where they go. */
		resolve = RESOLVE_NO_SYMLINKS;
		flags |= O_NOFOLLOW;
	} else if (how == ATTACH_NOFOLLOW) {
		flags |= O_NOFOLLOW;
	}
	int fd = path_open_in_root(walk->rootfs, target, flags, resolve);
	if (fd < 0 && errno == ENOENT)
		fd = make_mount_point(walk->rootfs, target, directory);
	return fd;
}

/*
 * What is in /proc is for the kernel to say (CVE-2019-16884). TypeScript refuses destinations there, and a link of the image must not lead
 * there either.
 */
static bool leads_into_procfs(int target, enum attach_how how)
{
	struct statfs status;
	if (how != ATTACH_FOLLOW && how != ATTACH_NOFOLLOW)
		return false;
	return fstatfs(target, &status) < 0 || status.f_type == PROC_SUPER_MAGIC;
}

int mounts_attach(struct walk *walk, unsigned slot, const char *target, enum attach_how how)
{
	struct stat source, found;
	if (fstat(walk->slots[slot], &source) < 0)
		return report_set("fstat", "the mount of slot %u", slot);
	owned_fd fd = open_target(walk, target, how, S_ISDIR(source.st_mode));
	if (fd < 0 && how == ATTACH_ORDINARY && (errno == ELOOP || errno == ENOTDIR))
		return report_refuse("ordinary directory", NULL);
	if (fd < 0)
		return report_set("openat2", NULL);
	if (leads_into_procfs(fd, how))
		return report_refuse("inside procfs", NULL);
	if (fstat(fd, &found) < 0)
		return report_set("fstat", NULL);
	if (how == ATTACH_ORDINARY && !S_ISDIR(found.st_mode))
		return report_refuse("ordinary directory", NULL);
	if (S_ISDIR(source.st_mode) != S_ISDIR(found.st_mode)) {
		errno = S_ISDIR(source.st_mode) ? ENOTDIR : EISDIR;
		return report_set("move_mount", NULL);
	}
	if (syscall(SYS_move_mount, walk->slots[slot], "", fd, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0)
		return report_set("move_mount", NULL);
	return 0;
}

static int set_attributes(int fd, uint64_t set, uint64_t clear, uint64_t propagation, unsigned flags)
{
	struct mount_attr attributes = { .attr_set = set, .attr_clr = clear, .propagation = propagation };
	/* mount_setattr(2): an access-time mode can only be set while the old one is cleared. */
	if (set & MOUNT_ATTR__ATIME)
		attributes.attr_clr |= MOUNT_ATTR__ATIME;
	return (int)syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | flags, &attributes, sizeof(attributes));
}

int mounts_set_attributes(struct walk *walk, unsigned slot, uint64_t set, uint64_t clear, uint64_t flags)
{
	return set_attributes(walk->slots[slot], set, clear, 0, (unsigned)flags) < 0 ? mounts_report_locked(walk->slots[slot], set, clear) : 0;
}

int mounts_set_propagation(struct walk *walk, unsigned slot, uint64_t flags)
{
	unsigned scope = flags & MS_REC ? AT_RECURSIVE : 0;
	if (set_attributes(walk->slots[slot], 0, 0, flags & ~(uint64_t)MS_REC, scope) < 0)
		return report_set("mount_setattr", "propagation");
	return 0;
}

int mounts_inherit_mode(struct walk *walk, unsigned slot, const char *path)
{
	struct stat status;
	owned_fd from = path_open_in_root(walk->rootfs, path, O_PATH | O_DIRECTORY, 0);
	if (from < 0)
		/* Nothing, or no directory: attach makes one, or says so. */
		return errno == ENOENT || errno == ENOTDIR ? 0 : report_set("openat2", NULL);
	if (fstat(from, &status) < 0)
		return report_set("fstat", NULL);
	/* A descriptor of fsmount is O_PATH: its mode is set by name "." below itself. */
	if (fchmodat(walk->slots[slot], ".", status.st_mode & 07777, 0) < 0)
		return report_set("fchmodat", NULL);
	return 0;
}

int mounts_copy_up(struct walk *walk, unsigned slot, const char *path)
{
	owned_fd from = path_open_in_root(walk->rootfs, path, O_RDONLY | O_DIRECTORY, 0);
	if (from < 0)
		/* Nothing is there yet: there is nothing to copy. */
		return errno == ENOENT ? 0 : report_set("openat2", NULL);
	return copy_tree(from, walk->slots[slot]);
}
