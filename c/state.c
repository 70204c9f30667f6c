/*
 * The state directory of a container: who may remove it, and how. What is in it is written where it comes about.
 */
#define _GNU_SOURCE
#include "cgroup.h"
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK_PATIENCE 8000 /* milliseconds: with all else a delete answers within ten seconds */

/* Whoever holds the lock has mostly said who it is: state_note_removal(). */
static int refuse_busy(struct walk *walk)
{
	char text[64] = "";
	owned_fd fd = openat(walk->state_directory, REMOVAL_MARK, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	long pid = fd >= 0 && read(fd, text, sizeof(text) - 1) > 0 ? strtol(text, NULL, 10) : 0;
	if (pid > 0)
		return report_refuse("busy", "process %ld is deleting it, and does not end", pid);
	return report_refuse("busy", "another process is deleting it, and does not end");
}

int state_lock(struct walk *walk)
{
	static const struct timespec pause = { .tv_nsec = 5000000 };
	uint64_t deadline = cgroup_now() + LOCK_PATIENCE;
	while (flock(walk->state_directory, LOCK_EX | LOCK_NB) < 0) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return report_set("flock", NULL);
		if (cgroup_now() >= deadline)
			return refuse_busy(walk);
		nanosleep(&pause, NULL);
	}
	return 0;
}

bool state_is_gone(const struct walk *walk)
{
	struct stat status;
	return fstat(walk->state_directory, &status) == 0 && status.st_nlink == 0;
}

/* Without it nothing is lost but that others can tell, so no delete fails because of it. */
void state_note_removal(struct walk *walk)
{
	char text[64];
	owned_fd fd = openat(walk->state_directory, REMOVAL_MARK, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return;
	int length = snprintf(text, sizeof(text), "%d %llu\n", (int)getpid(), (unsigned long long)procfs_start_time(getpid()));
	(void)write_all(fd, text, (size_t)length);
}

static int remove_files(struct walk *walk)
{
	static const char *const files[] = {
		"exec.fifo", "notify/notify.sock", "notify", "init", "init.creating", "plan.new", "plan", "update", "update.new", "resources.next.new", "resources.next",
		"resources", "update.lock", "failure", "exit", "summary", "exec", "exec.0", "exec.1", "exec.2", "exec.3",
		"exec.0.new", "exec.1.new", "exec.2.new", "exec.3.new", CGROUP_OWNED, RESCTRL_CLASS_MARK, RESCTRL_MONITORING_MARK,
		"creator", "state.json", REMOVAL_MARK,
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (unlinkat(walk->state_directory, files[i], 0) == 0 || errno == ENOENT)
			continue;
		/* Only update.lock and notify are directories of ours, but whatever bears the name is in the way. */
		if (errno != EISDIR || unlinkat(walk->state_directory, files[i], AT_REMOVEDIR) < 0)
			return report_set("unlinkat", "%s", files[i]);
	}
	/*
	 * state.json goes last of what tells of the container: what is left by a kill in between still says which cgroup and hooks there are. Only
	 * the mark goes after it: whoever finds a state and no mark knows that nobody has begun to remove it.
	 */
	return 0;
}

int state_remove(struct walk *walk)
{
	/* Another delete may write the plan again that it misses, but not for long: it finds the directory gone, or the lock taken. */
	for (int attempt = 0; attempt < 5; attempt++) {
		if (remove_files(walk) < 0)
			return -1;
		if (rmdir(walk->state_path) == 0 || errno == ENOENT)
			return 0;
		/* A create takes the place of an empty directory: then the path is that container's. */
		if (errno == ENOTEMPTY && state_is_gone(walk))
			return 0;
		if (errno != ENOTEMPTY)
			break;
	}
	return report_set("rmdir", "%s", walk->state_path);
}
