/* What a program does with its terminal, inside a container. */
#define _GNU_SOURCE
#include "probe.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* terminal: a line of JSON about standard input, output and error, /dev/tty and /dev/console. */
int tell_terminal(char **args)
{
	struct stat own, console = { .st_rdev = 0 };
	struct winsize size = { 0 };
	struct termios modes = { 0 };
	bool all = true;
	(void)args;
	for (int fd = 0; fd < 3; fd++)
		all = all && isatty(fd) && ttyname(fd) && strcmp(ttyname(fd), ttyname(0)) == 0;
	fstat(0, &own);
	stat("/dev/console", &console);
	ioctl(0, TIOCGWINSZ, &size);
	tcgetattr(0, &modes);
	int controlling = open("/dev/tty", O_RDWR | O_CLOEXEC);
	printf("{\"streams\": \"%s\", \"rows\": %u, \"columns\": %u, \"uid\": %u, \"gid\": %u, \"mode\": \"%04o\", "
	       "\"controls\": %s, \"foreground\": %s, \"console\": %s, \"canonical\": %s}\n",
	       all ? ttyname(0) : "", size.ws_row, size.ws_col, own.st_uid, own.st_gid, own.st_mode & 07777, controlling < 0 ? "false" : "true",
	       controlling >= 0 && tcgetpgrp(controlling) == getpgrp() ? "true" : "false", console.st_rdev == own.st_rdev ? "true" : "false",
	       modes.c_lflag & ICANON ? "true" : "false");
	return 0;
}

static void tell_size(int number)
{
	char text[64];
	struct winsize size = { 0 };
	(void)number;
	ioctl(0, TIOCGWINSZ, &size);
	int length = snprintf(text, sizeof(text), "size %ux%u\n", size.ws_row, size.ws_col);
	if (write(STDOUT_FILENO, text, (size_t)length) < 0)
		_exit(1);
}

/* size: says the window's size, again each time it changes, until a line is typed. */
int watch_size(char **args)
{
	char byte;
	(void)args;
	struct sigaction action = { .sa_handler = tell_size, .sa_flags = SA_RESTART };
	sigaction(SIGWINCH, &action, NULL);
	tell_size(0);
	return read(STDIN_FILENO, &byte, 1) < 0 ? failed("read") : 0;
}

static bool set_raw(void)
{
	struct termios modes;
	if (tcgetattr(0, &modes) < 0)
		return false;
	cfmakeraw(&modes);
	return tcsetattr(0, TCSANOW, &modes) == 0;
}

/* FNV-1a, 32 bits. */
static uint32_t add_to_hash(uint32_t hash, const unsigned char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * 16777619u;
	return hash;
}

/* take BYTES: reads so many, raw, and says their hash. */
int take_typed(char **args)
{
	size_t left = strtoul(args[0], NULL, 10);
	uint32_t hash = 2166136261u;
	if (!set_raw())
		return failed("raw mode");
	say("ready");
	while (left > 0) {
		unsigned char bytes[4096];
		ssize_t got = read(0, bytes, left < sizeof(bytes) ? left : sizeof(bytes));
		if (got <= 0)
			return failed("read");
		hash = add_to_hash(hash, bytes, (size_t)got);
		left -= (size_t)got;
	}
	printf("hash %u\n", hash);
	return 0;
}

/* give BYTES: writes so many, raw, and ends: byte N is N modulo 251. */
int give_bytes(char **args)
{
	size_t count = strtoul(args[0], NULL, 10);
	unsigned char *bytes = malloc(count);
	if (!bytes || !set_raw())
		return failed("raw mode");
	for (size_t i = 0; i < count; i++)
		bytes[i] = (unsigned char)(i % 251);
	for (size_t done = 0; done < count; ) {
		ssize_t put = write(STDOUT_FILENO, bytes + done, count - done);
		if (put < 0)
			return failed("write");
		done += (size_t)put;
	}
	return 0;
}

static void leave(int number)
{
	_exit(128 + number);
}

/* flood: writes until a signal ends it. */
int flood(char **args)
{
	(void)args;
	signal(SIGTERM, leave);
	for (;;)
		say("flood");
}

/* jobs: hands the terminal to a child in a group of its own, and takes it back when a signal typed there has ended that. */
int run_job(char **args)
{
	int status;
	(void)args;
	signal(SIGTTOU, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	pid_t pid = fork();
	if (pid == 0) {
		setpgid(0, 0);
		tcsetpgrp(0, getpid());
		signal(SIGINT, SIG_DFL);
		say("job");
		sleep_for("3600");
	}
	setpgid(pid, pid);
	waitpid(pid, &status, 0);
	if (tcsetpgrp(0, getpgrp()) < 0)
		return failed("tcsetpgrp");
	printf("job ended by signal %d\n", WTERMSIG(status));
	return 0;
}

static const char *hang_up_file;

static void note_hang_up(int number)
{
	(void)number;
	int fd = open(hang_up_file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	_exit(fd < 0 ? 1 : 23);
}

/* note-hang-up FILE: makes the file when it gets SIGHUP, and ends with 23. */
int await_hang_up(char **args)
{
	hang_up_file = args[0];
	signal(SIGHUP, note_hang_up);
	say("ready");
	sleep_for("3600");
	return 0;
}

/* reopen: nobody has the terminal open for a while; then it is opened again, by its name, and written to. */
int reopen_terminal(char **args)
{
	int all[3];
	(void)args;
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	sleep_for("0.2");
	for (int fd = 0; fd < 3; fd++)
		if ((all[fd] = open("/dev/console", O_RDWR | O_NOCTTY)) < 0)
			return 1;
	say("again");
	return 0;
}
