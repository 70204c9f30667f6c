/*
 * The birth of the container's init, and what the helper does to it from outside. init is born in its cgroup and is known by a
 * pidfd; its pid and start time are on disk before it may do anything.
 */
#define _GNU_SOURCE
#include "process_stat.h"
#include "sockets.h"
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static const int clone_flags[NS_COUNT] = {
	[NS_PID] = CLONE_NEWPID, [NS_NETWORK] = CLONE_NEWNET, [NS_MOUNT] = CLONE_NEWNS, [NS_IPC] = CLONE_NEWIPC,
	[NS_UTS] = CLONE_NEWUTS, [NS_USER] = CLONE_NEWUSER, [NS_CGROUP] = CLONE_NEWCGROUP, [NS_TIME] = 0x80 /* CLONE_NEWTIME, 5.6 */,
};

int process_open_namespace(struct walk *walk, enum namespace_type type, const char *path)
{
	owned_fd fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return report_set("open", NULL);
	int found = ioctl(fd, NS_GET_NSTYPE);
	if (found < 0)
		return report_refuse("not a namespace", NULL);
	if (found != clone_flags[type])
		return report_refuse("namespace of another type", NULL);
	walk->namespaces[type] = descriptor_take(&fd);
	return 0;
}

pid_t process_clone(uint64_t flags, int cgroup, int *pidfd)
{
	struct clone_args arguments = {
		.flags = flags | CLONE_PIDFD | (cgroup >= 0 ? CLONE_INTO_CGROUP : 0),
		.pidfd = (uint64_t)(uintptr_t)pidfd,
		/* clone3(2): with CLONE_PARENT the signal is the caller's own, and must be 0 here. */
		.exit_signal = flags & CLONE_PARENT ? 0 : SIGCHLD,
		.cgroup = cgroup >= 0 ? (uint64_t)cgroup : 0,
	};
	return (pid_t)syscall(SYS_clone3, &arguments, sizeof(arguments));
}

/* A joined pid namespace holds for children only, so the helper enters it for the one clone and comes back. */
static pid_t clone_in_pid_namespace(int namespace, uint64_t flags, int cgroup, int *pidfd)
{
	if (namespace < 0) {
		pid_t pid = process_clone(flags, cgroup, pidfd);
		return pid < 0 ? report_set("clone3", NULL) : pid;
	}
	owned_fd own = openat(procfs_root(), "self/ns/pid", O_RDONLY | O_CLOEXEC);
	if (own < 0)
		return report_set("open", "own pid namespace");
	if (setns(namespace, CLONE_NEWPID) < 0)
		return report_set("setns", "pid namespace");
	pid_t pid = process_clone(flags, cgroup, pidfd);
	if (pid < 0)
		report_set("clone3", NULL);
	if (pid != 0 && setns(own, CLONE_NEWPID) < 0)
		return report_set("setns", "return to own pid namespace");
	return pid;
}

/* The order: what others are entered through is entered last. */
static const enum namespace_type early[] = { NS_IPC, NS_UTS, NS_NETWORK, NS_CGROUP, NS_TIME, NS_PID, NS_MOUNT };

/*
 * Those that belong to the host are entered while this process has the right to; those that the kernel keeps from it (EPERM) belong to the
 * user namespace, and are entered behind it: pid by this process, which has a child there, the others by init. Nothing is looked up by path.
 */
static int join_of_host(struct walk *walk)
{
	for (size_t i = 0; i < sizeof(early) / sizeof(*early); i++) {
		enum namespace_type type = early[i];
		if (walk->namespaces[type] < 0)
			continue;
		if (setns(walk->namespaces[type], 0) == 0)
			descriptor_close(&walk->namespaces[type]);
		else if (errno != EPERM)
			return report_set("setns", "%s namespace", name_of(TABLE_NAMESPACE, type));
	}
	return 0;
}

/* A joined user namespace gives the right to its own, and a new one takes that to the host's away. */
static int join_before_birth(struct walk *walk)
{
	if (join_of_host(walk) < 0)
		return -1;
	if (walk->namespaces[NS_USER] >= 0 && setns(walk->namespaces[NS_USER], CLONE_NEWUSER) < 0)
		return report_set("setns", "user namespace");
	if (walk->namespaces[NS_PID] >= 0 && setns(walk->namespaces[NS_PID], CLONE_NEWPID) < 0)
		return report_set("setns", "pid namespace");
	return 0;
}

/*
 * Namespaces made after joining a user namespace belong to it, so a stage of its own joins, and clones init as the helper's
 * child (CLONE_PARENT): answers 1 in init; the stage itself never returns.
 */
