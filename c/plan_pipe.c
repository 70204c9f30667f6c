/*
 * A plan that is kept nowhere: it comes through a pipe, and is made a file in memory, so that whatever reads or quotes plans finds it as
 * it finds all others. What it says is not looked at here.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "poison.h"

int plan_pipe_collect(int pipe, const char *head, size_t length)
{
	char buffer[16384];
	size_t have = length;
	owned_fd copy = memfd_create("tsrun-plan", MFD_CLOEXEC);
	if (copy < 0 || write_all(copy, head, length) < 0)
		return -1;
	while (have <= PLAN_MAX_BYTES) {
		ssize_t got = read(pipe, buffer, sizeof(buffer));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || (got > 0 && write_all(copy, buffer, (size_t)got) < 0))
			return -1;
		if (got == 0)
			return descriptor_take(&copy);
		have += (size_t)got;
	}
	errno = EFBIG;
	return -1;
}

int plan_pipe_open(int fd)
{
	struct stat status;
	owned_fd given = fd;
	/* Whoever handed it over had to leave it open for this program. */
	if (fstat(given, &status) < 0 || fcntl(given, F_SETFD, FD_CLOEXEC) < 0)
		return -1;
	/* The front has collected it already (handoff.c, express.c). */
	return S_ISREG(status.st_mode) ? descriptor_take(&given) : plan_pipe_collect(given, "", 0);
}
