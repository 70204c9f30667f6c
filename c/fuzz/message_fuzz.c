/*
 * libFuzzer's entry to what init says to the helper, on its way to the record: in a container that is not to be believed any more. The first
 * byte chooses the socket or the fifo, the rest are messages of their size.
 */
#define _GNU_SOURCE
#include "channel.h"
#include "fuzz.h"
#include "record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void check_report(void)
{
	REQUIRE(memchr(current_report.detail, '\0', sizeof(current_report.detail)));
	REQUIRE(!current_report.call || strlen(current_report.call) < sizeof(((struct message *)NULL)->call));
	record_add("failure", 0);
}

static void through_socket(const uint8_t *data, size_t size)
{
	int ends[2];
	struct message message;
	memset(&message, 'x', sizeof(message));
	REQUIRE(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	/* Nothing: the end of file. */
	bool sent = size > 0 && send(ends[0], data, size, MSG_DONTWAIT) == (ssize_t)size;
	close(ends[0]);
	int fd = -1, got = channel_receive(ends[1], &message, &fd);
	REQUIRE(got != 1 || sent);
	if (got == 1) {
		message_to_report(&message);
		check_report();
	}
	close(ends[1]);
}

static void through_fifo(const uint8_t *data, size_t size)
{
	int ends[2];
	struct walk walk = { .init_awake = true, .init_pidfd = -1, .channel = -1, .listener = { .socket = -1 } };
	REQUIRE(pipe(ends) == 0);
	/* What a pipe takes at once. */
	REQUIRE(write(ends[1], data, size < 65536 ? size : 65536) >= 0);
	close(ends[1]);
	walk.fifo_reader = ends[0];
	current_report = (struct report){ 0 };
	if (start_await_exec(&walk) < 0)
		check_report();
	close(ends[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	if (input_byte(&input) & 1)
		through_fifo(input.data, input.size);
	else
		through_socket(input.data, input.size);
	return 0;
}
