/*
 * The form of netlink(7) messages: what is sent fits its buffer, what comes is read within its bounds, and every request is acknowledged.
 */
#define _GNU_SOURCE
#include "netlink.h"
#include "tsrun.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "poison.h"

/* Linux never makes a message of a dump larger (NLMSG_GOODSIZE, and 32 KiB where the reader has room for it). */
#define ANSWER_BYTES 32768

static char complaint[160];

int netlink_open(void)
{
	int on = 1;
	owned_fd fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (fd < 0)
		return -1;
	/* Without these an error is a bare number, behind a copy of the request. */
	if (setsockopt(fd, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof(on)) < 0 || setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on)) < 0)
		return -1;
	return descriptor_take(&fd);
}

static char *end_of(struct netlink_request *request)
{
	return (char *)request + NLMSG_ALIGN(request->header.nlmsg_len);
}

void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, const void *body, size_t length)
{
	static uint32_t sequence;
	*request = (struct netlink_request){ .header = { .nlmsg_type = type, .nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags), .nlmsg_seq = ++sequence } };
	memcpy(NLMSG_DATA(&request->header), body, length);
	request->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(length);
}

void netlink_add(struct netlink_request *request, uint16_t type, const void *data, size_t length)
{
	size_t room = sizeof(request->header) + sizeof(request->rest) - NLMSG_ALIGN(request->header.nlmsg_len);
	if (RTA_SPACE(length) > room) {
		request->too_long = 1;
		return;
	}
	struct rtattr *attribute = (void *)end_of(request);
	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(length);
	memcpy(RTA_DATA(attribute), data, length);
	request->header.nlmsg_len = (uint32_t)(NLMSG_ALIGN(request->header.nlmsg_len) + RTA_SPACE(length));
}

static const struct rtattr *find_attribute(const char *from, size_t length, uint16_t type, size_t least)
{
	while (length >= sizeof(struct rtattr)) {
		const struct rtattr *attribute = (const void *)from;
		if (attribute->rta_len < sizeof(*attribute) || attribute->rta_len > length)
			return NULL;
		if ((attribute->rta_type & NLA_TYPE_MASK) == type && RTA_PAYLOAD(attribute) >= least)
			return attribute;
		size_t step = RTA_ALIGN(attribute->rta_len);
		if (step > length)
			return NULL;
		from += step;
		length -= step;
	}
	return NULL;
}

const struct rtattr *netlink_find(const struct nlmsghdr *message, size_t body, uint16_t type, size_t length)
{
	size_t head = NLMSG_SPACE(body);
	if (message->nlmsg_len < head)
		return NULL;
	return find_attribute((const char *)message + head, message->nlmsg_len - head, type, length);
}

const char *netlink_complaint(void)
{
	return complaint;
}

/* 0 for an acknowledgement; otherwise -1 with errno, and the kernel's own words where it has any. */
static int read_verdict(const struct nlmsghdr *message)
{
	const struct nlmsgerr *verdict = NLMSG_DATA(message);
	if (message->nlmsg_len < NLMSG_LENGTH(sizeof(*verdict))) {
		errno = EPROTO;
		return -1;
	}
	if (verdict->error == 0)
		return 0;
	const struct rtattr *words = message->nlmsg_flags & NLM_F_ACK_TLVS ? netlink_find(message, sizeof(*verdict), NLMSGERR_ATTR_MSG, 1) : NULL;
	if (words)
		snprintf(complaint, sizeof(complaint), "%.*s", (int)RTA_PAYLOAD(words), (const char *)RTA_DATA(words));
	errno = -verdict->error;
	return -1;
}

/* One datagram; its length, or -1 with errno. The kernel answers within send(2): what is not there then never comes. */
static ssize_t receive(int socket, char *answer)
{
	ssize_t length;
	do
		length = recv(socket, answer, ANSWER_BYTES, MSG_TRUNC | MSG_DONTWAIT);
	while (length < 0 && errno == EINTR);
	if (length == 0 || length > ANSWER_BYTES) {
		errno = length == 0 ? EPROTO : EMSGSIZE;
		return -1;
	}
	return length;
}

static enum netlink_progress read_message(struct netlink_answer *answer, const struct nlmsghdr *message)
{
	answer->torn = answer->torn || message->nlmsg_flags & NLM_F_DUMP_INTR;
	if (message->nlmsg_type == NLMSG_ERROR)
		return read_verdict(message) < 0 ? NETLINK_FAILED : NETLINK_DONE;
	if (message->nlmsg_type == NLMSG_DONE) {
		errno = EAGAIN;
		return answer->torn ? NETLINK_FAILED : NETLINK_DONE;
	}
	return answer->read && answer->read(message, answer->argument) < 0 ? NETLINK_FAILED : NETLINK_GOES_ON;
}

enum netlink_progress netlink_read(struct netlink_answer *answer, const void *datagram, size_t length)
{
	enum netlink_progress progress = NETLINK_GOES_ON;
	const char *from = datagram;
	while (progress == NETLINK_GOES_ON && length >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *message = (const void *)from;
		if (message->nlmsg_len < sizeof(*message) || message->nlmsg_len > length)
			break;
		if (message->nlmsg_seq == answer->sequence)
			progress = read_message(answer, message);
		/* The last one may end before its last four bytes do, which NLMSG_NEXT(3) takes for a length below 0. */
		size_t step = NLMSG_ALIGN(message->nlmsg_len);
		if (step > length)
			break;
		from += step;
		length -= step;
	}
	return progress;
}

int netlink_ask(int socket, struct netlink_request *request, netlink_reader *read, void *argument)
{
	_Alignas(struct nlmsghdr) char datagram[ANSWER_BYTES];
	struct netlink_answer answer = { .sequence = request->header.nlmsg_seq, .read = read, .argument = argument };
	enum netlink_progress progress = NETLINK_GOES_ON;
	complaint[0] = '\0';
	if (request->too_long) {
		errno = EMSGSIZE;
		return -1;
	}
	/* Of the two bits each has another meaning where something is made. */
	if ((request->header.nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		request->header.nlmsg_flags |= NLM_F_ACK;
	if (send(socket, request, request->header.nlmsg_len, 0) < 0)
		return -1;
	while (progress == NETLINK_GOES_ON) {
		ssize_t length = receive(socket, datagram);
		if (length < 0)
			return -1;
		progress = netlink_read(&answer, datagram, (size_t)length);
	}
	return progress == NETLINK_DONE ? 0 : -1;
}
