/*
 * Helper and init walk one plan in turns: here they pass them on, and the helper takes what init has to give it before. Init is believed
 * nothing that could keep more of the helper than one message does.
 */
#define _GNU_SOURCE
#include "channel.h"
#include "run.h"

#include <stdio.h>

#include "poison.h"

int turn_pass(struct walk *walk)
{
	struct message message = { .kind = MESSAGE_TURN };
	return channel_send(walk->channel, &message, -1) < 0 ? report_refuse("died", "the other side is gone") : 0;
}

/* -1 after report, or with the failure that the other side has reported. */
static int receive_turn(struct walk *walk, struct message *message)
{
	owned_fd terminal = -1;
	int got = channel_receive(walk->channel, message, &terminal);
	if (got == 1 && message->kind == MESSAGE_TERMINAL) {
		descriptor_close(&walk->terminal);
		walk->terminal = descriptor_take(&terminal);
		snprintf(walk->terminal_name, sizeof(walk->terminal_name), "%s", message->detail);
		got = channel_receive(walk->channel, message, NULL);
	}
	if (got < 0)
		return report_set(channel_interrupted ? "interrupted" : "recvmsg", NULL);
	if (got == 0)
		return report_refuse("died", NULL);
	if (message->kind != MESSAGE_FAILURE)
		return 0;
	message_to_report(message);
	walk->failed_line = message->line;
	return -1;
}

int turn_take(struct walk *walk)
{
	struct message message;
	for (;;) {
		if (receive_turn(walk, &message) < 0)
			return -1;
		if (message.kind != MESSAGE_LISTENER)
			return message.kind == MESSAGE_TURN ? 0 : report_refuse("bad message", NULL);
		/* Whoever listens may have to answer before init can give its turn. */
		if (listener_forward(walk, message.descriptor) < 0)
			return -1;
	}
}