static int run_joining_stage(struct walk *walk, struct stage *stage, uint64_t namespaces)
{
	int pidfd = -1;
	pid_t pid = -1;
	if (join_before_birth(walk) == 0) {
		pid = process_clone(namespaces | CLONE_PARENT, -1, &pidfd);
		if (pid < 0)
			report_set("clone3", NULL);
	}
	if (pid != 0) {
		stage_tell(stage, pid, pidfd);
		_exit(pid < 0);
	}
	descriptor_close(&stage->theirs);
	return 1;
}

/* "pid start-time\n" in init.creating; publish-init renames it to init. */
static int record_init(struct walk *walk)
{
	char text[64];
	uint64_t start = procfs_start_time(walk->init);
	/* An init that cannot be told from a later process of its pid would count as stopped. It is there: nobody has waited for it. */
	if (start == 0)
		return report_set("read", "start time of init");
	int length = snprintf(text, sizeof(text), "%d %llu\n", (int)walk->init, (unsigned long long)start);
	owned_fd fd = openat(walk->state_directory, "init.creating", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return report_set("open", "init.creating");
	return write_all(fd, text, (size_t)length) < 0 ? report_set("write", "init.creating") : 0;
}

static bool needs_joining_stage(const struct walk *walk, uint64_t namespaces)
{
	bool joins = false;
	for (unsigned type = 0; type < NS_COUNT; type++)
		joins = joins || (type != NS_PID && walk->namespaces[type] >= 0);
	return walk->namespaces[NS_USER] >= 0 || (joins && namespaces & CLONE_NEWUSER);
}

static int become_init(struct walk *walk, struct stage *stage, uint64_t namespaces)
{
	command_line_hide();
	descriptor_close(&stage->ours);
	return stage->theirs >= 0 ? run_joining_stage(walk, stage, namespaces) : 1;
}

int process_spawn_init(struct walk *walk, uint64_t namespaces)
{
	int pair[2], pidfd = -1;
	owned_stage stage = { -1, -1 };
	bool staged = needs_joining_stage(walk, namespaces);
	if (procfs_root() < 0)
		return -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return report_set("socketpair", NULL);
	owned_fd ours = pair[0], theirs = pair[1];
	if (staged && stage_open(&stage) < 0)
		return -1;
	pid_t pid = clone_in_pid_namespace(staged ? -1 : walk->namespaces[NS_PID], staged ? 0 : namespaces, walk->cgroup, &pidfd);
	if (pid == 0) {
		walk->channel = descriptor_take(&theirs);
		descriptor_close(&ours);
		return become_init(walk, &stage, namespaces);
	}
	if (pid < 0)
		return -1;
	walk->channel = descriptor_take(&ours);
	walk->init = pid;
	walk->init_pidfd = pidfd;
	return staged && stage_await(walk, &stage) < 0 ? -1 : record_init(walk);
}

int process_write_map(struct walk *walk, const char *file, const char *map)
{
	char path[64];
	snprintf(path, sizeof(path), "%d/%s", (int)walk->init, file);
	return procfs_write(path, map, strlen(map)) < 0 ? report_set("write", "%s", file) : 0;
}

int process_set_oom_score_adj(struct walk *walk, const char *value)
{
	char path[64];
	snprintf(path, sizeof(path), "%d/oom_score_adj", (int)walk->init);
	return procfs_write(path, value, strlen(value)) < 0 ? report_set("write", "oom_score_adj") : 0;
}

int process_set_rlimit(struct walk *walk, unsigned resource, uint64_t soft, uint64_t hard)
{
	struct rlimit limit = { .rlim_cur = soft, .rlim_max = hard };
	return prlimit(walk->init, (__rlimit_resource_t)resource, &limit, NULL) < 0 ? report_set("prlimit", NULL) : 0;
}

int process_write_pid_file(struct walk *walk, const char *path)
{
	char directory_path[4096], temporary[300], text[16];
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	snprintf(directory_path, sizeof(directory_path), "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	owned_fd directory = open(directory_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return report_set("open", "%s", directory_path);
	snprintf(temporary, sizeof(temporary), ".%.250s.%d", name, (int)getpid());
	owned_fd fd = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (fd < 0)
		return report_set("open", "%s", temporary);
	int length = snprintf(text, sizeof(text), "%d", (int)walk->init);
	if (write_all(fd, text, (size_t)length) == 0 && renameat(directory, temporary, directory, name) == 0)
		return 0;
	report_set("write", NULL);
	unlinkat(directory, temporary, 0);
	return -1;
}

int process_send_pidfd(struct walk *walk, const char *path, const char *kind)
{
	owned_fd socket = socket_connect(SOCK_STREAM, path);
	if (socket < 0)
		return report_set("connect", NULL);
	return socket_send(socket, kind, strlen(kind), walk->init_pidfd) < 0 ? report_set("sendmsg", NULL) : 0;
}

int process_publish_init(struct walk *walk)
{
	if (renameat(walk->state_directory, "init.creating", walk->state_directory, "init") < 0)
		return report_set("rename", "init");
	return 0;
}

/* "pid start-time" of a file of the state directory: 1; 0 when it is not there, or says something else; -1 with errno when that cannot be told. */
static int read_identity(struct walk *walk, const char *name, pid_t *pid, uint64_t *start)
{
	char text[64] = "";
	owned_fd fd = openat(walk->state_directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return errno == EMFILE || errno == ENFILE || errno == ENOMEM ? -1 : 0;
	return read(fd, text, sizeof(text) - 1) > 0 && process_identity_parse(text, pid, start);
}

bool process_is_creator(struct walk *walk, pid_t pid, uint64_t start)
{
	pid_t found;
	uint64_t found_start;
	if (read_identity(walk, "creator", &found, &found_start) == 1)
		return found == pid && found_start == start;
	/* Every claim has the file: without it a removal had begun, and was killed. */
	return faccessat(walk->state_directory, "creator", F_OK, 0) < 0 && errno == ENOENT;
}

/*
 * A process as a pidfd; -1 after report when it is not alive, or when that cannot be told: no descriptor left, or a kernel without the
 * call, must not make a living container count as stopped, whose state would then be removed.
 */
static int open_process(pid_t pid, uint64_t start)
{
	owned_fd pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	/* EINVAL, ENOENT: the pid is a thread's by now (pidfd_open(2)), or none at all. */
	if (pidfd < 0 && errno != ESRCH && errno != EINVAL && errno != ENOENT)
		return report_set("pidfd_open", "%d", (int)pid);
	if (pidfd < 0)
		return report_refuse("stopped", NULL);
	if (procfs_root() < 0)
		return -1;
	/* After the pidfd is held the pid cannot be reused: a start time that matches now is that process's. */
	uint64_t found = procfs_start_time(pid);
	if (found == 0 && errno != ESRCH)
		return report_set("read", "start time of %d", (int)pid);
	return found == start ? descriptor_take(&pidfd) : report_refuse("stopped", NULL);
}

int process_find_init(struct walk *walk)
{
	pid_t pid;
	uint64_t start;
	int known = read_identity(walk, "init", &pid, &start);
	if (known == 0)
		known = read_identity(walk, "init.creating", &pid, &start);
	if (known <= 0)
		return known < 0 ? report_set("openat", "init") : report_refuse("stopped", NULL);
	walk->init_pidfd = open_process(pid, start);
	if (walk->init_pidfd < 0)
		return -1;
	walk->init = pid;
	return 0;
}

bool process_init_lives(struct walk *walk)
{
	struct pollfd ended = { .events = POLLIN };
	if (faccessat(walk->state_directory, "init", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return errno != ENOENT;
	/* What cannot be told is no proof of its end. */
	if (process_find_init(walk) < 0)
		return current_report.error != 0;
	/* One that nobody has reaped yet has its pid still. */
	ended.fd = walk->init_pidfd;
	return poll(&ended, 1, 0) != 1;
}

int process_find_target(struct walk *walk, pid_t pid, uint64_t start)
{
	walk->target = pid;
	walk->target_pidfd = open_process(pid, start);
	return walk->target_pidfd < 0 ? -1 : 0;
}

int process_end_lost(struct walk *walk, pid_t pid, uint64_t start)
{
	walk->init = pid;
	descriptor_close(&walk->init_pidfd);
	walk->init_pidfd = open_process(pid, start);
	/* It has ended by itself. */
	return walk->init_pidfd < 0 ? 0 : process_end_init(walk);
}

int process_signal_init(struct walk *walk, int number)
{
	if (syscall(SYS_pidfd_send_signal, walk->init_pidfd, number, NULL, 0) == 0)
		return 0;
	return errno == ESRCH ? report_refuse("stopped", NULL) : report_set("pidfd_send_signal", NULL);
}

#define END_DEADLINE 9000 /* milliseconds: with all else a delete answers within the ten seconds that runc waits for a killed init */

int process_end_init(struct walk *walk)
{
	struct pollfd ended = { .fd = walk->init_pidfd, .events = POLLIN };
	if (process_signal_init(walk, SIGKILL) < 0)
		/* It ended by itself meanwhile. */
		return current_report.error == 0 ? 0 : -1;
	int ready;
	do
		ready = poll(&ended, 1, END_DEADLINE);
	while (ready < 0 && errno == EINTR);
	return ready == 1 ? 0 : report_refuse("still running", "init, process %d, does not end", (int)walk->init);
}
