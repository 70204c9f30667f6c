/*
 * What is done where the kernel refuses a mount to a user namespace, and the plan says what is right then: another mount takes its place,
 * it is taken later, or what the source has already stays as it is. Nothing here takes a path of a container.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/mount.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "poison.h"

int mounts_try_open_tree(struct walk *walk, unsigned slot, const char *source, uint64_t flags)
{
	struct report before = current_report;
	if (mounts_open_tree(walk, slot, source, flags) == 0)
		return 0;
	/* EPERM: this mount namespace is of a user namespace above. EACCES: a directory on the way is, so init is no better off; it says so. */
	if (current_report.error != EPERM && current_report.error != EACCES)
		return -1;
	current_report = before;
	return 0;
}

int mounts_new_or_spare(struct walk *walk, const struct new_mount *wanted, unsigned spare)
{
	struct report before = current_report;
	unsigned slot = wanted->slot;
	if (mounts_new(walk, slot, wanted->fstype, wanted->source, wanted->options, wanted->attributes) == 0)
		return 0;
	/* EPERM: not of a namespace that is ours, or it would show what is covered elsewhere (mount_namespaces(7)); EBUSY of old kernels. */
	if (current_report.error != EPERM && current_report.error != EBUSY)
		return -1;
	current_report = before;
	descriptor_close(&walk->slots[slot]);
	walk->slots[slot] = descriptor_take(&walk->slots[spare]);
	return 0;
}

static int change(int tree, uint64_t set, uint64_t clear)
{
	struct mount_attr attributes = { .attr_set = set, .attr_clr = clear };
	/* mount_setattr(2): an access-time mode can only be set while the old one is cleared. */
	if (set & MOUNT_ATTR__ATIME)
		attributes.attr_clr |= MOUNT_ATTR__ATIME;
	return (int)syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &attributes, sizeof(attributes));
}

/* statfs(2) */
#define ST_RDONLY 1
#define ST_NOSUID 2
#define ST_NODEV 4
#define ST_NOEXEC 8
#define ST_NOATIME 1024
#define ST_NODIRATIME 2048
#define ST_RELATIME 4096

static const struct {
	uint64_t attribute;
	long flag;
	const char *name;
} lockable[] = {
	{ MOUNT_ATTR_RDONLY, ST_RDONLY, "ro" },
	{ MOUNT_ATTR_NOSUID, ST_NOSUID, "nosuid" },
	{ MOUNT_ATTR_NODEV, ST_NODEV, "nodev" },
	{ MOUNT_ATTR_NOEXEC, ST_NOEXEC, "noexec" },
	{ MOUNT_ATTR_NODIRATIME, ST_NODIRATIME, "nodiratime" },
};

#define COUNT (sizeof(lockable) / sizeof(*lockable))

static const char *access_time_of(long flags)
{
	return flags & ST_NOATIME ? "noatime" : flags & ST_RELATIME ? "relatime" : "strictatime";
}

int mounts_report_locked(int tree, uint64_t set, uint64_t clear)
{
	struct statfs found;
	/* Only where flags of the source are locked, as it came from a more privileged mount namespace (mount_namespaces(7)). */
	if (errno != EPERM || fstatfs(tree, &found) < 0)
		return report_set("mount_setattr", NULL);
	long have = (long)found.f_flags;
	for (size_t i = 0; i < COUNT; i++)
		if (clear & lockable[i].attribute && have & lockable[i].flag)
			return report_refuse("locked flag", "%s", lockable[i].name);
	if ((set | clear) & (MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME))
		return report_refuse("locked flag", "%s", access_time_of(have));
	errno = EPERM;
	return report_set("mount_setattr", NULL);
}

int mounts_replace_attributes(struct walk *walk, unsigned slot, uint64_t set, uint64_t clear, uint64_t implied)
{
	int tree = walk->slots[slot];
	if (change(tree, set, clear | implied) == 0)
		return 0;
	if (errno != EPERM || change(tree, set, clear) < 0)
		return mounts_report_locked(tree, set, clear);
	/* Nobody asked for the absence of the others by name: each goes that can, and a locked one stays. */
	for (size_t i = 0; i < COUNT; i++)
		if (implied & lockable[i].attribute && change(tree, 0, lockable[i].attribute) < 0 && errno != EPERM)
			return report_set("mount_setattr", NULL);
	return change(tree, 0, implied & MOUNT_ATTR_NOSYMFOLLOW) < 0 ? report_set("mount_setattr", NULL) : 0;
}
