/* Sockets, on both sides of a container: what receives on the host, and what speaks inside. */
#define _GNU_SOURCE
#include "probe.h"
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define MOST_DESCRIPTORS 8

struct received {
	ssize_t length;
	char text[65536];
	int descriptors[MOST_DESCRIPTORS];
	size_t count;
};

/* A path, or an abstract name that begins with "@". */
static socklen_t fill_address(struct sockaddr_un *address, const char *name)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	snprintf(address->sun_path, sizeof(address->sun_path), "%s", name);
	if (*name == '@')
		address->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name) + (*name != '@'));
}

static int bind_to(int type, const char *name)
{
	struct sockaddr_un address;
	socklen_t size = fill_address(&address, name);
	int made = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	return made < 0 || bind(made, (struct sockaddr *)&address, size) < 0 ? -1 : made;
}

static bool receive(int socket, struct received *received)
{
	struct iovec part = { .iov_base = received->text, .iov_len = sizeof(received->text) - 1 };
	char control[CMSG_SPACE(sizeof(received->descriptors))];
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	received->count = 0;
	received->length = recvmsg(socket, &header, MSG_CMSG_CLOEXEC);
	if (received->length < 0)
		return false;
	received->text[received->length] = '\0';
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
	if (rights && rights->cmsg_type == SCM_RIGHTS) {
		received->count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(received->descriptors, CMSG_DATA(rights), received->count * sizeof(int));
	}
	return true;
}

/* As a JSON string: messages are single lines for whoever reads this. */
static void print_text(const struct received *received)
{
	putchar('"');
	for (ssize_t i = 0; i < received->length; i++) {
		unsigned char at = (unsigned char)received->text[i];
		if (at == '"' || at == '\\' || !isprint(at))
			printf("\\u%04x", at);
		else
			putchar(at);
	}
	putchar('"');
}

/* Of a pidfd, the process that it stands for (pidfd_open(2), "Pid:" in fdinfo); -1 of anything else. */
static int process_of(int descriptor)
{
	char path[64], line[128];
	int pid = -1;
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", descriptor);
	FILE *file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		sscanf(line, "Pid: %d", &pid);
	if (file)
		fclose(file);
	return pid;
}

static void print_received(const struct received *received)
{
	fputs("{\"text\": ", stdout);
	print_text(received);
	fputs(", \"pids\": [", stdout);
	for (size_t i = 0; i < received->count; i++)
		printf("%s%d", i ? ", " : "", process_of(received->descriptors[i]));
	puts("]}");
	fflush(stdout);
}

/* The first message of the one peer at `path`, printed; answers its socket. */
static int receive_from_peer(const char *path, struct received *received)
{
	int listening = bind_to(SOCK_STREAM, path);
	if (listening < 0 || listen(listening, 1) < 0)
		return -1;
	say("listening");
	int peer = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
	if (peer < 0 || !receive(peer, received))
		return -1;
	print_received(received);
	return peer;
}

/* One message of one peer at PATH; each pidfd in it gets SIGNAL, unless that is 0, at the end of standard input. Then it waits for the peer to close. */
int receive_pidfd(char **args)
{
	static struct received received;
	int peer = receive_from_peer(args[0], &received);
	if (peer < 0)
		return failed(args[0]);
	int number = atoi(args[1]);
	/* A signal may be wanted later than the pidfd came: at the end of standard input. */
	for (char byte; number > 0 && read(STDIN_FILENO, &byte, 1) > 0; )
		;
	for (size_t i = 0; i < received.count && number > 0; i++)
		if (syscall(SYS_pidfd_send_signal, received.descriptors[i], number, NULL, 0) < 0)
			return failed("pidfd_send_signal");
	while (receive(peer, &received) && received.length > 0)
		print_received(&received);
	return 0;
}

/* Answers one notification: NUMBER calls get the error ERROR, all others go on. False when nobody is left to be notified of. */
static bool answer_call(int listener, int number, int error)
{
	struct seccomp_notif call;
	struct pollfd ready = { .fd = listener, .events = POLLIN };
	memset(&call, 0, sizeof(call));
	if (poll(&ready, 1, -1) < 0 || !(ready.revents & POLLIN))
		return false;
	/* ENOENT: who had called is gone. */
	if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &call) < 0)
		return errno == ENOENT;
	struct seccomp_notif_resp answer = { .id = call.id };
	if (call.data.nr == number)
		answer.error = -error;
	else
		answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
	printf("{\"text\": \"call %d\", \"pids\": []}\n", call.data.nr);
	fflush(stdout);
	return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer) == 0 || errno == ENOENT;
}

/* A seccomp agent at PATH: one peer, whose message has a listener. Ends with the last process that the filter is in force for. */
int seccomp_agent(char **args)
{
	static struct received received;
	int peer = receive_from_peer(args[0], &received);
	if (peer < 0)
		return failed(args[0]);
	if (received.count != 1)
		return 1;
	while (answer_call(received.descriptors[0], atoi(args[1]), atoi(args[2])))
		;
	return 0;
}

/* Datagrams at ADDRESS, each printed; descriptors in them are closed at once, as systemd does for BARRIER=1, or held ("hold"). */
int listen_for_notifications(char **args)
{
	static struct received received;
	int socket = bind_to(SOCK_DGRAM, args[0]);
	if (socket < 0)
		return failed(args[0]);
	say("listening");
	while (receive(socket, &received)) {
		print_received(&received);
		for (size_t i = 0; i < received.count && strcmp(args[1], "hold") != 0; i++)
			close(received.descriptors[i]);
	}
	return failed("receive");
}

/* "hex:00ff" is two bytes that no argument can hold. */
static size_t decode(const char *text, char *bytes, size_t room)
{
	size_t length = 0;
	if (strncmp(text, "hex:", 4) != 0)
		return (size_t)snprintf(bytes, room, "%s", text);
	for (const char *at = text + 4; at[0] && at[1] && length < room; at += 2) {
		const char pair[] = { at[0], at[1], '\0' };
		bytes[length++] = (char)strtol(pair, NULL, 16);
	}
	return length;
}

/* notify FILE SECONDS TEXT...: when FILE is there ("-": at once) sends each text to $NOTIFY_SOCKET, and ends after SECONDS. */
int notify(char **args)
{
	static char bytes[131072];
	struct sockaddr_un address;
	const char *name = getenv("NOTIFY_SOCKET");
	int socket_ = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (!name || socket_ < 0) {
		say("no NOTIFY_SOCKET");
		return 1;
	}
	socklen_t size = fill_address(&address, name);
	while (strcmp(args[0], "-") != 0 && access(args[0], F_OK) < 0)
		sleep_for("0.01");
	for (char **text = args + 2; *text; text++) {
		size_t length = decode(*text, bytes, sizeof(bytes));
		if (sendto(socket_, bytes, length, 0, (struct sockaddr *)&address, size) < 0)
			printf("%s\n", strerrorname_np(errno));
	}
	say("notified");
	sleep_for(args[1]);
	return 0;
}
