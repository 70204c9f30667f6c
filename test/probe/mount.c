/* Mounts of the host that mount(8) of util-linux 2.38 cannot make. */
#define _GNU_SOURCE
#include "probe.h"
#include <fcntl.h>
#include <linux/mount.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The user namespace of a child, which this process writes the same map to twice. */
static int open_namespace(const char *map)
{
	static const char *const files[] = { "uid_map", "gid_map" };
	char path[64];
	pid_t child = (pid_t)syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
	if (child == 0)
		for (;;)
			pause();
	int namespace = -1;
	for (int i = 0; child > 0 && i < 2; i++) {
		snprintf(path, sizeof(path), "/proc/%d/%s", (int)child, files[i]);
		int file = open(path, O_WRONLY | O_CLOEXEC);
		if (file < 0 || write(file, map, strlen(map)) < 0)
			failed(path);
		close(file);
	}
	if (child > 0) {
		snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)child);
		namespace = open(path, O_RDONLY | O_CLOEXEC);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
	}
	return namespace;
}

/* SOURCE on TARGET, its ids mapped by a map of uids and gids such as "0 100000 10". */
int mount_mapped(char **args)
{
	int namespace = open_namespace(args[2]);
	if (namespace < 0)
		return failed("user namespace");
	int tree = (int)syscall(SYS_open_tree, AT_FDCWD, args[0], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	struct mount_attr mapped = { .attr_set = MOUNT_ATTR_IDMAP, .userns_fd = (uint64_t)namespace };
	if (tree < 0 || syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH, &mapped, sizeof(mapped)) < 0)
		return failed(args[0]);
	if (syscall(SYS_move_mount, tree, "", AT_FDCWD, args[1], MOVE_MOUNT_F_EMPTY_PATH) < 0)
		return failed(args[1]);
	return 0;
}
