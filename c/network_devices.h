/* Devices that go into the container's network namespace: between the files of this topic. */
#ifndef TSRUN_NETWORK_DEVICES_H
#define TSRUN_NETWORK_DEVICES_H

#include "tsrun.h"

#include <linux/if_addr.h>
#include <net/if.h>

/* An address as the kernel tells it, less what belongs to the namespace it was in. */
struct network_address {
	struct network_address *next;
	struct ifaddrmsg header;
	size_t length;
	char attributes[256]; /* an IPv6 address with all that is kept of it takes 92 */
	char label[IFNAMSIZ]; /* of IPv4, where it is not the device's name */
};

struct network_device {
	struct network_device *next;
	const char *wanted;   /* what the plan calls it */
	char name[IFNAMSIZ];  /* what the kernel calls it, in the runtime's namespace */
	int index;            /* there */
	bool up;              /* there */
	struct network_address *addresses;
	unsigned line;        /* of the operation that moves it */
	bool sent;            /* it may be in the container's namespace */
	int index_inside;     /* there, once it is known */
};

/* A device of the runtime's network namespace, or the container's. */
struct link {
	int index;
	bool up;
	char name[IFNAMSIZ];
};
/* Readers of the kernel's answers (netlink.h): into a struct link; the addresses of a struct network_device, in their order. */
struct nlmsghdr;
int network_link_note(const struct nlmsghdr *message, void *argument);
int network_address_note(const struct nlmsghdr *message, void *argument);
void network_addresses_forget(struct network_device *device);
/* The permanent addresses of global scope that the device has; -1 with errno, no report. */
int network_addresses_read(int socket, struct network_device *device);
/* Gives them to the device with that index, now called `name`; -1 with errno, no report. */
int network_addresses_add(int socket, const struct network_device *device, int index, const char *name);

#endif
