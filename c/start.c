/*
 * The barrier between create and start. init waits in open(exec.fifo, O_WRONLY); `start` opens the other end. Whatever dies on
 * either side, the other sees an end of file or a pidfd, never a hang.
 */
#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "poison.h"

#define FIFO "exec.fifo"

int start_make_fifo(struct walk *walk)
{
	if (mkfifoat(walk->state_directory, FIFO, 0600) < 0)
		return report_set("mkfifoat", FIFO);
	/* init opens it after it took the container's user, so that user must be able to; the directory keeps everybody else out. */
	if (fchmodat(walk->state_directory, FIFO, 0622, 0) < 0)
		return report_set("fchmodat", FIFO);
	walk->start_fifo = openat(walk->state_directory, FIFO, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	return walk->start_fifo < 0 ? report_set("openat", FIFO) : 0;
}

/* Reads one message of the fifo, or learns that init is gone: 1, 0 at the end, -1 after report. */
static int read_fifo(struct walk *walk, struct message *message)
{
	struct pollfd ready[2] = { { .fd = walk->fifo_reader, .events = POLLIN }, { .fd = walk->init_pidfd, .events = POLLIN } };
	for (;;) {
		ssize_t got = read(walk->fifo_reader, message, sizeof(*message));
		if (got == (ssize_t)sizeof(*message)) {
			message_end(message);
			return 1;
		}
		if (got > 0)
			return report_refuse("bad message", NULL);
		if (got < 0 && errno != EAGAIN && errno != EINTR)
			return report_set("read", FIFO);
		/* Zero before init came, or after it left: only its life tells which. */
		if (got == 0 && (walk->init_awake || ready[1].revents))
			return 0;
		ready[0].revents = ready[1].revents = 0;
		/* The program's hooks may take as long as they like. */
		if (channel_poll(ready, 2, NULL) < 0)
			return report_set(channel_interrupted ? "interrupted" : "ppoll", NULL);
	}
}

int start_release_init(struct walk *walk)
{
	struct message message;
	if (process_find_init(walk) < 0)
		return -1;
	walk->fifo_reader = openat(walk->state_directory, FIFO, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (walk->fifo_reader < 0)
		return errno == ENOENT ? report_refuse("running", NULL) : report_set("openat", FIFO);
	/* ENOENT: another start was a moment earlier; whose it is, the byte decides. */
	if (unlinkat(walk->state_directory, FIFO, 0) < 0 && errno != ENOENT)
		return report_set("unlinkat", FIFO);
	int got = read_fifo(walk, &message);
	if (got < 0)
		return -1;
	if (got == 0 || message.kind != MESSAGE_AWAKE)
		return report_refuse("stopped", NULL);
	walk->init_awake = true;
	return 0;
}

static int receive_last(struct walk *walk, struct message *message)
{
	if (walk->fifo_reader >= 0)
		return read_fifo(walk, message);
	int got = channel_receive(walk->channel, message, NULL);
	return got < 0 ? report_set(channel_interrupted ? "interrupted" : "recvmsg", NULL) : got;
}

int start_await_exec(struct walk *walk)
{
	struct message message;
	bool executing = false;
	for (;;) {
		int got = receive_last(walk, &message);
		if (got < 0)
			return -1;
		if (got == 0)
			return executing ? 0 : report_refuse("died", "before the program was executed");
		if (message.kind == MESSAGE_FAILURE) {
			message_to_report(&message);
			walk->failed_line = message.line;
			return -1;
		}
		if (message.kind == MESSAGE_LISTENER && listener_forward(walk, message.descriptor) < 0)
			return -1;
		executing = executing || message.kind == MESSAGE_EXEC;
	}
}

#define MOST_KEPT 2 /* beside the outputs of hooks */

/* Moves what init still needs to the first free numbers and closes all the rest: a created init holds nothing of the host. */
static int keep_only(struct walk *walk, int *wanted[], unsigned count)
{
	unsigned first = 3 + walk->kept_descriptors;
	int *kept[MOST_KEPT + STREAM_COUNT];
	memcpy(kept, wanted, count * sizeof(*kept));
	/* For startContainer hooks: without any, the plan has closed them. */
	for (unsigned i = 0; i < STREAM_COUNT; i++)
		if (walk->hook_outputs[i] >= 0)
			kept[count++] = &walk->hook_outputs[i];
	for (unsigned i = 0; i < count; i++) {
		/* Out of the way of the numbers below, and no higher: RLIMIT_NOFILE is the container's by now. */
		int high = fcntl(*kept[i], F_DUPFD_CLOEXEC, (int)(first + count));
		if (high < 0)
			return report_set("fcntl", NULL);
		*kept[i] = high;
	}
	for (unsigned i = 0; i < count; i++) {
		int low = dup3(*kept[i], (int)(first + i), O_CLOEXEC);
		if (low < 0)
			return report_set("dup3", NULL);
		*kept[i] = low;
	}
	if (syscall(SYS_close_range, first + count, ~0U, 0) < 0)
		return report_set("close_range", NULL);
	walk->rootfs = walk->host_root = walk->empty_directory = -1;
	return 0;
}

static int wait_in_fifo(struct walk *walk)
{
	char name[32];
	int links = openat(procfs_root(), "self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (links < 0)
		return report_set("openat", "self/fd");
	int *wanted[MOST_KEPT] = { &walk->start_fifo, &links };
	if (keep_only(walk, wanted, 2) < 0)
		return -1;
	snprintf(name, sizeof(name), "%d", walk->start_fifo);
	int writer;
	do
		writer = openat(links, name, O_WRONLY | O_CLOEXEC);
	while (writer < 0 && errno == EINTR);
	if (writer < 0)
		return report_set("openat", FIFO);
	prctl(PR_SET_NAME, "tsrun:start");
	descriptor_close(&links);
	descriptor_close(&walk->start_fifo);
	walk->fifo_writer = writer;
	struct message message = { .kind = MESSAGE_AWAKE };
	/* EPIPE: that `start` was killed at this very moment. It was a start all the same. */
	if (write_all(writer, &message, sizeof(message)) < 0 && errno != EPIPE)
		return report_set("write", FIFO);
	return 0;
}

int start_await(struct walk *walk)
{
	if (walk->start_fifo >= 0)
		return wait_in_fifo(walk);
	int *wanted[MOST_KEPT] = { &walk->channel };
	return keep_only(walk, wanted, 1);
}

int start_announce_exec(struct walk *walk)
{
	struct message message = { .kind = MESSAGE_EXEC };
	if (walk->channel >= 0)
		return channel_send(walk->channel, &message, -1) < 0 ? report_set("sendmsg", NULL) : 0;
	/* EPIPE: the `start` that waited was killed; the program runs all the same. */
	if (walk->fifo_writer >= 0 && write_all(walk->fifo_writer, &message, sizeof(message)) < 0 && errno != EPIPE)
		return report_set("write", FIFO);
	return 0;
}
