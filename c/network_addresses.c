/*
 * The addresses of a device, which it loses when it leaves its namespace: read before, and given to it again after (config-linux.md,
 * "Network Devices": permanent ones with global scope, of any family).
 */
#define _GNU_SOURCE
#include "netlink.h"
#include "network_devices.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "poison.h"

/* What of an address is a property that somebody has set, and not a state that it is in. */
#define KEPT_FLAGS (IFA_F_NODAD | IFA_F_HOMEADDRESS | IFA_F_MANAGETEMPADDR | IFA_F_NOPREFIXROUTE | IFA_F_MCAUTOJOIN)

/* A table that changes while it is read is read again. */
#define ATTEMPTS 5

static bool append(struct network_address *address, const struct rtattr *attribute)
{
	size_t space = RTA_ALIGN(attribute->rta_len);
	if (address->length + space > sizeof(address->attributes))
		return false;
	memcpy(address->attributes + address->length, attribute, attribute->rta_len);
	address->length += space;
	return true;
}

static uint32_t flags_of(const struct nlmsghdr *message, const struct ifaddrmsg *header)
{
	const struct rtattr *flags = netlink_find(message, sizeof(*header), IFA_FLAGS, sizeof(uint32_t));
	uint32_t value = header->ifa_flags;
	if (flags)
		memcpy(&value, RTA_DATA(flags), sizeof(value));
	return value;
}

static bool copy_attributes(struct network_address *address, const struct nlmsghdr *message)
{
	static const uint16_t kept[] = { IFA_LOCAL, IFA_ADDRESS, IFA_BROADCAST, IFA_CACHEINFO, IFA_RT_PRIORITY };
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++) {
		const struct rtattr *attribute = netlink_find(message, sizeof(address->header), kept[i], 1);
		if (attribute && !append(address, attribute))
			return false;
	}
	const struct rtattr *label = netlink_find(message, sizeof(address->header), IFA_LABEL, 1);
	if (label)
		snprintf(address->label, sizeof(address->label), "%.*s", (int)RTA_PAYLOAD(label), (const char *)RTA_DATA(label));
	return true;
}

/* In the order of the kernel: the first of several in one net is the primary one. */
int network_address_note(const struct nlmsghdr *message, void *argument)
{
	struct network_device *device = argument;
	const struct ifaddrmsg *header = NLMSG_DATA(message);
	struct network_address **last = &device->addresses;
	if (message->nlmsg_type != RTM_NEWADDR || message->nlmsg_len < NLMSG_LENGTH(sizeof(*header)))
		return 0;
	uint32_t flags = flags_of(message, header);
	if ((int)header->ifa_index != device->index || header->ifa_scope != RT_SCOPE_UNIVERSE || !(flags & IFA_F_PERMANENT))
		return 0;
	struct network_address *address = calloc(1, sizeof(*address));
	if (!address)
		return -1;
	while (*last)
		last = &(*last)->next;
	*last = address;
	address->header = *header;
	struct { struct rtattr head; uint32_t value; } kept = { { RTA_LENGTH(sizeof(uint32_t)), IFA_FLAGS }, flags & KEPT_FLAGS };
	if (append(address, &kept.head) && copy_attributes(address, message))
		return 0;
	errno = EMSGSIZE;
	return -1;
}

void network_addresses_forget(struct network_device *device)
{
	while (device->addresses) {
		struct network_address *address = device->addresses;
		device->addresses = address->next;
		free(address);
	}
}

int network_addresses_read(int socket, struct network_device *device)
{
	struct netlink_request request;
	struct ifaddrmsg every = { .ifa_family = AF_UNSPEC };
	int result = -1;
	for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
		network_addresses_forget(device);
		netlink_begin(&request, RTM_GETADDR, NLM_F_DUMP, &every, sizeof(every));
		result = netlink_ask(socket, &request, network_address_note, device);
		if (result == 0 || errno != EAGAIN)
			break;
	}
	return result;
}

/* `eth0:web` becomes `net1:web` with its device, as when a device is renamed (net/ipv4/devinet.c, inetdev_changename()). */
static void add_label(struct netlink_request *request, const char *label, const char *before, const char *now)
{
	char changed[2 * IFNAMSIZ];
	size_t length = strlen(before);
	bool follows = strncmp(label, before, length) == 0 && (label[length] == ':' || label[length] == '\0');
	snprintf(changed, sizeof(changed), "%s%s", follows ? now : "", follows ? label + length : label);
	/* One that is too long now, or was none: the kernel's own is the device's name. */
	if (*label && strlen(changed) < IFNAMSIZ)
		netlink_add(request, IFA_LABEL, changed, strlen(changed) + 1);
}

int network_addresses_add(int socket, const struct network_device *device, int index, const char *name)
{
	for (const struct network_address *address = device->addresses; address; address = address->next) {
		struct netlink_request request;
		struct ifaddrmsg header = address->header;
		header.ifa_index = (uint32_t)index;
		header.ifa_flags = 0;
		netlink_begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &header, sizeof(header));
		for (size_t at = 0; at < address->length;) {
			const struct rtattr *attribute = (const void *)(address->attributes + at);
			netlink_add(&request, attribute->rta_type, RTA_DATA(attribute), RTA_PAYLOAD(attribute));
			at += RTA_ALIGN(attribute->rta_len);
		}
		add_label(&request, address->label, device->name, name);
		if (netlink_ask(socket, &request, NULL, NULL) < 0)
			return -1;
	}
	return 0;
}
