/*
 * Owned descriptors: whoever declares an owned_fd closes it, whatever way the function is left. It must never change errno,
 * because the cleanup of a scope runs after the failed call and before anybody has looked.
 */
#define _GNU_SOURCE
#include "tsrun.h"

#include <errno.h>
#include <unistd.h>

#include "poison.h"

void descriptor_close(int *fd)
{
	if (*fd < 0)
		return;
	int error = errno;
	/* Never repeated, not even on EINTR: Linux has released the number by then (close(2)), and it may be another file's already. */
	close(*fd);
	errno = error;
	*fd = -1;
}

int write_all(int fd, const void *data, size_t length)
{
	const char *next = data;
	while (length > 0) {
		ssize_t written = write(fd, next, length);
		if (written < 0) {
			/* EINTR: a signal came before anything was written; nothing is lost by writing again. */
			if (errno == EINTR)
				continue;
			return -1;
		}
		if (written == 0) {
			/* No file answers 0 to a write of more than 0 bytes; a loop must not depend on that. */
			errno = EIO;
			return -1;
		}
		next += written;
		length -= (size_t)written;
	}
	return 0;
}
