/*
 * The listener of a filter with SCMP_ACT_NOTIFY: who decides about the calls of the container gets it, with the state of its process. init
 * gets it from the kernel and is subject to the filter from then on, so it can be waiting for an answer in its next call already. So it only
 * tells its number, by write(2), the one call that such a filter may not name; the helper takes it out of init, and passes it on at once.
 * From then on whoever listens can answer, also to the read(2) by which init waits for that.
 */
#define _GNU_SOURCE
#include "channel.h"
#include "sockets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poison.h"

int listener_connect(struct walk *walk, const struct listener *listener)
{
	walk->listener = *listener;
	walk->listener.socket = socket_connect(SOCK_STREAM, listener->path);
	return walk->listener.socket < 0 ? report_set("connect", NULL) : 0;
}

int listener_tell(struct walk *walk)
{
	struct message message = { .kind = MESSAGE_LISTENER, .descriptor = walk->own_listener };
	if (walk->own_listener < 0)
		return report_refuse("no listener", NULL);
	if (write_all(walk->channel, &message, sizeof(message)) < 0)
		return report_set("write", "the channel");
	ssize_t got;
	do
		got = read(walk->channel, &message, sizeof(message));
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return report_set("read", "the channel");
	descriptor_close(&walk->own_listener);
	return got > 0 && message.kind == MESSAGE_LISTENER ? 0 : report_refuse("died", "the other side is gone");
}

int listener_forward(struct walk *walk, int number)
{
	const struct listener *listener = &walk->listener;
	char *text = NULL;
	owned_fd taken = (int)syscall(SYS_pidfd_getfd, walk->init_pidfd, number, 0);
	if (taken < 0)
		return report_set("pidfd_getfd", "the listener");
	/* Of an exec the state is that of the container, whose init is another process. */
	pid_t container = walk->target > 0 ? walk->target : walk->init;
	int length = asprintf(&text, "%s%d%s%d%s", listener->head, (int)walk->init, listener->middle, (int)container, listener->tail);
	if (length < 0)
		return report_set("asprintf", NULL);
	int result = socket_send(listener->socket, text, (size_t)length, taken) < 0 ? report_set("sendmsg", "the listener") : 0;
	free(text);
	struct message passed = { .kind = MESSAGE_LISTENER };
	if (result == 0 && channel_send(walk->channel, &passed, -1) < 0)
		result = report_refuse("died", NULL);
	descriptor_close(&walk->listener.socket);
	return result;
}
