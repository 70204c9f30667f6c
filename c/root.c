/*
 * The only names that the container's side looks up from its root or its current directory: "/" and "/proc", which have no component that
 * anybody could exchange, and ".", which fchdir(2) has just set by a descriptor. Nothing here takes a name from its caller.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

int root_open(void)
{
	return open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int root_open_procfs(void)
{
	return open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int go_to(int directory)
{
	return fchdir(directory) < 0 ? report_set("fchdir", NULL) : 0;
}

static int go_to_root(void)
{
	return chdir("/") < 0 ? report_set("chdir", "/") : 0;
}

int root_pivot(int to)
{
	if (go_to(to) < 0)
		return -1;
	/* pivot_root(2): "." twice stacks the old root on the new one, so no directory has to be made for it. */
	return syscall(SYS_pivot_root, ".", ".") < 0 ? report_set("pivot_root", NULL) : 0;
}

int root_detach(int old)
{
	if (go_to(old) < 0)
		return -1;
	return umount2(".", MNT_DETACH) < 0 ? report_set("umount2", "the old root") : go_to_root();
}

int root_change(int to)
{
	if (go_to(to) < 0)
		return -1;
	return chroot(".") < 0 ? report_set("chroot", NULL) : go_to_root();
}
