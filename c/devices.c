/*
 * Device nodes inside the rootfs: made by name below a verified parent, then checked and owned by descriptor
 * (CVE-2026-41579, CVE-2026-47766: a /dev that is a link must not lead the nodes to the host).
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/limits.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "poison.h"

static mode_t file_type(char kind)
{
	switch (kind) {
	case 'b': return S_IFBLK;
	case 'p': return S_IFIFO;
	default: return S_IFCHR;
	}
}

static bool is_the_device(const struct stat *status, const struct device *device)
{
	if ((status->st_mode & S_IFMT) != file_type(device->kind))
		return false;
	return device->kind == 'p' ||
	       (major(status->st_rdev) == device->major_number && minor(status->st_rdev) == device->minor_number);
}

/* Makes the node, with the umask at 0, and opens it without acting on the device; -1 with errno. */
static int make_node(int parent, const char *name, const struct device *device)
{
	dev_t number = makedev(device->major_number, device->minor_number);
	if (mknodat(parent, name, file_type(device->kind) | (device->mode & 07777), number) < 0 && errno != EEXIST)
		return -1;
	return openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
}

/* A node of the image with another mode is made anew: a mode cannot be set through O_PATH before fchmodat2 (6.6), and by name it would race. */
static int replace_node(int parent, const char *name, const struct device *device, int *node, struct stat *status)
{
	if (unlinkat(parent, name, 0) < 0)
		/* EBUSY: something is mounted on it, which config.json asked for: it stays. */
		return errno == EBUSY ? 0 : report_set("unlinkat", NULL);
	descriptor_close(node);
	*node = make_node(parent, name, device);
	return *node < 0 || fstat(*node, status) < 0 ? report_set("mknodat", NULL) : 0;
}

int device_make(int root, const struct device *device)
{
	char name[NAME_MAX + 1];
	struct stat status;
	owned_fd parent = path_open_parent(root, device->path, name);
	if (parent < 0)
		return report_set("openat2", "the directory of the device");
	owned_fd node = make_node(parent, name, device);
	if (node < 0 || fstat(node, &status) < 0)
		return report_set("mknodat", NULL);
	if (is_the_device(&status, device) && (status.st_mode & 07777) != (device->mode & 07777) &&
	    replace_node(parent, name, device, &node, &status) < 0)
		return -1;
	if (!is_the_device(&status, device))
		return report_refuse("not the device", "found %o %u:%u", (unsigned)(status.st_mode & S_IFMT), major(status.st_rdev),
				     minor(status.st_rdev));
	if (status.st_uid == device->uid && status.st_gid == device->gid)
		return 0;
	return fchownat(node, "", device->uid, device->gid, AT_EMPTY_PATH) < 0 ? report_set("fchownat", NULL) : 0;
}
