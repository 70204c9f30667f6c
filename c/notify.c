/*
 * sd_notify(3) for the program of a container. Of all that it may say, READY=1 alone is handed on, in words of our own: neither its
 * other words, which would steer the caller's unit, nor descriptors ever leave the container. Nobody to hand it to is a warning, as
 * the container runs.
 */
#define _GNU_SOURCE
#include "notify.h"
#include "channel.h"
#include "record.h"
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "poison.h"

#define DIRECTORY "notify"
#define SOCKET "notify.sock"
#define BARRIER "BARRIER=1"
#define LONGEST_MESSAGE 4096 /* of more, as many whole lines as fit are looked at */
#define MOST_MESSAGES 1024   /* at a time: whoever sends without end is not to keep us from everything else */
#define BARRIER_PATIENCE 30  /* seconds, as runc waits */

int notify_make_directory(struct walk *walk)
{
	if (mkdirat(walk->state_directory, DIRECTORY, 0755) < 0)
		return report_set("mkdirat", DIRECTORY);
	/* The helper of a library has its caller's umask. */
	return fchmodat(walk->state_directory, DIRECTORY, 0755, 0) < 0 ? report_set("fchmodat", DIRECTORY) : 0;
}

int notify_bind(struct walk *walk)
{
	if (!walk->caller.notify_socket)
		return 0;
	/* Now, while the program does not run: who cannot be told of its readiness must not wait for it. */
	owned_fd caller = socket_connect(SOCK_DGRAM, walk->caller.notify_socket);
	if (caller < 0)
		return report_set("connect", "%s", walk->caller.notify_socket);
	owned_fd directory = openat(walk->state_directory, DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (directory < 0)
		return report_set("openat", DIRECTORY);
	walk->notify_line = walk->line;
	walk->notify_socket = socket_bind(SOCK_DGRAM, directory, SOCKET);
	return walk->notify_socket < 0 ? report_set("bind", SOCKET) : 0;
}

/* Reads what there is. Without room for them the kernel closes descriptors that come along, which is also the answer to a BARRIER=1. */
static bool read_ready(struct walk *walk)
{
	char text[LONGEST_MESSAGE];
	for (unsigned i = 0; i < MOST_MESSAGES; i++) {
		ssize_t length = recv(walk->notify_socket, text, sizeof(text), MSG_DONTWAIT | MSG_TRUNC);
		if (length < 0 && errno != EINTR)
			return false;
		bool whole = length <= (ssize_t)sizeof(text);
		if (length > 0 && notify_has_ready_line(text, whole ? (size_t)length : sizeof(text), whole))
			return true;
	}
	return false;
}

/* sd_notify_barrier(3): whoever has read everything before it closes the descriptor. */
static int await_barrier(int caller)
{
	const struct timespec patience = { .tv_sec = BARRIER_PATIENCE };
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) < 0)
		return report_set("pipe2", NULL);
	owned_fd ours = ends[0], theirs = ends[1];
	if (socket_send(caller, BARRIER, strlen(BARRIER), theirs) < 0)
		return report_set("sendmsg", BARRIER);
	descriptor_close(&theirs);
	struct pollfd closed = { .fd = ours };
	int ready = channel_poll(&closed, 1, &patience);
	return ready > 0 ? 0 : ready < 0 ? report_set("ppoll", NULL) : report_refuse("no answer", BARRIER);
}

static int tell_caller(struct walk *walk)
{
	char main_pid[32];
	snprintf(main_pid, sizeof(main_pid), "MAINPID=%d", (int)walk->init);
	owned_fd caller = socket_connect(SOCK_DGRAM, walk->caller.notify_socket);
	if (caller < 0)
		return report_set("connect", "%s", walk->caller.notify_socket);
	if (socket_send(caller, NOTIFY_READY, strlen(NOTIFY_READY), -1) < 0 || socket_send(caller, main_pid, strlen(main_pid), -1) < 0)
		return report_set("sendmsg", NULL);
	return await_barrier(caller);
}

int notify_await(struct walk *walk)
{
	static const struct timespec at_once;
	struct pollfd polls[2] = { { .fd = walk->notify_socket, .events = POLLIN }, { .fd = walk->init_pidfd, .events = POLLIN } };
	if (walk->notify_socket < 0)
		return 0;
	while (!read_ready(walk)) {
		/* What it had said before its end is read by now. */
		if (polls[1].revents)
			return 0;
		/* Twice: a poll that finds something to read takes no signal, and a program that never stops sending is always found. */
		if (channel_poll(polls, 2, NULL) < 0 || channel_poll(NULL, 0, &at_once) < 0)
			return report_set(channel_interrupted ? "interrupted" : "ppoll", NULL);
	}
	/* From now on the program's words are refused, so that it does not wait for somebody to read them. */
	descriptor_close(&walk->notify_socket);
	if (tell_caller(walk) == 0)
		return 0;
	if (channel_interrupted)
		return report_refuse("interrupted", NULL);
	record_add("warning", walk->line);
	return 0;
}

/* ---- a foreground run ---- */

struct foreground {
	struct walk *walk;
	unsigned line; /* of bind-notify-socket */
	int caller;    /* when the program is ready, until its caller has taken the word; or -1 */
};

static unsigned prepare(void *state, struct pollfd *polls)
{
	struct foreground *run = state;
	polls[0] = (struct pollfd){ .fd = run->walk->notify_socket, .events = POLLIN };
	polls[1] = (struct pollfd){ .fd = run->caller, .events = POLLOUT };
	return 2;
}

static void tell_without_waiting(struct foreground *run)
{
	int sent = socket_send(run->caller, NOTIFY_READY, strlen(NOTIFY_READY), -1);
	if (sent < 0 && errno == EAGAIN)
		return;
	if (sent < 0) {
		report_set("sendmsg", NULL);
		record_add("warning", run->line);
	}
	descriptor_close(&run->caller);
}

static void hear(struct foreground *run)
{
	if (!read_ready(run->walk))
		return;
	descriptor_close(&run->walk->notify_socket);
	run->caller = socket_connect(SOCK_DGRAM | SOCK_NONBLOCK, run->walk->caller.notify_socket);
	if (run->caller >= 0) {
		tell_without_waiting(run);
		return;
	}
	report_set("connect", "%s", run->walk->caller.notify_socket);
	record_add("warning", run->line);
}

static void serve(void *state, const struct pollfd *polls)
{
	struct foreground *run = state;
	if (polls[1].revents)
		tell_without_waiting(run);
	if (polls[0].revents)
		hear(run);
}

/* What it had said before its end is still to be heard: it may have ended before anybody listened. */
static bool is_finished(void *state)
{
	struct foreground *run = state;
	if (run->walk->notify_socket >= 0)
		hear(run);
	return true;
}

struct source notify_source(struct walk *walk)
{
	static struct foreground run;
	run = (struct foreground){ .walk = walk, .line = walk->notify_line, .caller = -1 };
	return (struct source){ .state = &run, .prepare = prepare, .serve = serve, .is_finished = is_finished };
}
