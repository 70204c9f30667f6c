/*
 * libFuzzer's entry to answers of rtnetlink(7), and to the readers of links and addresses. Byte 1 chooses the reader, and whether the sequence
 * number of the first message is the one that is waited for; the rest is a datagram.
 */
#define _GNU_SOURCE
#include "fuzz.h"
#include "netlink.h"
#include "network_devices.h"

#include <stdlib.h>
#include <string.h>

#define SEQUENCE 1

static void check_device(const struct network_device *device)
{
	for (const struct network_address *address = device->addresses; address; address = address->next) {
		REQUIRE(address->length <= sizeof(address->attributes) && memchr(address->label, '\0', sizeof(address->label)));
		for (size_t at = 0; at < address->length;) {
			const struct rtattr *attribute = (const void *)(address->attributes + at);
			REQUIRE(attribute->rta_len >= sizeof(*attribute) && attribute->rta_len <= address->length - at);
			at += RTA_ALIGN(attribute->rta_len);
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	uint8_t choice = input_byte(&input);
	struct network_device device = { .index = 2 };
	struct link link = { 0 };
	bool addresses = choice & 1;
	struct netlink_answer answer = { .sequence = SEQUENCE, .read = addresses ? network_address_note : network_link_note,
					 .argument = addresses ? (void *)&device : (void *)&link };
	/* Aligned, and exactly as long as promised. */
	uint8_t *datagram = malloc(input.size ? input.size : 1);
	REQUIRE(datagram);
	if (input.size)
		memcpy(datagram, input.data, input.size);
	if (choice & 2 && input.size >= sizeof(struct nlmsghdr))
		((struct nlmsghdr *)(void *)datagram)->nlmsg_seq = SEQUENCE;
	netlink_read(&answer, datagram, input.size);
	REQUIRE(memchr(link.name, '\0', sizeof(link.name)) && strlen(netlink_complaint()) < 160);
	check_device(&device);
	network_addresses_forget(&device);
	free(datagram);
	return 0;
}
