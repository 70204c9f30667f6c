/*
 * Devices of the runtime's network namespace that go into the container's: found before anything is done, moved when init is in its
 * namespace, and given back where the container does not come into being. After that they are the container's, and the kernel's when its
 * namespace ends.
 */
#define _GNU_SOURCE
#include "netlink.h"
#include "network_devices.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int network_link_note(const struct nlmsghdr *message, void *argument)
{
	struct link *found = argument;
	const struct ifinfomsg *header = NLMSG_DATA(message);
	if (message->nlmsg_type != RTM_NEWLINK || message->nlmsg_len < NLMSG_LENGTH(sizeof(*header)))
		return 0;
	const struct rtattr *name = netlink_find(message, sizeof(*header), IFLA_IFNAME, 1);
	if (!name) {
		errno = EPROTO;
		return -1;
	}
	found->index = header->ifi_index;
	found->up = header->ifi_flags & IFF_UP;
	snprintf(found->name, sizeof(found->name), "%.*s", (int)RTA_PAYLOAD(name), (const char *)RTA_DATA(name));
	return 0;
}

/* By its name, or without one by its index; -1 with errno, ENODEV where there is none. */
static int get_link(int socket, int index, const char *name, struct link *found)
{
	struct netlink_request request;
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	netlink_begin(&request, RTM_GETLINK, 0, &header, sizeof(header));
	if (name)
		netlink_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	*found = (struct link){ 0 };
	if (netlink_ask(socket, &request, network_link_note, found) < 0)
		return -1;
	errno = ENODEV;
	return found->index > 0 ? 0 : -1;
}

static int rename_link(int socket, int index, const char *name)
{
	struct netlink_request request;
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	netlink_begin(&request, RTM_SETLINK, 0, &header, sizeof(header));
	netlink_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	return netlink_ask(socket, &request, NULL, NULL);
}

static int send_link(int socket, int index, const char *name, int namespace)
{
	struct netlink_request request;
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = index };
	netlink_begin(&request, RTM_SETLINK, 0, &header, sizeof(header));
	netlink_add(&request, IFLA_NET_NS_FD, &namespace, sizeof(namespace));
	netlink_add(&request, IFLA_IFNAME, name, strlen(name) + 1);
	return netlink_ask(socket, &request, NULL, NULL);
}

