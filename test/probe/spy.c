/*
 * spy FILE: takes what it can of every process that is the runtime still, until FILE is there: its descriptors, its memory, its file, its
 * directories; traces it. Then `seen N`, and a line for each thing that could be taken, `caught WHAT`. A process counts as the runtime if it
 * still executes the file of the runtime when the thing has been taken: so it did before as well.
 */
#define _GNU_SOURCE
#include "probe.h"
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned seen;

static bool is_runtime(int pid)
{
	char path[64], name[32] = "";
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, name, sizeof(name) - 1);
	if (fd >= 0)
		close(fd);
	return got > 0 && strncmp(name, "tsrun", 5) == 0;
}

/* execve(2) lets others in before it changes the name, and after it has changed the file: so the file tells. */
static void note(int pid, const char *what)
{
	char path[64], file[256] = "";
	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	ssize_t length = readlink(path, file, sizeof(file) - 1);
	if (length < 0 && errno != EACCES)
		return;
	if (length < 0 || strstr(file, "tsrun"))
		printf("caught %s of %s\n", what, length < 0 ? "what it no longer sees" : file);
}

static void try_open(int pid, const char *name, int flags)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return;
	note(pid, name);
	close(fd);
}

static void try_trace(int pid)
{
	if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0)
		return;
	note(pid, "by ptrace");
	/* Only what has stopped can be let go, and whoever waits for it would wait for good. */
	ptrace(PTRACE_INTERRUPT, pid, NULL, NULL);
	if (waitpid(pid, NULL, __WALL) == pid)
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
}

static void try_descriptors(int pid)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	for (int number = 0; pidfd >= 0 && number < 16; number++) {
		int fd = (int)syscall(SYS_pidfd_getfd, pidfd, number, 0);
		if (fd < 0)
			continue;
		note(pid, "a descriptor");
		close(fd);
	}
	if (pidfd >= 0)
		close(pidfd);
}

static void attack(int pid)
{
	seen++;
	/* Their numbers are for any root to list (proc_pid_fd(5)); what they are of is not. */
	for (int number = 0; number < 16; number++) {
		char name[16];
		snprintf(name, sizeof(name), "fd/%d", number);
		try_open(pid, name, O_PATH);
	}
	try_open(pid, "mem", O_RDWR);
	try_open(pid, "exe", O_RDONLY);
	try_open(pid, "cwd", O_RDONLY | O_DIRECTORY);
	try_open(pid, "root", O_RDONLY | O_DIRECTORY);
	try_open(pid, "environ", O_RDONLY);
	try_descriptors(pid);
	try_trace(pid);
}

int spy(char **args)
{
	while (access(args[0], F_OK) < 0) {
		DIR *processes = opendir("/proc");
		for (struct dirent *entry; processes && (entry = readdir(processes));) {
			int pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : 0;
			if (pid > 1 && pid != getpid() && is_runtime(pid))
				attack(pid);
		}
		if (processes)
			closedir(processes);
	}
	printf("seen %u\n", seen);
	return 0;
}
