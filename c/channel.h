/*
 * The socket between the helper and the container's init, and the fifo between init and `start`: one fixed-size message each.
 */
#ifndef TSRUN_CHANNEL_H
#define TSRUN_CHANNEL_H

#include "tsrun.h"

#include <poll.h>

enum message_kind {
	MESSAGE_TURN = 1, /* the other side goes on */
	MESSAGE_COMMIT,   /* create is over: init goes on alone and waits in the fifo that comes with it */
	MESSAGE_PID,      /* the joining stage tells init's pid */
	MESSAGE_TERMINAL, /* init has opened a terminal: its master comes along, and `detail` is its name; the turn follows */
	MESSAGE_LISTENER, /* init has loaded a filter that notifies: `descriptor` is its number of the listener; the turn follows */
	MESSAGE_AWAKE,    /* init left the fifo */
	MESSAGE_EXEC,     /* init is about to execute: the end of file that follows is success */
	MESSAGE_FAILURE
};

struct message {
	enum message_kind kind;
	unsigned line; /* of the plan, for a failure */
	int error;
	pid_t pid;
	int descriptor;
	char call[64];
	char detail[1024];
};

/* Both answer -1 with errno. channel_receive answers 0 at the end of file, 1 with a message. */
int channel_send(int channel, const struct message *message, int fd);
int channel_receive(int channel, struct message *message, int *fd);
/* Ends the texts of a message that came otherwise: whoever sent it may not have. */
void message_end(struct message *message);
/* The current report as a message, and a received one as the current report. */
void message_from_report(struct message *message, unsigned line);
void message_to_report(const struct message *message);
/* Waits as ppoll(2) does, and is the only place where a signal that ends tsrun is taken: -1 with EINTR then. */
int channel_poll(struct pollfd *polls, unsigned count, const struct timespec *patience);
/* Set by the handler of signals that end tsrun; channel_poll then fails. */
extern volatile int channel_interrupted;

#endif
