/*
 * The birth of a process beside a container's init, in that container. Whoever is in there already may be hostile and may trace what it
 * sees (CAP_SYS_PTRACE), so nothing of the host's is to be had from the new process: it appears in init's pid namespace only when it has
 * left all others that it has to leave. It must never be confused with init: nothing here is recorded in the state directory.
 */
#define _GNU_SOURCE
#include "cgroup.h"
#include "record.h"
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poison.h"

static int open_cgroup_of_init(struct walk *walk)
{
	char path[32], text[8192];
	bool absent;
	int directory = procfs_root();
	if (directory < 0)
		return -1;
	snprintf(path, sizeof(path), "%d/cgroup", (int)walk->target);
	if (cgroup_read_file(directory, path, text, sizeof(text)) <= 0)
		return report_refuse("stopped", NULL);
	const char *own = cgroup_path_of_process(text);
	if (!own)
		return report_refuse("no cgroup", NULL);
	descriptor_close(&walk->cgroup);
	walk->cgroup = cgroup_find(walk->init_cgroup_root, own, &absent);
	return walk->cgroup < 0 && absent ? report_refuse("stopped", NULL) : walk->cgroup < 0 ? -1 : 0;
}

int exec_find_cgroup(struct walk *walk, const char *root, const char *path, enum denial denial)
{
	bool absent;
	if (denial == DENIAL_IGNORE)
		walk->init_cgroup_root = root;
	walk->cgroup = cgroup_find(root, path, &absent);
	if (walk->cgroup >= 0)
		return 0;
	if (absent && denial == DENIAL_IGNORE)
		return open_cgroup_of_init(walk);
	return absent ? report_set("openat2", NULL) : -1;
}

int exec_open_init_root(struct walk *walk)
{
	char path[32];
	int directory = procfs_root();
	if (directory < 0)
		return -1;
	snprintf(path, sizeof(path), "%d/root", (int)walk->target);
	walk->rootfs = openat(directory, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return walk->rootfs < 0 ? report_set("openat", "root of init") : 0;
}

/* What the kernel answers where init has ended meanwhile depends on where it is noticed: ESRCH of setns(2), ENOMEM of clone3(2). */
static int report_unless_stopped(struct walk *walk, const char *call)
{
	struct pollfd ended = { .fd = walk->target_pidfd, .events = POLLIN };
	int error = errno;
	if (poll(&ended, 1, 0) == 1)
		return report_refuse("stopped", NULL);
	errno = error;
	return report_set(call, NULL);
}

/*
 * EBUSY, EOPNOTSUPP: init has made cgroups of its own, moved into one and enabled controllers for them, so the container's own takes no
 * process any more (cgroup-v2.rst, "No Internal Process Constraint", "Threads"). ENODEV: it has been removed.
 */
static pid_t clone_into_cgroup(struct walk *walk, int *pidfd)
{
	pid_t pid = process_clone(0, walk->cgroup, pidfd);
	if (pid < 0 && walk->init_cgroup_root && (errno == EBUSY || errno == EOPNOTSUPP || errno == ENODEV)) {
		if (open_cgroup_of_init(walk) < 0)
			return -1;
		pid = process_clone(0, walk->cgroup, pidfd);
	}
	return pid < 0 ? report_unless_stopped(walk, "clone3") : pid;
}

/* One call for all of them: the kernel checks the privilege over each by what we are before any is entered (setns(2)). */
static int join(struct walk *walk, uint64_t namespaces)
{
	if (namespaces && setns(walk->target_pidfd, (int)namespaces) < 0)
		return report_unless_stopped(walk, "setns");
	return 0;
}

/* Nobody in the container may find these. */
static void leave_host_side(struct walk *walk)
{
	command_line_hide();
	record_forget_plan();
	descriptor_close(&walk->state_directory);
	descriptor_close(&walk->cgroup);
	descriptor_close(&walk->console_socket);
	descriptor_close(&walk->listener.socket);
}

/*
 * A process enters a pid namespace by being born in it, so this one joins all and then has a child, which is the helper's (CLONE_PARENT):
 * answers 1 in that child, or in this very process where the pid namespace is not joined; the rest never returns.
 */
static int enter(struct walk *walk, struct stage *stage, uint64_t namespaces)
{
	int pidfd = -1;
	pid_t pid = 0;
	leave_host_side(walk);
	if (join(walk, namespaces) < 0)
		pid = -1;
	else if (namespaces & CLONE_NEWPID && (pid = process_clone(CLONE_PARENT, -1, &pidfd)) < 0)
		report_unless_stopped(walk, "clone3");
	bool is_stage = pid != 0, is_alone = !(namespaces & CLONE_NEWPID);
	if (is_stage || is_alone)
		stage_tell(stage, pid, pidfd);
	if (is_stage)
		_exit(pid < 0);
	descriptor_close(&stage->theirs);
	descriptor_close(&walk->target_pidfd);
	/*
	 * A way to every root directory of the host. Behind a user namespace nobody can take it from here (ptrace(2), access mode checking:
	 * this memory belongs to the host's), and nobody can make another one there. Without a pid namespace to enter it was seen before.
	 */
	if (!is_alone && !(namespaces & CLONE_NEWUSER))
		procfs_forget();
	return 1;
}

int exec_spawn(struct walk *walk, uint64_t namespaces)
{
	int pair[2], pidfd = -1;
	owned_stage stage = { -1, -1 };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return report_set("socketpair", NULL);
	owned_fd ours = pair[0], theirs = pair[1];
	if (stage_open(&stage) < 0)
		return -1;
	pid_t pid = clone_into_cgroup(walk, &pidfd);
	if (pid == 0) {
		walk->channel = descriptor_take(&theirs);
		descriptor_close(&ours);
		descriptor_close(&stage.ours);
		return enter(walk, &stage, namespaces);
	}
	if (pid < 0)
		return -1;
	walk->channel = descriptor_take(&ours);
	walk->init = pid;
	walk->init_pidfd = pidfd;
	return stage_await(walk, &stage);
}
