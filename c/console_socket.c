/*
 * The socket of --console-socket: whoever made it gets the master of the container's terminal, and is its other side from then on.
 */
#define _GNU_SOURCE
#include "sockets.h"
#include "tsrun.h"

#include <string.h>
#include <sys/socket.h>

#include "poison.h"

int console_socket_open(struct walk *walk, const char *path)
{
	walk->console_socket = socket_connect(SOCK_STREAM, path);
	return walk->console_socket < 0 ? report_set("connect", NULL) : 0;
}

int console_socket_send(struct walk *walk)
{
	if (walk->terminal < 0 || walk->console_socket < 0)
		return report_refuse("no terminal", NULL);
	if (socket_send(walk->console_socket, walk->terminal_name, strlen(walk->terminal_name), walk->terminal) < 0)
		return report_set("sendmsg", NULL);
	descriptor_close(&walk->terminal);
	descriptor_close(&walk->console_socket);
	return 0;
}
