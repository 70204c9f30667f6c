/* Requests to the kernel's tables of links and addresses (rtnetlink(7)), one at a time, each answered before the next. */
#ifndef TSRUN_NETLINK_H
#define TSRUN_NETLINK_H

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct netlink_request {
	struct nlmsghdr header;
	char rest[1008];
	int too_long; /* an attribute had no room: it is never sent */
};

/* A socket to the network namespace that this process is in; -1 with errno, no report. */
int netlink_open(void);
/* `body` is what follows the header in every message of the type. */
void netlink_begin(struct netlink_request *request, uint16_t type, uint16_t flags, const void *body, size_t length);
void netlink_add(struct netlink_request *request, uint16_t type, const void *data, size_t length);
/* Called for each message of the answer; negative, with errno, ends it. */
typedef int netlink_reader(const struct nlmsghdr *message, void *argument);
enum netlink_progress { NETLINK_GOES_ON, NETLINK_DONE, NETLINK_FAILED };
struct netlink_answer {
	uint32_t sequence; /* of the request */
	netlink_reader *read;
	void *argument;
	bool torn; /* the table changed meanwhile */
};
/* Reads one datagram of an answer, aligned as the first of its messages has to be; NETLINK_FAILED with errno. */
enum netlink_progress netlink_read(struct netlink_answer *answer, const void *datagram, size_t length);
/* Sends it and reads the whole answer; -1 with errno, no report. EAGAIN: a table changed while it was read. */
int netlink_ask(int socket, struct netlink_request *request, netlink_reader *read, void *argument);
/* What the kernel said of the last request that it refused, or "". */
const char *netlink_complaint(void);
/* The attribute of that type with at least `length` bytes behind a body of `body` bytes, or NULL. */
const struct rtattr *netlink_find(const struct nlmsghdr *message, size_t body, uint16_t type, size_t length);

#endif
