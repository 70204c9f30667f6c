/*
 * A cgroup below the container's own, for its program to divide as it likes. The limits stay with the container's own, which is above it and
 * without processes, so controllers can be handed on.
 */
#define _GNU_SOURCE
#include "cgroup.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "poison.h"

int cgroup_enter_below(struct walk *walk, const char *root, const char *path, char **controllers)
{
	char pid[16];
	owned_fd cgroup = cgroup_make(root, path);
	if (cgroup < 0)
		return -1;
	snprintf(pid, sizeof(pid), "%d", (int)walk->init);
	if (cgroup_write(cgroup, "cgroup.procs", pid, DENIAL_ERROR) < 0)
		return -1;
	walk->sub_cgroup = descriptor_take(&cgroup);
	return cgroup_enable_controllers(root, path, walk->sub_cgroup, controllers, DENIAL_IGNORE);
}
