/*
 * The host's side of a terminal. Standard input has commands, a line each; standard output has what the terminal shows, unchanged;
 * descriptor 3 has answers, a line each. test/support/terminal.ts speaks this.
 *   write HEX        types these bytes
 *   write-file PATH  types what is in a file
 *   size ROWS COLS   changes the window
 *   modes            answers "modes IFLAG OFLAG CFLAG LFLAG", in hex
 *   stop, continue   reads nothing any more, and again
 *   hang-up          closes the terminal
 */
#define _GNU_SOURCE
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#define ANSWERS 3

static struct {
	int master;
	int slave; /* held open, so that the modes can be asked for after the command's end; -1 of a terminal that was received */
	bool stopped;
	char *typed; /* what is still to be written to the master */
	size_t begin, end;
	char *line; /* what has been read of the commands */
	size_t length;
} terminal = { .master = -1, .slave = -1 };

static void answer(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void answer(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vdprintf(ANSWERS, format, arguments);
	va_end(arguments);
}

static void type(const char *bytes, size_t length)
{
	size_t left = terminal.end - terminal.begin;
	char *all = malloc(left + length + 1);
	memcpy(all, terminal.typed + terminal.begin, left);
	memcpy(all + left, bytes, length);
	free(terminal.typed);
	terminal.typed = all;
	terminal.begin = 0;
	terminal.end = left + length;
}

static void type_hex(const char *text)
{
	size_t length = strlen(text) / 2;
	char *bytes = malloc(length + 1);
	for (size_t i = 0; i < length; i++) {
		char digits[3] = { text[2 * i], text[2 * i + 1], '\0' };
		bytes[i] = (char)strtol(digits, NULL, 16);
	}
	type(bytes, length);
	free(bytes);
}

static void type_file(const char *path)
{
	char bytes[65536];
	ssize_t got;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	while ((got = read(fd, bytes, sizeof(bytes))) > 0)
		type(bytes, (size_t)got);
	if (fd < 0 || got < 0)
		failed(path);
	close(fd);
}

static void resize(const char *text)
{
	struct winsize size = { 0 };
	if (sscanf(text, "%hu %hu", &size.ws_row, &size.ws_col) != 2 || ioctl(terminal.master, TIOCSWINSZ, &size) < 0)
		failed("size");
	answer("size\n");
}

static void tell_modes(void)
{
	struct termios modes;
	if (tcgetattr(terminal.slave >= 0 ? terminal.slave : terminal.master, &modes) < 0)
		answer("modes gone\n");
	else
		answer("modes %x %x %x %x\n", modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag);
}

static void hang_up(void)
{
	close(terminal.slave);
	close(terminal.master);
	terminal.slave = terminal.master = -1;
	answer("hung-up\n");
}

static void obey(char *line)
{
	char *rest = strchr(line, ' ');
	if (rest)
		*rest++ = '\0';
	if (strcmp(line, "write") == 0)
		type_hex(rest);
	else if (strcmp(line, "write-file") == 0)
		type_file(rest);
	else if (strcmp(line, "size") == 0)
		resize(rest);
	else if (strcmp(line, "modes") == 0)
		tell_modes();
	else if (strcmp(line, "hang-up") == 0)
		hang_up();
	else if (strcmp(line, "stop") == 0 || strcmp(line, "continue") == 0)
		terminal.stopped = *line == 's';
}

/* False at the end of the commands. */
static bool read_commands(void)
{
	char bytes[65536];
	ssize_t got = read(STDIN_FILENO, bytes, sizeof(bytes));
	if (got <= 0)
		return false;
	terminal.line = realloc(terminal.line, terminal.length + (size_t)got + 1);
	memcpy(terminal.line + terminal.length, bytes, (size_t)got);
	terminal.length += (size_t)got;
	for (char *end; (end = memchr(terminal.line, '\n', terminal.length)); ) {
		size_t used = (size_t)(end + 1 - terminal.line);
		*end = '\0';
		obey(terminal.line);
		terminal.length -= used;
		memmove(terminal.line, terminal.line + used, terminal.length);
	}
	return true;
}

/* False when there is nothing, or nothing any more. */
static bool show(void)
{
	char bytes[65536];
	ssize_t got = terminal.master < 0 ? 0 : read(terminal.master, bytes, sizeof(bytes));
	for (ssize_t done = 0, put; done < got; done += put)
		if ((put = write(STDOUT_FILENO, bytes + done, (size_t)(got - done))) < 0)
			_exit(failed("standard output"));
	return got > 0;
}

static void write_typed(void)
{
	ssize_t put = write(terminal.master, terminal.typed + terminal.begin, terminal.end - terminal.begin);
	if (put > 0)
		terminal.begin += (size_t)put;
}

/* Until `ended` can be read from, or, where it is -1, there are no more commands. */
static void attend(int ended)
{
	bool commands = true, silent = false;
	fcntl(terminal.master, F_SETFL, O_RDWR | O_NONBLOCK);
	while (ended >= 0 || commands) {
		short wanted = (short)((terminal.stopped ? 0 : POLLIN) | (terminal.begin < terminal.end ? POLLOUT : 0));
		struct pollfd polls[] = { { .fd = commands ? STDIN_FILENO : -1, .events = POLLIN },
					  { .fd = silent ? -1 : terminal.master, .events = wanted }, { .fd = ended, .events = POLLIN } };
		if (poll(polls, 3, -1) < 0)
			_exit(failed("poll"));
		if (polls[1].revents & POLLOUT)
			write_typed();
		if (polls[1].revents & POLLIN)
			show();
		else if (polls[1].revents & POLLHUP) {
			answer("hang-up\n");
			silent = true;
		}
		if (polls[0].revents)
			commands = read_commands();
		if (polls[2].revents)
			break;
	}
	while (show())
		;
}

/* run-in-terminal ROWS COLUMNS COMMAND...: the command on a new terminal that controls it. Answers "pid N", and at its end "modes ..." and "ended STATUS". */
int run_in_terminal(char **args)
{
	struct winsize size = { .ws_row = (unsigned short)atoi(args[0]), .ws_col = (unsigned short)atoi(args[1]) };
	int status;
	if (openpty(&terminal.master, &terminal.slave, NULL, NULL, &size) < 0)
		return failed("openpty");
	fcntl(terminal.master, F_SETFD, FD_CLOEXEC);
	pid_t pid = fork();
	if (pid < 0)
		return failed("fork");
	if (pid == 0) {
		close(ANSWERS);
		if (login_tty(terminal.slave) < 0)
			_exit(failed("login_tty"));
		execvp(args[2], args + 2);
		_exit(failed(args[2]));
	}
	fcntl(terminal.slave, F_SETFD, FD_CLOEXEC);
	answer("pid %d\n", pid);
	attend((int)syscall(SYS_pidfd_open, pid, 0));
	waitpid(pid, &status, 0);
	tell_modes();
	answer("ended %d\n", WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status));
	return 0;
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char *copy = strdup(path), *slash = strrchr(copy, '/');
	int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	*slash = '\0';
	/* By its last component: an address has no room for a long path. */
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", slash + 1);
	if (listener < 0 || chdir(copy) < 0 || bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(listener, 1) < 0)
		exit(failed(path));
	answer("listening\n");
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}

/* receive-terminal SOCKET: a terminal, from whoever connects. Answers "listening", "received DESCRIPTORS NAME", and "closed" when the peer has gone. */
int receive_terminal(char **args)
{
	char name[4096], control[CMSG_SPACE(8 * sizeof(int))];
	struct iovec data = { .iov_base = name, .iov_len = sizeof(name) - 1 };
	struct msghdr header = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof(control) };
	int peer = listen_at(args[0]);
	ssize_t got = recvmsg(peer, &header, MSG_CMSG_CLOEXEC);
	if (got < 0)
		return failed("recvmsg");
	struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
	if (rights)
		memcpy(&terminal.master, CMSG_DATA(rights), sizeof(terminal.master));
	answer("received %zu %.*s\n", rights ? (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int) : 0, (int)got, name);
	if (read(peer, name, 1) == 0)
		answer("closed\n");
	attend(-1);
	return 0;
}
