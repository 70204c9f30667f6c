/*
 * What a stage tells goes over a socket of its own: init holds the other one, the channel, from its birth, so that would not end with a
 * stage that is killed when it has made init and not said so, and helper and init would wait for each other.
 */
#define _GNU_SOURCE
#include "stage.h"
#include "channel.h"

#include <errno.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "poison.h"

int stage_open(struct stage *stage)
{
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return report_set("socketpair", NULL);
	*stage = (struct stage){ .ours = pair[0], .theirs = pair[1] };
	return 0;
}

void stage_close(struct stage *stage)
{
	descriptor_close(&stage->ours);
	descriptor_close(&stage->theirs);
}

void stage_tell(struct stage *stage, pid_t pid, int pidfd)
{
	struct message message = { .kind = MESSAGE_PID, .pid = pid };
	if (pid < 0)
		message_from_report(&message, 0);
	/* A helper that is gone closes the channel as well, which is noticed there. */
	channel_send(stage->theirs, &message, pidfd);
	descriptor_close(&stage->theirs);
}

int stage_await(struct walk *walk, struct stage *stage)
{
	struct message message;
	int pidfd = -1;
	descriptor_close(&stage->theirs);
	int got = channel_receive(stage->ours, &message, &pidfd);
	descriptor_close(&stage->ours);
	if (got < 0)
		return report_set(channel_interrupted ? "interrupted" : "recvmsg", NULL);
	if (got == 0)
		return report_refuse("died", "while it entered the namespaces");
	if (message.kind != MESSAGE_PID) {
		message_to_report(&message);
		return -1;
	}
	if (message.pid == 0)
		return 0;
	/* It has nothing left to do. Its cgroup may be frozen, by the container or for it, and then it would not end by itself. */
	syscall(SYS_pidfd_send_signal, walk->init_pidfd, SIGKILL, NULL, 0);
	while (waitpid(walk->init, NULL, 0) < 0 && errno == EINTR)
		;
	descriptor_close(&walk->init_pidfd);
	walk->init = message.pid;
	walk->init_pidfd = pidfd;
	return 0;
}
