/*
 * Messages over SOCK_SEQPACKET: whole or not at all, and an end of file when the peer is gone, whatever killed it.
 */
#define _GNU_SOURCE
#include "channel.h"
#include "sockets.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "poison.h"

volatile int channel_interrupted;

int channel_poll(struct pollfd *polls, unsigned count, const struct timespec *patience)
{
	int ready;
	sigset_t mask;
	signals_let_end(&mask);
	do
		ready = ppoll(polls, count, patience, &mask);
	while (ready < 0 && errno == EINTR && !channel_interrupted);
	return ready;
}

int channel_send(int channel, const struct message *message, int fd)
{
	return socket_send(channel, message, sizeof(*message), fd);
}

/* One that nobody waits for is closed: a peer that the container has taken over must not fill this process's table. */
static void take_descriptor(struct msghdr *header, int *fd)
{
	struct cmsghdr *rights = CMSG_FIRSTHDR(header);
	owned_fd received = -1;
	if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS)
		memcpy(&received, CMSG_DATA(rights), sizeof(received));
	if (fd && received >= 0)
		*fd = descriptor_take(&received);
}

int channel_receive(int channel, struct message *message, int *fd)
{
	struct iovec data = { .iov_base = message, .iov_len = sizeof(*message) };
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr header = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct pollfd ready = { .fd = channel, .events = POLLIN };
	if (channel_poll(&ready, 1, NULL) < 0)
		return -1;
	ssize_t got;
	do
		got = recvmsg(channel, &header, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got == 0 || (got < 0 && errno == ECONNRESET))
		return 0;
	if (got != (ssize_t)sizeof(*message)) {
		if (got > 0)
			errno = EPROTO;
		return -1;
	}
	take_descriptor(&header, fd);
	message_end(message);
	return 1;
}

void message_end(struct message *message)
{
	message->call[sizeof(message->call) - 1] = '\0';
	message->detail[sizeof(message->detail) - 1] = '\0';
}

void message_from_report(struct message *message, unsigned line)
{
	*message = (struct message){ .kind = MESSAGE_FAILURE, .line = line, .error = current_report.error };
	snprintf(message->call, sizeof(message->call), "%s", current_report.call ? current_report.call : "");
	snprintf(message->detail, sizeof(message->detail), "%s", current_report.detail);
}

void message_to_report(const struct message *message)
{
	static char call[sizeof(message->call)];
	memcpy(call, message->call, sizeof(call));
	current_report.error = message->error;
	current_report.call = call;
	snprintf(current_report.detail, sizeof(current_report.detail), "%s", message->detail);
}
