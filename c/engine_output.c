/*
 * What the engine writes to standard error, before the caller reads it: a JavaScript engine that runs short of memory, threads or
 * descriptors, and a dynamic loader, end in words of their own, which are many or say nothing of tsrun. They must be one line of ours.
 */
#define _GNU_SOURCE
#include "engine.h"
#include "tsrun.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poison.h"

static const char prefix[] = "tsrun: ";

int engine_output_open(void)
{
	struct rlimit limit;
	/* A file in memory is a file: under a limit of its size (RLIMIT_FSIZE) words would be lost, so there the engine has the caller's descriptor. */
	if (getrlimit(RLIMIT_FSIZE, &limit) < 0 || limit.rlim_cur != RLIM_INFINITY)
		return -1;
	return memfd_create("tsrun-stderr", MFD_CLOEXEC);
}

static bool is_ours(const char *line)
{
	return strncmp(line, prefix, strlen(prefix)) == 0;
}

/* Up to where the first line begins that is not ours. */
static size_t length_of_ours(const char *text)
{
	const char *line = text;
	while (is_ours(line) && strchr(line, '\n'))
		line = strchr(line, '\n') + 1;
	return (size_t)(line - text);
}

static void pass(const char *text, size_t length, bool died)
{
	if (died)
		write_all(STDERR_FILENO, text, length_of_ours(text));
	else if (is_ours(text))
		write_all(STDERR_FILENO, text, length);
	else
		engine_missing("the engine failed: %.*s", (int)strcspn(text + strspn(text, "\n"), "\n"), text + strspn(text, "\n"));
}

void engine_output_pass(int *output, bool died, bool debug)
{
	struct stat status;
	owned_fd fd = *output;
	*output = -1;
	if (fd < 0 || fstat(fd, &status) < 0 || status.st_size == 0)
		return;
	size_t length = (size_t)status.st_size;
	char *text = calloc(1, length + 1);
	/* A reader who is gone must not end this process: a container may be claimed already. */
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	sigaction(SIGPIPE, &ignore, &before);
	if (text && pread(fd, text, length, 0) == (ssize_t)length) {
		if (debug)
			write_all(STDERR_FILENO, text, length);
		else
			pass(text, length, died);
	}
	sigaction(SIGPIPE, &before, NULL);
	free(text);
}
