/*
 * Sockets of the AF_UNIX family that others made or are to find: connecting, binding, and messages that carry a descriptor.
 */
#ifndef TSRUN_SOCKETS_H
#define TSRUN_SOCKETS_H

#include <stddef.h>

/* All answer -1 with errno, and report nothing. */
/*
 * A new socket of `type` (SOCK_STREAM, SOCK_DGRAM), connected to the one at `path`: an absolute path of any length, or an abstract name
 * that begins with "@". Neither connecting nor a later message waits longer than 10 seconds for the other side (EAGAIN).
 */
int socket_connect(int type, const char *path);
/* A new socket of `type`, bound to `name` in an open directory, for anybody to connect to; one that bears the name is replaced. */
int socket_bind(int type, int directory, const char *name);
/* One message, with a descriptor unless `fd` is -1. */
int socket_send(int socket, const void *data, size_t length, int fd);

#endif
