/*
 * Signals every process of a cgroup and of those below it, by pidfd: a pid that is read from cgroup.procs may be another process's by the
 * time it is used, so it counts only if the process is still in the cgroup once the pidfd is held. Whoever was forked meanwhile is found by
 * looking again, until nobody new is there. The freezer would do it in one look, but a command that is killed before it thaws leaves a
 * paused container behind.
 */
#define _GNU_SOURCE
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poison.h"

#define MAX_DEPTH 64
#define MAX_LOOKS 50 /* what forks faster than this is for SIGKILL, which needs no look */

struct signalling {
	int number;
	pid_t *done;
	size_t count, room;
	bool found; /* somebody new, in this look */
};

static bool is_done(const struct signalling *signalling, pid_t pid)
{
	for (size_t i = 0; i < signalling->count; i++)
		if (signalling->done[i] == pid)
			return true;
	return false;
}

static int note_done(struct signalling *signalling, pid_t pid)
{
	if (signalling->count == signalling->room) {
		size_t room = signalling->room ? signalling->room * 2 : 64;
		pid_t *done = reallocarray(signalling->done, room, sizeof(*done));
		if (!done)
			return report_set("malloc", NULL);
		signalling->done = done;
		signalling->room = room;
	}
	signalling->done[signalling->count++] = pid;
	signalling->found = true;
	return 0;
}

/* The processes of a cgroup, NULL with errno. */
static FILE *open_processes(int cgroup)
{
	int fd = openat(cgroup, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	FILE *processes = fd < 0 ? NULL : fdopen(fd, "r");
	if (!processes && fd >= 0)
		descriptor_close(&fd);
	return processes;
}

/* Removed meanwhile, so it was empty; ENODEV is what a file says that was opened before. */
static bool is_removed(void)
{
	return errno == ENOENT || errno == ENODEV;
}

/* 1 or 0; -1 after report. */
static int is_listed(int cgroup, pid_t pid)
{
	char *line = NULL;
	size_t size = 0;
	bool found = false;
	FILE *processes = open_processes(cgroup);
	if (!processes)
		return is_removed() ? 0 : report_set("open", "cgroup.procs");
	errno = 0;
	while (!found && getline(&line, &size, processes) > 0)
		found = strtol(line, NULL, 10) == pid;
	bool failed = !found && errno != 0 && !is_removed() && errno != EOPNOTSUPP;
	if (failed)
		report_set("read", "cgroup.procs");
	free(line);
	fclose(processes);
	return failed ? -1 : found;
}

static int signal_process(int cgroup, pid_t pid, struct signalling *signalling)
{
	if (is_done(signalling, pid))
		return 0;
	owned_fd pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	/* ESRCH: it ended meanwhile. */
	if (pidfd < 0)
		return errno == ESRCH ? 0 : report_set("pidfd_open", NULL);
	int listed = is_listed(cgroup, pid);
	if (listed <= 0)
		return listed;
	if (syscall(SYS_pidfd_send_signal, pidfd, signalling->number, NULL, 0) < 0 && errno != ESRCH)
		return report_set("pidfd_send_signal", NULL);
	return note_done(signalling, pid);
}

static int signal_members(int cgroup, struct signalling *signalling)
{
	char *line = NULL;
	size_t size = 0;
	FILE *processes = open_processes(cgroup);
	if (!processes)
		return is_removed() ? 0 : report_set("open", "cgroup.procs");
	int result = 0;
	for (;;) {
		errno = 0;
		if (getline(&line, &size, processes) <= 0) {
			/* EOPNOTSUPP: a threaded cgroup lists none; its processes are listed in the cgroup above that is not. */
			if (errno != 0 && !is_removed() && errno != EOPNOTSUPP)
				result = report_set("read", "cgroup.procs");
			break;
		}
		result = signal_process(cgroup, (pid_t)strtol(line, NULL, 10), signalling);
		if (result < 0)
			break;
	}
	free(line);
	fclose(processes);
	return result;
}

/* NOLINTNEXTLINE(misc-no-recursion): depth is bounded by MAX_DEPTH. */
static int signal_tree(int cgroup, struct signalling *signalling, unsigned depth)
{
	if (signal_members(cgroup, signalling) < 0)
		return -1;
	int again = openat(cgroup, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = again < 0 ? NULL : fdopendir(again);
	if (!stream) {
		int result = is_removed() ? 0 : report_set("opendir", NULL);
		descriptor_close(&again);
		return result;
	}
	int result = 0;
	while (result == 0 && depth < MAX_DEPTH) {
		errno = 0;
		struct dirent *entry = readdir(stream);
		if (!entry) {
			result = errno == 0 || is_removed() ? 0 : report_set("readdir", NULL);
			break;
		}
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		owned_fd child = openat(cgroup, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (child >= 0)
			result = signal_tree(child, signalling, depth + 1);
		else if (!is_removed())
			result = report_set("openat", "%s", entry->d_name);
	}
	closedir(stream);
	return result;
}

int cgroup_signal(const char *root, const char *path, int number)
{
	/* cgroup.kill is atomic: nothing can fork away from it. */
	if (number == SIGKILL)
		return cgroup_kill(root, path);
	bool absent;
	owned_fd cgroup = cgroup_find(root, path, &absent);
	if (cgroup < 0)
		return absent ? 0 : -1;
	struct signalling signalling = { .number = number, .found = true };
	int result = 0;
	for (unsigned look = 0; result == 0 && signalling.found && look < MAX_LOOKS; look++) {
		signalling.found = false;
		result = signal_tree(cgroup, &signalling, 0);
	}
	free(signalling.done);
	return result;
}
