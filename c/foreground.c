/*
 * A command in the foreground: what it attends to while the program runs, and what is kept of its end.
 */
#define _GNU_SOURCE
#include "foreground.h"
#include "notify.h"
#include "record.h"
#include "relay.h"
#include "run.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#include "poison.h"

int foreground_wait(struct walk *walk, int *status)
{
	struct source notify = notify_source(walk);
	const struct source *relay = relay_begin(walk), *sources[SOURCES_MOST];
	size_t count = 0;
	if (walk->notify_socket >= 0)
		sources[count++] = &notify;
	if (relay)
		sources[count++] = relay;
	int result = supervise(walk->init, sources, count, status);
	if (relay)
		relay_end();
	return result;
}

/* EXIT CODE (-1: none), SIGNAL (0: none), seconds since 1970, processes that the kernel killed for want of memory (-1: not known). */
void foreground_write_exit(struct walk *walk, int status)
{
	char text[128];
	struct timespec now;
	struct cgroup_memory memory = { .killed = 0 };
	clock_gettime(CLOCK_REALTIME, &now);
	bool known = run_read_memory(walk, &memory);
	int length = snprintf(text, sizeof(text), "%d %d %lld %lld\n", WIFEXITED(status) ? WEXITSTATUS(status) : -1,
			      WIFSIGNALED(status) ? WTERMSIG(status) : 0, (long long)now.tv_sec, known ? memory.killed : -1);
	owned_fd fd = openat(walk->state_directory, "exit", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0 || write_all(fd, text, (size_t)length) < 0) {
		report_set("write", "exit");
		record_add("warning", 0);
	}
}
