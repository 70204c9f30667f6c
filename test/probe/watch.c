/* Commands that go on and say what they meet, for tests that change something from outside. */
#define _GNU_SOURCE
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say_terminated(int number)
{
	(void)number;
	if (write(STDOUT_FILENO, "terminated\n", 11) < 0)
		_exit(1);
	_exit(0);
}

/* family N: so many children, each in a session of its own, that say "terminated" at SIGTERM; it ignores that itself. */
int family(char **args)
{
	signal(SIGTERM, say_terminated);
	for (int i = atoi(args[0]); i > 0; i--) {
		pid_t pid = fork();
		if (pid < 0)
			return failed("fork");
		if (pid == 0) {
			setsid();
			sleep_for("3600");
			_exit(0);
		}
	}
	signal(SIGTERM, SIG_IGN);
	signal(SIGCHLD, SIG_IGN);
	say("ready");
	sleep_for("3600");
	return 0;
}

/* child-in DIRECTORY: makes that cgroup, with a child in it. */
int child_in(char **args)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/cgroup.procs", args[0]);
	pid_t pid = fork();
	if (pid < 0)
		return failed("fork");
	if (pid == 0) {
		sleep_for("3600");
		_exit(0);
	}
	char *directory[] = { args[0], NULL };
	if (make_directory(directory) != 0)
		return 1;
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || dprintf(fd, "%d", pid) < 0)
		return failed(path);
	close(fd);
	say("ready");
	sleep_for("3600");
	return 0;
}

/* watch-open PATH: opens it again and again, and says "open" or the error whenever that is another one than before. */
int watch_open(char **args)
{
	const char *before = "";
	for (;;) {
		int fd = open(args[0], O_RDONLY | O_CLOEXEC);
		const char *met = fd < 0 ? strerrorname_np(errno) : "open";
		if (fd >= 0)
			close(fd);
		if (strcmp(met, before) != 0)
			say(met);
		before = met;
		sleep_for("0.02");
	}
}
