/*
 * From the host's root to the container's. Until the pivot, every name is resolved below a descriptor: `host_root` for the path of
 * the bundle (trusted), `rootfs` for everything of the container (hostile).
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "poison.h"

static int set_mount(int fd, uint64_t attributes, uint64_t propagation, unsigned flags)
{
	struct mount_attr change = { .attr_set = attributes, .propagation = propagation };
	return (int)syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | flags, &change, sizeof(change));
}

static int clone_mount(int at, unsigned flags)
{
	return (int)syscall(SYS_open_tree, at, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH | flags);
}

static int attach_mount(int tree, int target)
{
	return (int)syscall(SYS_move_mount, tree, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

static int open_host_root(struct walk *walk)
{
	if (walk->host_root >= 0)
		return 0;
	walk->host_root = root_open();
	return walk->host_root < 0 ? report_set("open", "/") : 0;
}

int rootfs_set_host_propagation(struct walk *walk, uint64_t flags)
{
	if (open_host_root(walk) < 0)
		return -1;
	walk->shares_host = flags & MS_SHARED;
	if (set_mount(walk->host_root, 0, flags & ~(uint64_t)MS_REC, flags & MS_REC ? AT_RECURSIVE : 0) < 0)
		return report_set("mount_setattr", "propagation");
	return 0;
}

int rootfs_isolate_sources(struct walk *walk, uint64_t flags)
{
	for (unsigned slot = 0; slot < walk->plan->slot_count; slot++)
		if (walk->slots[slot] >= 0 && set_mount(walk->slots[slot], 0, flags & ~(uint64_t)MS_REC, flags & MS_REC ? AT_RECURSIVE : 0) < 0)
			return report_set("mount_setattr", "propagation");
	return 0;
}

/* pivot_root(2) refuses a parent mount that is shared: walks up to the root of the mount that holds the rootfs and makes it private. */
static int make_parent_private(int rootfs)
{
	int at = openat(rootfs, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	for (unsigned depth = 0; at >= 0 && depth < PATH_MAX / 2; depth++) {
		if (set_mount(at, 0, MS_PRIVATE, 0) == 0) {
			descriptor_close(&at);
			return 0;
		}
		/* EINVAL: not the root of a mount, go up. */
		int above = errno == EINVAL ? openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
		descriptor_close(&at);
		at = above;
	}
	return report_set("mount_setattr", "the mount that holds the rootfs");
}

static int open_bundle_path(struct walk *walk, const char *path)
{
	if (open_host_root(walk) < 0)
		return -1;
	/* TypeScript gives the real path: a link met here was put there after it looked. */
	int fd = path_open_in_root(walk->host_root, path, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
	return fd < 0 ? report_set("openat2", NULL) : fd;
}

int rootfs_open_host_tree(struct walk *walk, unsigned slot, const char *source, uint64_t flags)
{
	if (walk->slots[slot] >= 0)
		return 0;
	if (open_host_root(walk) < 0)
		return -1;
	owned_fd at = path_open_in_root(walk->host_root, source, O_PATH | (flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0), 0);
	owned_fd tree = at < 0 ? -1 : clone_mount(at, (unsigned)flags & AT_RECURSIVE);
	if (tree < 0)
		return report_set(at < 0 ? "openat2" : "open_tree", NULL);
	walk->slots[slot] = descriptor_take(&tree);
	return 0;
}

int rootfs_bind(struct walk *walk, unsigned slot, const char *path)
{
	owned_fd at = open_bundle_path(walk, path);
	if (at < 0 || (walk->shares_host && make_parent_private(at) < 0))
		return -1;
	owned_fd tree = clone_mount(at, AT_RECURSIVE);
	if (tree < 0)
		return report_set("open_tree", NULL);
	if (attach_mount(tree, at) < 0)
		return report_set("move_mount", NULL);
	if (walk->shares_host && set_mount(tree, 0, MS_PRIVATE, 0) < 0)
		return report_set("mount_setattr", "propagation");
	walk->rootfs = tree;
	walk->slots[slot] = descriptor_take(&tree);
	return 0;
}

int rootfs_open(struct walk *walk, const char *path)
{
	walk->rootfs = open_bundle_path(walk, path);
	return walk->rootfs < 0 ? -1 : 0;
}

int rootfs_make_directory(struct walk *walk, const char *path, unsigned mode)
{
	owned_fd fd = path_make_directories(walk->rootfs, path, mode);
	return fd < 0 ? report_set("openat2", NULL) : 0;
}

/* Opens the directory of a link-to-be, and puts its name into `name` (NAME_MAX + 1 bytes). */
static int open_link_parent(struct walk *walk, const char *path, char *name)
{
	char parent[PATH_MAX];
	/* The parent's own links are followed inside the rootfs, the name itself never is. */
	const char *slash = strrchr(path, '/');
	size_t length = (size_t)(slash - path);
	if (length >= PATH_MAX || strlen(slash + 1) > NAME_MAX) {
		errno = ENAMETOOLONG;
		return report_set("openat2", NULL);
	}
	memcpy(parent, path, length);
	parent[length] = '\0';
	strcpy(name, slash + 1);
	int directory = path_make_directories(walk->rootfs, length ? parent : "/", 0755);
	return directory < 0 ? report_set("openat2", NULL) : directory;
}

/* 1: there is something else already. */
static int place_link(int directory, const char *name, const char *target)
{
	char found[PATH_MAX];
	if (symlinkat(target, directory, name) == 0)
		return 0;
	if (errno != EEXIST)
		return report_set("symlinkat", NULL);
	ssize_t size = readlinkat(directory, name, found, sizeof(found));
	return size == (ssize_t)strlen(target) && memcmp(found, target, (size_t)size) == 0 ? 0 : 1;
}

int rootfs_make_symlink(struct walk *walk, const char *path, const char *target)
{
	char name[NAME_MAX + 1];
	owned_fd directory = open_link_parent(walk, path, name);
	int placed = directory < 0 ? -1 : place_link(directory, name, target);
	if (placed <= 0)
		return placed;
	/* An image may ship a file or another link of that name: the container's own /dev wins, as with runc. */
	if (unlinkat(directory, name, 0) < 0 || symlinkat(target, directory, name) < 0)
		return report_set("symlinkat", NULL);
	return 0;
}

int rootfs_copy_symlink(struct walk *walk, const char *path, const char *target)
{
	char name[NAME_MAX + 1];
	owned_fd directory = open_link_parent(walk, path, name);
	int placed = directory < 0 ? -1 : place_link(directory, name, target);
	return placed == 1 ? report_refuse("something else is there", NULL) : placed;
}

/* The host's /dev/null, verified (CVE-2025-31133: the rootfs's own may be a link to anything). */
static int open_host_null(struct walk *walk)
{
	struct stat status;
	owned_fd fd = path_open_in_root(walk->host_root, "dev/null", O_PATH | O_NOFOLLOW, 0);
	if (fd < 0 || fstat(fd, &status) < 0)
		return report_set("openat2", "the host's /dev/null");
	if (!S_ISCHR(status.st_mode) || status.st_rdev != makedev(1, 3))
		return report_refuse("not the device", "the host's /dev/null");
	return descriptor_take(&fd);
}

static int new_empty_directory(void)
{
	owned_fd context = (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);
	if (context < 0 || syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "nr_blocks", "1", 0) < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_SET_STRING, "nr_inodes", "1", 0) < 0 ||
	    syscall(SYS_fsconfig, context, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return report_set("fsopen", "tmpfs");
	int fd = (int)syscall(SYS_fsmount, context, FSMOUNT_CLOEXEC,
			      MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return fd < 0 ? report_set("fsmount", "tmpfs") : fd;
}

/* One read-only tmpfs masks every directory: cheaper than one each, and nothing can be written to it anyway. */
static int mask_directory(struct walk *walk, int target)
{
	if (walk->empty_directory < 0) {
		walk->empty_directory = new_empty_directory();
		if (walk->empty_directory < 0)
			return -1;
		return attach_mount(walk->empty_directory, target) < 0 ? report_set("move_mount", NULL) : 0;
	}
	owned_fd copy = clone_mount(walk->empty_directory, 0);
	if (copy < 0)
		return report_set("open_tree", NULL);
	return attach_mount(copy, target) < 0 ? report_set("move_mount", NULL) : 0;
}

static int mask_file(struct walk *walk, int target)
{
	owned_fd null = open_host_null(walk);
	if (null < 0)
		return -1;
	owned_fd copy = clone_mount(null, 0);
	if (copy < 0)
		return report_set("open_tree", "the host's /dev/null");
	return attach_mount(copy, target) < 0 ? report_set("move_mount", NULL) : 0;
}

int rootfs_mask(struct walk *walk, const char *path)
{
	struct stat status;
	owned_fd target = path_open_in_root(walk->rootfs, path, O_PATH, 0);
	if (target < 0)
		/* ENOENT, ENOTDIR: what is not there cannot be read. */
		return errno == ENOENT || errno == ENOTDIR ? 0 : report_set("openat2", NULL);
	if (fstat(target, &status) < 0)
		return report_set("fstat", NULL);
	return S_ISDIR(status.st_mode) ? mask_directory(walk, target) : mask_file(walk, target);
}

int rootfs_protect(struct walk *walk, const char *path)
{
	owned_fd target = path_open_in_root(walk->rootfs, path, O_PATH, 0);
	if (target < 0)
		/* ENOENT, ENOTDIR: what is not there cannot be written. */
		return errno == ENOENT || errno == ENOTDIR ? 0 : report_set("openat2", NULL);
	owned_fd copy = clone_mount(target, AT_RECURSIVE);
	if (copy < 0)
		return report_set("open_tree", NULL);
	if (set_mount(copy, MOUNT_ATTR_RDONLY, 0, AT_RECURSIVE) < 0)
		return report_set("mount_setattr", NULL);
	return attach_mount(copy, target) < 0 ? report_set("move_mount", NULL) : 0;
}

/* The descriptors of the old root end with it: a program that found one could leave the container (CVE-2024-21626). */
static int forget_host(struct walk *walk)
{
	descriptor_close(&walk->host_root);
	descriptor_close(&walk->empty_directory);
	return 0;
}

int rootfs_pivot(struct walk *walk)
{
	if (root_pivot(walk->rootfs) < 0)
		return -1;
	/* Nothing that is unmounted here may be unmounted on the host. */
	if (set_mount(walk->host_root, 0, MS_SLAVE, AT_RECURSIVE) < 0)
		return report_set("mount_setattr", "the old root");
	return root_detach(walk->host_root) < 0 ? -1 : forget_host(walk);
}

int rootfs_open_current(struct walk *walk)
{
	walk->rootfs = root_open();
	return walk->rootfs < 0 ? report_set("open", "/") : 0;
}

int rootfs_change(struct walk *walk)
{
	return root_change(walk->rootfs) < 0 ? -1 : forget_host(walk);
}

int rootfs_move(struct walk *walk)
{
	if (attach_mount(walk->rootfs, walk->host_root) < 0)
		return report_set("move_mount", "the rootfs to /");
	return rootfs_change(walk);
}
