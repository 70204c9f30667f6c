/* Commands that go on and say what they meet, for tests that change something from outside. */
#define _GNU_SOURCE
#include "probe.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
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

/* The command line of a process in one line; empty when there is none. */
static void read_command_line(const char *pid, char text[4096])
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%.20s/cmdline", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? 0 : read(fd, text, 4095);
	if (fd >= 0)
		close(fd);
	text[got < 0 ? 0 : got] = '\0';
	for (ssize_t i = 0; i + 1 < got; i++)
		if (text[i] == '\0')
			text[i] = ' ';
}

/* watch-command-lines TEXT FILE: looks at all processes again and again, and writes the command lines with TEXT, but its own, into FILE. */
int watch_command_lines(char **args)
{
	char text[4096];
	FILE *file = fopen(args[1], "we");
	if (!file)
		return failed(args[1]);
	for (;;) {
		DIR *processes = opendir("/proc");
		struct dirent *entry;
		while (processes && (entry = readdir(processes))) {
			if (atoi(entry->d_name) < 1 || atoi(entry->d_name) == getpid())
				continue;
			read_command_line(entry->d_name, text);
			if (strstr(text, args[0])) {
				fprintf(file, "%s\n", text);
				fflush(file);
			}
		}
		if (processes)
			closedir(processes);
	}
}

/* orphan: a child's child says who its parent is by then, "orphan PID of PARENT", and ends; the child ends at once, the probe itself never. */
int leave_orphan(char **args)
{
	(void)args;
	pid_t child = fork();
	if (child < 0)
		return failed("fork");
	if (child == 0) {
		pid_t middle = getpid();
		if (fork() > 0)
			_exit(0);
		while (getppid() == middle)
			sleep_for("0.005");
		printf("orphan %d of %d\n", getpid(), getppid());
		fflush(stdout);
		_exit(0);
	}
	waitpid(child, NULL, 0);
	sleep_for("3600");
	return 0;
}
