/* Commands that use processor time, memory, processes and a disk, for tests of limits. */
#define _GNU_SOURCE
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* spin SECONDS: busy for so long. */
int spin(char **args)
{
	double end = now() + strtod(args[0], NULL);
	say("spinning");
	while (now() < end)
		;
	return 0;
}

/* So many MiB, each page with contents of its own. */
static int fill_memory(const char *mebibytes)
{
	size_t size = strtoul(mebibytes, NULL, 10) << 20;
	char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return failed("mmap");
	for (size_t at = 0; at < size; at += 4096)
		*(volatile size_t *)(memory + at) = at + 1;
	return 0;
}

/* allocate MIB: has so much memory for a moment. */
int allocate(char **args)
{
	int status = fill_memory(args[0]);
	if (status == 0)
		say("allocated");
	return status;
}

/* hold MIB SECONDS: has so much memory for so long. */
int hold(char **args)
{
	if (fill_memory(args[0]) != 0)
		return 1;
	say("holding");
	sleep_for(args[1]);
	return 0;
}

/* allocate-in-child MIB SECONDS: a child has so much memory; says how it ended, and goes on for so long. */
int allocate_in_child(char **args)
{
	int status;
	pid_t pid = fork();
	if (pid < 0)
		return failed("fork");
	if (pid == 0)
		_exit(fill_memory(args[0]));
	waitpid(pid, &status, 0);
	printf("child: %s %d\n", WIFSIGNALED(status) ? "signal" : "exit", WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	say("goes on");
	sleep_for(args[1]);
	return 0;
}

/* fork-many N: as many children as it gets; says their number, and the error that the next one met. */
int fork_many(char **args)
{
	int wanted = atoi(args[0]), made = 0;
	pid_t pid = 0;
	while (made < wanted && (pid = fork()) >= 0) {
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			pause();
			_exit(0);
		}
		made++;
	}
	printf("%d %s\n", made, pid < 0 ? strerrorname_np(errno) : "all");
	return 0;
}

/* read-direct DEVICE MIB: reads past the page cache, and says how many milliseconds it took. */
int read_direct(char **args)
{
	const size_t size = 256 << 10;
	size_t left = strtoul(args[1], NULL, 10) << 20;
	void *data = NULL;
	int fd = open(args[0], O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (fd < 0 || posix_memalign(&data, 4096, size) != 0)
		return failed(args[0]);
	double begun = now();
	for (; left >= size; left -= size)
		if (read(fd, data, size) != (ssize_t)size)
			return failed(args[0]);
	printf("%d\n", (int)((now() - begun) * 1000));
	return 0;
}
