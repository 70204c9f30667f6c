/*
 * Messages over SOCK_SEQPACKET: whole or not at all, and an end of file when the peer is gone, whatever killed it.
 */
#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

volatile int channel_interrupted;

int channel_send(int channel, const struct message *message, int fd)
{
	struct iovec data = { .iov_base = (void *)(uintptr_t)message, .iov_len = sizeof(*message) };
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr header = { .msg_iov = &data, .msg_iovlen = 1 };
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
		sent = sendmsg(channel, &header, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -1 : 0;
}

static void take_descriptor(struct msghdr *header, int *fd)
{
	struct cmsghdr *rights = CMSG_FIRSTHDR(header);
	if (fd && rights && rights->cmsg_type == SCM_RIGHTS)
		memcpy(fd, CMSG_DATA(rights), sizeof(*fd));
}

int channel_receive(int channel, struct message *message, int *fd)
{
	struct iovec data = { .iov_base = message, .iov_len = sizeof(*message) };
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct msghdr header = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	struct pollfd ready = { .fd = channel, .events = POLLIN };
	sigset_t none;
	sigemptyset(&none);
	/* The ending signals are blocked everywhere but here, so none can be lost between the check and the wait. */
	while (ppoll(&ready, 1, NULL, &none) < 0)
		if (errno != EINTR || channel_interrupted)
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
	message->call[sizeof(message->call) - 1] = '\0';
	message->detail[sizeof(message->detail) - 1] = '\0';
	return 1;
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
