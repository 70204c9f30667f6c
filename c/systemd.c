/*
 * Scopes of systemd, by way of busctl: all its arguments are in the plan. A scope needs a process to begin with, and init is to be born in
 * the scope, with its limits, so a placeholder holds the scope until then. It dies with the helper, and an empty scope goes by itself: a
 * helper that is killed leaves none.
 */
#define _GNU_SOURCE
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "poison.h"

#define CALL_TIMEOUT 30000 /* milliseconds: what runc gives systemd as well */
#define ATTEMPTS 4

static pid_t fork_placeholder(void)
{
	pid_t parent = getpid(), pid = fork();
	if (pid != 0)
		return pid < 0 ? report_set("fork", NULL) : pid;
	prctl(PR_SET_NAME, "tsrun:scope");
	signals_reset();
	/* The parent may have died before the signal was asked for. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || getppid() != parent)
		_exit(1);
	for (;;)
		pause();
}

void systemd_end_placeholder(struct walk *walk)
{
	if (walk->placeholder <= 0)
		return;
	kill(walk->placeholder, SIGKILL);
	while (waitpid(walk->placeholder, NULL, 0) < 0 && errno == EINTR)
		;
	walk->placeholder = 0;
}

/* busctl is run as a hook is: its output is the reason of a failure, and it cannot hang for good. */
int systemd_call(struct walk *walk, char **env, char **call)
{
	struct hook program = { .path = call[0], .args = call, .env = env, .timeout = CALL_TIMEOUT, .state = "", .tail = "",
				.bound = true };
	return call[0] ? hook_run(&program, 0, walk->caller.umask) : report_refuse("bad call", NULL);
}

static size_t count_items(char **items)
{
	size_t count = 0;
	while (items[count])
		count++;
	return count;
}

/* head + pid + tail */
static int call_with(struct walk *walk, const struct scope_start *scope, pid_t process)
{
	char pid[16];
	size_t before = count_items(scope->head), after = count_items(scope->tail);
	char **call = calloc(before + after + 2, sizeof(*call));
	if (!call)
		return report_set("calloc", NULL);
	snprintf(pid, sizeof(pid), "%d", (int)process);
	memcpy(call, scope->head, before * sizeof(*call));
	call[before] = pid;
	memcpy(call + before + 1, scope->tail, after * sizeof(*call));
	int result = systemd_call(walk, scope->env, call);
	free(call);
	return result;
}

/* A scope of the same name that has failed, or has not gone yet, is in the way: it is cleared, and given a moment. */
static int start(struct walk *walk, const struct scope_start *scope)
{
	for (unsigned attempt = 1;; attempt++) {
		struct timespec pause_time = { .tv_nsec = (long)attempt * 25000000 };
		if (call_with(walk, scope, walk->placeholder) == 0)
			return 0;
		if (attempt == ATTEMPTS)
			return -1;
		struct report why = current_report;
		/* Where nothing failed there is nothing to reset, and systemd says so; the next attempt tells. */
		systemd_call(walk, scope->env, scope->reset);
		current_report = why;
		nanosleep(&pause_time, NULL);
	}
}

static bool holds(int cgroup, pid_t pid)
{
	char line[32];
	bool found = false;
	int fd = openat(cgroup, "cgroup.procs", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	FILE *processes = fd < 0 ? NULL : fdopen(fd, "r");
	if (!processes) {
		descriptor_close(&fd);
		return false;
	}
	while (!found && fgets(line, sizeof(line), processes))
		found = (pid_t)strtol(line, NULL, 10) == pid;
	fclose(processes);
	return found;
}

/* The answer to the call only says that a job is queued; that it is done shows in the cgroup. */
static int await_scope(struct walk *walk, const struct scope_start *scope, pid_t pid)
{
	static const struct timespec pause_time = { .tv_nsec = 1000000 };
	uint64_t deadline = cgroup_now() + CALL_TIMEOUT;
	do {
		bool absent;
		owned_fd cgroup = cgroup_find(scope->root, scope->path, &absent);
		if (cgroup < 0 && !absent)
			return -1;
		if (cgroup >= 0 && holds(cgroup, pid)) {
			walk->cgroup = descriptor_take(&cgroup);
			return 0;
		}
		nanosleep(&pause_time, NULL);
	} while (cgroup_now() < deadline);
	return report_refuse("scope did not start", "systemd moved no process into it within %d s", CALL_TIMEOUT / 1000);
}

int systemd_start_scope(struct walk *walk, const struct scope_start *scope)
{
	pid_t pid = fork_placeholder();
	if (pid < 0)
		return -1;
	walk->placeholder = pid;
	return start(walk, scope) < 0 ? -1 : await_scope(walk, scope, pid);
}

int systemd_attach_init(struct walk *walk, const struct scope_start *scope)
{
	if (call_with(walk, scope, walk->init) < 0 || await_scope(walk, scope, walk->init) < 0)
		return -1;
	systemd_end_placeholder(walk);
	return 0;
}
