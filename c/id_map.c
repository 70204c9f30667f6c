/*
 * User namespaces that mounts are id-mapped by: that of init, or one that is made for its maps alone. Such a namespace lives as long as a
 * descriptor or a mount has it, so the process that it is born with is ended as soon as the maps are written.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "poison.h"

static int open_user_namespace(struct walk *walk, pid_t pid)
{
	char path[64];
	snprintf(path, sizeof(path), "%d/ns/user", (int)pid);
	owned_fd fd = openat(procfs_root(), path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return report_set("open", "ns/user");
	descriptor_close(&walk->id_map);
	walk->id_map = descriptor_take(&fd);
	return 0;
}

int id_map_open_init_namespace(struct walk *walk)
{
	return open_user_namespace(walk, walk->init);
}

/* Does nothing but be there; a helper that is killed takes it along. */
_Noreturn static void hold_namespace(pid_t helper)
{
	/* prctl(2): the signal comes for a parent that ends after the call, so one that has ended before is looked for. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
		while (getppid() == helper)
			pause();
	_exit(1);
}

static int write_map(pid_t pid, const char *file, const char *map)
{
	char path[64];
	snprintf(path, sizeof(path), "%d/%s", (int)pid, file);
	return procfs_write(path, map, strlen(map)) < 0 ? report_set("write", "%s", file) : 0;
}

/* One that cannot be killed is not waited for: what fails ends the helper, and so the holder. */
static int end_holder(pid_t pid, int pidfd)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) < 0)
		return report_set("pidfd_send_signal", NULL);
	while (waitpid(pid, NULL, 0) < 0)
		if (errno != EINTR)
			return report_set("wait4", NULL);
	return 0;
}

static int make_from_holder(struct walk *walk, pid_t holder, const char *uid_map, const char *gid_map)
{
	if (write_map(holder, "uid_map", uid_map) < 0 || write_map(holder, "gid_map", gid_map) < 0)
		return -1;
	return open_user_namespace(walk, holder);
}

int id_map_make_namespace(struct walk *walk, const char *uid_map, const char *gid_map)
{
	int opened = -1;
	pid_t helper = getpid();
	if (procfs_root() < 0)
		return -1;
	pid_t holder = process_clone(CLONE_NEWUSER, -1, &opened);
	if (holder < 0)
		return report_set("clone3", NULL);
	if (holder == 0)
		hold_namespace(helper);
	owned_fd pidfd = opened;
	if (make_from_holder(walk, holder, uid_map, gid_map) == 0)
		return end_holder(holder, pidfd);
	/* This failure is the one that is told. */
	struct report first = current_report;
	end_holder(holder, pidfd);
	current_report = first;
	return -1;
}