static int raise_link(int socket, int index)
{
	struct netlink_request request;
	struct ifinfomsg header = { .ifi_family = AF_UNSPEC, .ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	netlink_begin(&request, RTM_SETLINK, 0, &header, sizeof(header));
	return netlink_ask(socket, &request, NULL, NULL);
}

/*
 * Between two namespaces a device has a name that no other has: its own may be taken where it goes, its index may change there, and of a
 * name that the kernel is to number (`eth%d`) nobody knows what will come of it.
 */
static void name_traveller(const struct network_device *device, char *name)
{
	snprintf(name, IFNAMSIZ, "tsrun.%x", (unsigned)device->index);
}

/* What a device that has arrived under its travelling name, with this index, still needs. */
static int settle(int socket, const struct network_device *device, int index, const char *name, bool up)
{
	struct link link;
	if (rename_link(socket, index, name) < 0)
		return report_set("RTM_SETLINK", "%s", netlink_complaint());
	if (get_link(socket, index, NULL, &link) < 0)
		return report_set("RTM_GETLINK", "%s", netlink_complaint());
	if (network_addresses_add(socket, device, index, link.name) < 0)
		return report_set("RTM_NEWADDR", "%s", netlink_complaint());
	if (up && raise_link(socket, index) < 0)
		return report_set("RTM_SETLINK", "%s", netlink_complaint());
	return 0;
}

int network_devices_find(struct walk *walk, const char *name)
{
	struct link link;
	owned_fd socket = netlink_open();
	if (socket < 0)
		return report_set("socket", "netlink");
	if (get_link(socket, 0, name, &link) < 0)
		return report_set("RTM_GETLINK", "%s", netlink_complaint());
	struct network_device *device = calloc(1, sizeof(*device));
	if (!device)
		return report_set("malloc", NULL);
	*device = (struct network_device){ .next = walk->network.devices, .wanted = name, .index = link.index, .up = link.up };
	memcpy(device->name, link.name, sizeof(device->name));
	walk->network.devices = device;
	return network_addresses_read(socket, device) < 0 ? report_set("RTM_GETADDR", "%s", netlink_complaint()) : 0;
}

static bool is_same(int one, int other)
{
	struct stat first, second;
	return fstat(one, &first) == 0 && fstat(other, &second) == 0 && first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

/* Both namespaces, held until it is sure where the devices belong: the container's lives on without a process then. */
static int open_namespaces(struct walk *walk)
{
	char path[64];
	if (walk->network.container >= 0)
		return 0;
	int directory = procfs_root();
	if (directory < 0)
		return -1;
	owned_fd home = openat(directory, "self/ns/net", O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "%d/ns/net", (int)walk->init);
	owned_fd container = openat(directory, path, O_RDONLY | O_CLOEXEC);
	if (home < 0 || container < 0)
		return report_set("open", "%s", home < 0 ? "self/ns/net" : path);
	if (is_same(home, container))
		return report_refuse("own network namespace", NULL);
	walk->network.home = descriptor_take(&home);
	walk->network.container = descriptor_take(&container);
	return 0;
}

/* This process is in the container's network namespace for one system call, which nobody can see. */
static int open_inside(struct walk *walk)
{
	if (setns(walk->network.container, CLONE_NEWNET) < 0)
		return report_set("setns", "network namespace of the container");
	owned_fd socket = netlink_open();
	if (socket < 0)
		report_set("socket", "netlink");
	if (setns(walk->network.home, CLONE_NEWNET) < 0)
		return report_set("setns", "return to own network namespace");
	return descriptor_take(&socket);
}

static int open_home(void)
{
	int socket = netlink_open();
	return socket < 0 ? report_set("socket", "netlink") : socket;
}

static struct network_device *find_device(const struct walk *walk, const char *wanted)
{
	for (struct network_device *device = walk->network.devices; device; device = device->next)
		if (strcmp(device->wanted, wanted) == 0)
			return device;
	return NULL;
}

int network_devices_move(struct walk *walk, const char *wanted, const char *name)
{
	char traveller[IFNAMSIZ];
	struct link link;
	struct network_device *device = find_device(walk, wanted);
	if (!device)
		return report_refuse("not found before", NULL);
	if (open_namespaces(walk) < 0)
		return -1;
	owned_fd inside = open_inside(walk);
	owned_fd home = inside < 0 ? -1 : open_home();
	if (home < 0)
		return -1;
	name_traveller(device, traveller);
	device->line = walk->line;
	device->sent = true;
	if (send_link(home, device->index, traveller, walk->network.container) < 0)
		return report_set("RTM_SETLINK", "%s", netlink_complaint());
	if (get_link(inside, 0, traveller, &link) < 0)
		return report_set("RTM_GETLINK", "%s", netlink_complaint());
	device->index_inside = link.index;
	return settle(inside, device, link.index, name, true);
}

/* 0 also where it has never left. */
static int give_back(struct walk *walk, const struct network_device *device)
{
	char traveller[IFNAMSIZ];
	struct link link = { .index = device->index_inside };
	owned_fd inside = open_inside(walk);
	owned_fd home = inside < 0 ? -1 : open_home();
	if (home < 0)
		return -1;
	name_traveller(device, traveller);
	if (link.index == 0 && get_link(inside, 0, traveller, &link) < 0)
		return errno == ENODEV ? 0 : report_set("RTM_GETLINK", "%s", netlink_complaint());
	if (send_link(inside, link.index, traveller, walk->network.home) < 0)
		return report_set("RTM_SETLINK", "back: %s", netlink_complaint());
	if (get_link(home, 0, traveller, &link) < 0)
		return report_set("RTM_GETLINK", "back: %s", netlink_complaint());
	return settle(home, device, link.index, device->name, device->up);
}

void network_devices_give_back(struct walk *walk, void (*note)(unsigned line))
{
	for (const struct network_device *device = walk->network.devices; device; device = device->next)
		if (device->sent && give_back(walk, device) < 0)
			note(device->line);
}

void network_devices_leave(struct walk *walk)
{
	descriptor_close(&walk->network.home);
	descriptor_close(&walk->network.container);
}
