/*
 * The end of create: the helper leaves, and init goes on alone. Until it has come, init dies with its creator.
 */
#define _GNU_SOURCE
#include "channel.h"
#include "record.h"

#include <unistd.h>

#include "poison.h"

int commit_send(struct walk *walk)
{
	struct message message = { .kind = MESSAGE_COMMIT };
	if (channel_send(walk->channel, &message, walk->start_fifo) < 0)
		return report_refuse("died", "before it could wait for start");
	return 0;
}

static bool is_released(const struct plan *plan)
{
	for (size_t i = plan->section_start[SECTION_START]; i < plan->section_start[SECTION_START + 1]; i++)
		if (plan->ops[i].code == OP_RELEASE_INIT)
			return true;
	return false;
}

bool commit_received(struct walk *walk)
{
	struct message message;
	int fifo = -1;
	if (walk->plan->section_start[SECTION_START] == walk->plan->section_start[SECTION_START + 1])
		return false;
	/* Without a release-init in the plan the helper starts the container itself: both sides go on. */
	if (!is_released(walk->plan))
		return true;
	if (channel_receive(walk->channel, &message, &fifo) != 1 || message.kind != MESSAGE_COMMIT || fifo < 0)
		_exit(1);
	descriptor_close(&walk->channel);
	walk->start_fifo = fifo;
	return true;
}
