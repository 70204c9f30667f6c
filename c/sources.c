/*
 * Sources of bind mounts: taken by the helper in the mount namespace of the host, where their paths mean what config.json says, and handed to
 * init as detached trees. No path of a container is known here.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

int mounts_open_tree(struct walk *walk, unsigned slot, const char *source, uint64_t flags)
{
	owned_fd fd = (int)syscall(SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | (unsigned)flags);
	if (fd < 0)
		return report_set("open_tree", NULL);
	descriptor_close(&walk->slots[slot]);
	walk->slots[slot] = descriptor_take(&fd);
	return 0;
}

int mounts_id_map(struct walk *walk, unsigned slot, uint64_t flags)
{
	/* Whoever could not take it has no right to map its ids either. */
	if (walk->slots[slot] < 0) {
		errno = EPERM;
		return report_set("open_tree", NULL);
	}
	struct mount_attr attributes = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)walk->id_map };
	if (syscall(SYS_mount_setattr, walk->slots[slot], "", AT_EMPTY_PATH | (unsigned)flags, &attributes, sizeof(attributes)) < 0)
		return report_set("mount_setattr", NULL);
	return 0;
}
