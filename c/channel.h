/*
 * The socket between the helper and the container's init, and the fifo between init and `start`: one fixed-size message each.
 */
#ifndef TSRUN_CHANNEL_H
#define TSRUN_CHANNEL_H

#include "tsrun.h"

enum message_kind {
	MESSAGE_TURN = 1, /* the other side goes on */
	MESSAGE_COMMIT,   /* create is over: init goes on alone and waits in the fifo that comes with it */
	MESSAGE_PID,      /* the joining stage tells init's pid */
	MESSAGE_AWAKE,    /* init left the fifo */
	MESSAGE_EXEC,     /* init is about to execute: the end of file that follows is success */
	MESSAGE_FAILURE
};

struct message {
	enum message_kind kind;
	unsigned line; /* of the plan, for a failure */
	int error;
	pid_t pid;
	char call[64];
	char detail[1024];
};

/* Both answer -1 with errno. channel_receive answers 0 at the end of file, 1 with a message. */
int channel_send(int channel, const struct message *message, int fd);
int channel_receive(int channel, struct message *message, int *fd);
/* The current report as a message, and a received one as the current report. */
void message_from_report(struct message *message, unsigned line);
void message_to_report(const struct message *message);
/* Set by the handler of signals that end tsrun; channel_receive then fails with EINTR. */
extern volatile int channel_interrupted;

#endif
