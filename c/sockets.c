/*
 * Sockets of the AF_UNIX family. An address holds 107 bytes (unix(7)) and a path may be longer: so each is reached by its last component
 * alone, from the directory that holds it, which is the current one for that moment. It must never be used by a process with threads.
 */
#define _GNU_SOURCE
#include "sockets.h"
#include "tsrun.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#define PATIENCE 10 /* seconds */

typedef int (*address_call)(int socket, const struct sockaddr *address, socklen_t length);

/* bind(2) or connect(2) to `length` bytes of a name. An abstract one begins with a NUL, and has no NUL at its end. */
static int call_by_name(address_call call, int socket, const char *name, size_t length)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (length == 0 || length >= sizeof(address.sun_path)) {
		errno = length == 0 ? ENOENT : ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, name, length);
	if (*name == '@')
		address.sun_path[0] = '\0';
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + (*name == '@' ? 0 : 1));
	return call(socket, (const struct sockaddr *)&address, size);
}

static int call_in_directory(address_call call, int socket, int directory, const char *name)
{
	char path[NAME_MAX + 3];
	owned_fd before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (before < 0 || fchdir(directory) < 0)
		return -1;
	/* "./", as a file may be called "@x" as well. What is cut short is still longer than an address. */
	snprintf(path, sizeof(path), "./%s", name);
	int result = call_by_name(call, socket, path, strlen(path));
	int error = errno;
	if (fchdir(before) < 0)
		return -1;
	errno = error;
	return result;
}

static int new_socket(int type)
{
	const struct timeval patience = { .tv_sec = PATIENCE };
	owned_fd made = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	if (made < 0 || setsockopt(made, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return -1;
	return descriptor_take(&made);
}

static int connect_by_path(int socket, const char *path)
{
	char directory_path[PATH_MAX];
	const char *slash = strrchr(path, '/');
	if (!slash || slash - path + 1 >= PATH_MAX) {
		errno = slash ? ENAMETOOLONG : EINVAL;
		return -1;
	}
	snprintf(directory_path, sizeof(directory_path), "%.*s", (int)(slash - path) + 1, path);
	owned_fd directory = open(directory_path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return directory < 0 ? -1 : call_in_directory(connect, socket, directory, slash + 1);
}

int socket_connect(int type, const char *path)
{
	owned_fd made = new_socket(type);
	if (made < 0)
		return -1;
	if ((*path == '@' ? call_by_name(connect, made, path, strlen(path)) : connect_by_path(made, path)) < 0)
		return -1;
	return descriptor_take(&made);
}

int socket_bind(int type, int directory, const char *name)
{
	owned_fd made = new_socket(type);
	if (made < 0 || (unlinkat(directory, name, 0) < 0 && errno != ENOENT))
		return -1;
	/* Connecting needs the right to write, and whoever is to connect may be anybody. */
	if (call_in_directory(bind, made, directory, name) < 0 || fchmodat(directory, name, 0777, 0) < 0)
		return -1;
	return descriptor_take(&made);
}

int socket_send(int socket, const void *data, size_t length, int fd)
{
	struct iovec part = { .iov_base = (void *)(uintptr_t)data, .iov_len = length };
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	if (fd >= 0) {
		header.msg_control = control;
		header.msg_controllen = sizeof(control);
		struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
		rights->cmsg_level = SOL_SOCKET;
		rights->cmsg_type = SCM_RIGHTS;
		rights->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(rights), &fd, sizeof(fd));
	}
	ssize_t sent;
	do
		sent = sendmsg(socket, &header, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : 0;
}
